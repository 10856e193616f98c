"""The clock of the machine."""

import time


class SystemClock:
    """Implements `ports.Clock`."""

    def monotonic(self) -> float:
        """Return seconds since an arbitrary start; setting the machine's clock does not move it."""
        return time.monotonic()

    def utc(self) -> str:
        """Return the present second as `2026-11-21T14:03:00Z`."""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

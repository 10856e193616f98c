"""The clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Is a ports.Clock."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        return time.monotonic()

    def utc(self) -> str:
        """Now, as `2026-11-21T14:03:00Z`."""
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

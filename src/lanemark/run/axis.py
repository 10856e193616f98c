"""The time of one side's run, without what others did meanwhile."""

from lanemark.ports import Clock


class Axis:
    """Seconds since a run began; it may stand still while somebody else has the machine."""

    def __init__(self, clock: Clock) -> None:
        """Begin now."""
        self._clock = clock
        self._origin = clock.monotonic()

    def now(self) -> float:
        """Return the seconds since the run began, without those that were cut out."""
        return self._clock.monotonic() - self._origin

    def go_on(self, at: float) -> None:
        """Cut out what passed since the axis stood at `at`."""
        self._origin += self.now() - at

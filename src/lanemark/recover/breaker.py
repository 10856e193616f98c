"""A breaker per host: who failed three times is left alone for a while, then asked once."""

from dataclasses import dataclass, field

FAILURES, OPEN_S = 3, 30.0


@dataclass(slots=True)
class Breaker:
    """Which hosts failed, and when, on a clock that never goes back.

    Stages of one run share it, from several threads: every change is one operation on a list or a dictionary.
    """

    _failed: dict[str, list[float]] = field(default_factory=dict)
    _probed: dict[str, float] = field(default_factory=dict)

    def note_failure(self, hosts: tuple[str, ...], now: float) -> None:
        """Note that `hosts` did not answer; a probe that failed opens the breaker again."""
        for host in hosts:
            self._failed.setdefault(host, []).append(now)
            self._probed.pop(host, None)

    def note_success(self, hosts: tuple[str, ...]) -> None:
        """Note that `hosts` answered: what was before is forgotten."""
        for host in hosts:
            self._failed.pop(host, None)
            self._probed.pop(host, None)

    def wait_s(self, hosts: tuple[str, ...], now: float) -> float:
        """Return how long `hosts` are to be left alone: 0 where they may be asked; of several who might probe one does."""
        waits = [0.0]
        for host in hosts:
            failed = self._failed.get(host, [])
            if len(failed) < FAILURES:
                continue
            left = failed[-1] + OPEN_S - now
            if left > 0:
                waits.append(left)
            elif self._probed.setdefault(host, now) != now:
                waits.append(OPEN_S)
        return max(waits)

    @property
    def open_hosts(self) -> tuple[str, ...]:
        """The hosts that failed too often."""
        return tuple(host for host, failed in self._failed.items() if len(failed) >= FAILURES)

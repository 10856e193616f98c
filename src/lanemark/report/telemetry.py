"""How the run used its workers and the machine, and what surrounded the samples, in a line each."""

from collections.abc import Sequence
from statistics import median

from lanemark.result import Sample, Telemetry
from lanemark.units import seconds, tenths

CONTRADICTORY = "the figures of its workers contradict each other, so they are not shown"
"""What is said of telemetry that no run can have had."""

MOST = 1_000_000.0
"""No load average and no clock in MHz is larger."""


def telemetry_words(telemetry: Telemetry) -> str:
    """Return `2 of 5 stages replayed; at most 1 stage waited, 0.4 on average; the worker was busy 97 % of 12.3 s; …`."""
    if not _plausible(telemetry):
        return CONTRADICTORY
    if not telemetry.steps:
        return "no stages, so nothing waited"
    parts = [f"{telemetry.replayed} of {telemetry.steps} stage{'s' if telemetry.steps != 1 else ''} replayed"]
    if telemetry.wall_s > 0:
        parts += [_queue(telemetry), _workers(telemetry)]
    if telemetry.cpu is not None:
        waiting = "" if telemetry.iowait is None else f", {_share(telemetry.iowait)} waiting for I/O"
        parts.append(f"{_share(telemetry.cpu)} of the machine's CPU{waiting}")
    return "; ".join(parts)


def conditions_words(samples: Sequence[Sample]) -> str:
    """Return what the machine did during one side's samples, medians with maxima in brackets; empty where nothing is known.

    Figures that no machine has are left out, because a result may be forged.
    """
    known = [sample.conditions for sample in samples if sample.conditions is not None]
    parts = [
        *(_shares(label, [getattr(one, name) for one in known]) for name, label in _SHARES.items()),
        _plain("load", [one.load for one in known], digits=2),
        _plain("clock", [one.mhz for one in known], digits=0, unit=" MHz"),
    ]
    return ", ".join(part for part in parts if part)


_SHARES = {"busy": "CPU busy", "pressure": "tasks waiting for a core", "steal": "stolen by the host", "iowait": "waiting for I/O"}
"""Every share in `Conditions`, in words."""


def _queue(telemetry: Telemetry) -> str:
    """Return how many stages waited for a worker."""
    if not telemetry.queue_max:
        return "no stage waited for a worker"
    stages = f"{telemetry.queue_max} stage{'s' if telemetry.queue_max != 1 else ''}"
    return f"at most {stages} waited for a worker, {telemetry.queue_mean:.1f} on average"


def _workers(telemetry: Telemetry) -> str:
    """Return how busy the workers were."""
    who = "the worker was" if telemetry.jobs == 1 else f"{telemetry.jobs} workers were"
    return f"{who} busy {_share(telemetry.utilisation)} of {seconds(telemetry.wall_s)}"


def _plausible(one: Telemetry) -> bool:
    """Tell whether these figures can be of one run."""
    shares = (one.utilisation, *(share for share in (one.cpu, one.iowait) if share is not None))
    counts = one.jobs >= 1 and 0 <= one.replayed <= one.steps and 0 <= one.queue_max <= one.steps
    return counts and all(0 <= share <= 1 for share in shares) and 0 <= one.queue_mean <= one.steps and 0 <= one.wall_s <= 1e9


def _share(share: float) -> str:
    """Return a share as whole percent, with what is below one percent said as that."""
    return "under 1 %" if 0 < share < 0.01 else f"{share * 100:.0f} %"


def _shares(label: str, values: Sequence[float | None]) -> str:
    """Return median and maximum of shares."""
    found = [value for value in values if value is not None and 0 <= value <= 1]
    return f"{label} {tenths(median(found) * 1000)} (at most {tenths(max(found) * 1000)})" if found else ""


def _plain(label: str, values: Sequence[float | None], *, digits: int, unit: str = "") -> str:
    """Return median and range of plain numbers."""
    found = [value for value in values if value is not None and 0 <= value <= MOST]
    if not found:
        return ""
    return f"{label} {median(found):.{digits}f}{unit} ({min(found):.{digits}f} to {max(found):.{digits}f})"

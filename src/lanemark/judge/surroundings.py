"""Was it the code or the machine? What the control load and the counters beside the samples say against a finding."""

from typing import NamedTuple

from lanemark.compare.types import Comparison, Difference, Effect, Surrounding
from lanemark.judge.types import Verdict
from lanemark.metric import Metric
from lanemark.units import change

MOVED = 0.02
"""The control load is the same work on both sides; a change beyond this that is sure makes the whole comparison doubtful."""

FLAT = 0.25
"""CPU time that grew by less than this part of what wall time grew did not make the stage slower."""

STOLEN = 0.02
MOST_PAIRS = 0.75
"""A machine that was worse for head had this much more of its time stolen, in this share of the pairs."""

_CONTROL: dict[Metric, str] = {"wall": "control_wall", "cpu": "control_cpu", "user": "control_cpu", "system": "control_cpu"}


class Doubt(NamedTuple):
    """Why a finding is the machine's and not the code's, with the tag that says so."""

    tag: str
    reason: str


def doubt_finding(difference: Difference, verdict: Verdict, comparison: Comparison) -> Doubt | None:
    """Return why what a gate found cannot be believed, None where nothing speaks against it.

    `contaminated`: the control load, which knows nothing of the change, moved with the sides by more than `MOVED`. Nothing that
    was timed can be believed then, a pass no more than a fail. Memory and I/O do not depend on the machine's speed.

    `environment`: wall time is up, CPU time is not, and a second witness says that the machine was worse for head: time was
    stolen from it, or it waited for a core while the control load, too, was surely slower. Pressure alone is no witness, because
    a stage that starts more threads makes it itself. Where CPU time is up, or the machine was calm, it is the code (waiting: a
    lock, a disk, a sleep, lost parallelism).
    """
    around = comparison.surrounding(difference.stage)
    if around is None or difference.metric not in _CONTROL:
        return None
    control = around.control_wall if _CONTROL[difference.metric] == "control_wall" else around.control_cpu
    if control is not None and _moved(control):
        return Doubt("contaminated", f"the runner moved while it was measured: the control load shows {_shown(control)}")
    if difference.metric == "wall" and verdict in (Verdict.WARN, Verdict.FAIL) and _is_flat(difference, comparison):
        witness = _witness(around)
        return (
            Doubt("environment", f"CPU time did not grow and {witness}, so the machine was slower, not the code")
            if witness
            else None
        )
    return None


def _moved(control: Effect) -> bool:
    return control.low is not None and control.high is not None and (control.low > MOVED or control.high < -MOVED)


def _shown(effect: Effect) -> str:
    if effect.low is None or effect.high is None:
        return change(effect.value)
    return f"{change(effect.value)} ({change(effect.low)} to {change(effect.high)})"


def _is_flat(wall: Difference, comparison: Comparison) -> bool:
    """Tell whether the stage's CPU time grew by much less than its wall time."""
    cpu = comparison.find(wall.stage, "cpu")
    if cpu is None or None in (cpu.base, cpu.head, wall.base, wall.head):
        return False
    return ((cpu.head or 0.0) - (cpu.base or 0.0)) < FLAT * ((wall.head or 0.0) - (wall.base or 0.0))


def _witness(around: Surrounding) -> str:
    """Return what says that the machine was worse for head, empty where nothing does."""
    if around.worse is None or around.worse < MOST_PAIRS:
        return ""
    if around.steal is not None and around.steal > STOLEN:
        return f"{around.steal * 100:.1f} % more of the machine's time was stolen beside head"
    control = around.control_wall
    slower = control is not None and control.low is not None and control.low > 0
    if slower and around.pressure is not None and around.pressure > 0:
        return "the control load waited longer beside head, too"
    return ""

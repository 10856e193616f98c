"""One verdict from all gates, and the exit status that says it to a process."""

from collections.abc import Sequence

from lanemark.compare.types import Comparison
from lanemark.config.types import Config, Lane, Mode
from lanemark.errors import DataError
from lanemark.judge.budgets import budget_gates
from lanemark.judge.checks import check_gates
from lanemark.judge.compliance import lane_compliance, past_figures
from lanemark.judge.coverage import WORST, coverage_gates
from lanemark.judge.expected import surprises
from lanemark.judge.failures import failure_notices
from lanemark.judge.gates import CANCELLED, cap_of, status_gates
from lanemark.judge.regressions import regression_gates
from lanemark.judge.suites import suite_notices
from lanemark.judge.types import GateVerdict, Judgement, Past, Verdict
from lanemark.result import Pair

_EXIT_BY_KIND = (("lane", 10), ("stage", 7), ("budget", 3), ("regression", 3), ("check", 3), ("coverage", 4))
"""The exit status of an enforced fail, in the order in which one goes before another."""


def judge(
    measured: Pair,
    comparison: Comparison,
    policy: Config,
    *,
    lane: str | None = None,
    mode_cap: Mode | None = None,
    notices: Sequence[str] = (),
    past: Past = (),
    today: str = "",
) -> Judgement:
    """Return the verdict on `measured.head` by `policy`, gate by gate.

    `lane` is the lane we know to hold; None takes the result's own word. `mode_cap` can only soften. `notices` are passed on
    before our own. `past` are earlier runs of the base branch, newest first; they explain a verdict and never change
    one, but that a quarantine does not hold for what is always broken. `today` is the day by which it is dated; without it none
    holds. Raises
    DataError where the policy has no such lane, and for figures that cannot be.
    """
    head = measured.head
    rules = _lane(policy, head.choice.lane if lane is None else lane)
    cap = cap_of(policy, mode_cap, adopting=head.adopting)
    regressions, stages_said = regression_gates(head, comparison, policy, rules, cap)
    floors, files_said = coverage_gates(head, comparison, policy, rules, cap)
    known = past_figures(past, rules.budgets)
    budgets = budget_gates(head, rules, cap, known)
    checks = check_gates(head, policy, rules, cap)
    covered, failures_said = failure_notices(measured, policy, past, today)
    gates = (*status_gates(head, rules, cap, covered), *budgets, *checks, *regressions, *floors)
    said = [*notices, *_run_notices(measured, gates, cap), *failures_said, *stages_said, *files_said]
    said += suite_notices(head, policy, rules)
    verdict = overall_verdict(gates)
    return Judgement(
        verdict=verdict,
        exit_status=exit_status(gates, verdict, on_unknown_fails=_red_on_unknown(policy, cap)),
        lane=rules.name,
        gates=gates,
        notices=tuple(dict.fromkeys(said)),
        compliance=lane_compliance(known, rules.budgets),
        surprises=surprises(head, past),
    )


def overall_verdict(gates: Sequence[GateVerdict]) -> Verdict:
    """Return the worst counted gate in the order fail, unknown, warn, pass; pass where none is counted."""
    return min((gate.counts_as for gate in gates if gate.counted), key=WORST.index, default=Verdict.PASS)


def exit_status(gates: Sequence[GateVerdict], verdict: Verdict, *, on_unknown_fails: bool) -> int:
    """Return the exit status: 10, 7, 3, 4 for an enforced fail, 5 for an unknown verdict where that fails, else 0.

    A lane that was cancelled is unknown, and gives 10.
    """
    enforced = [gate for gate in gates if gate.mode is Mode.ENFORCE]
    failed = {gate.kind for gate in enforced if gate.verdict is Verdict.FAIL or (gate.kind == "lane" and CANCELLED in gate.tags)}
    for kind, status in _EXIT_BY_KIND:
        if kind in failed:
            return status
    return 5 if verdict is Verdict.UNKNOWN and on_unknown_fails else 0


def _lane(policy: Config, name: str) -> Lane:
    try:
        return policy.lane(name)
    except KeyError:
        known = ", ".join(lane.name for lane in policy.lanes)
        raise DataError(f"{policy.name} has no lane {name!r}", help=f"Its lanes are {known}. Measure again.") from None


def _red_on_unknown(policy: Config, cap: Mode | None) -> bool:
    """Return whether an unknown verdict may turn the job red: the policy says so, and no cap softens the run."""
    return policy.on_unknown == "fail" and cap in (None, Mode.ENFORCE)


def _run_notices(measured: Pair, gates: Sequence[GateVerdict], cap: Mode | None) -> list[str]:
    head = measured.head
    said = []
    if head.adopting:
        said.append("The base has no configuration yet, so this run only informs.")
    elif cap is not None and cap is not Mode.ENFORCE:
        said.append(f"Every gate is capped at {cap}, so none can fail this run.")
    if not head.change.complete and head.change.reason:
        said.append(f"The list of changed files may not be whole: {head.change.reason}.")
    if not any(gate.counted for gate in gates):
        said.append("No gate was counted, so this pass only says that nothing failed.")
    return said

"""Are all the reports there that were declared? `expect: 3` and two files is not two thirds of the truth, it is no truth."""

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from lanemark.coverage.types import ReportState


def count_reports(states: Sequence[ReportState]) -> tuple[ReportState, ...]:
    """Return the states, those of a rule that expects more files than there are as `incomplete`; too many are only said.

    Files of one rule are those with the same `rule` and flag; one that is `missing` is none.
    """
    there = Counter((state.rule, state.flag) for state in states if state.state != "missing")
    return tuple(_counted(state, there[state.rule, state.flag]) for state in states)


def _counted(state: ReportState, there: int) -> ReportState:
    """Return one report's state, given how many reports its rule has."""
    if state.expect is None or there == state.expect or state.state == "missing":
        return state
    if there > state.expect:
        return replace(state, reason=_first(f"{there} reports were there, {state.expect} were expected", state.reason))
    few = _first(f"{there} of {state.expect} expected reports were there", state.reason)
    return replace(state, state="incomplete", reason=few) if state.state == "read" else state


def _first(words: str, reason: str) -> str:
    return f"{words}; {reason}" if reason else words

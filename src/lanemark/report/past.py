"""What earlier runs of the base branch say beside the verdict: budgets kept, first seen over, figures nobody expected."""

from collections.abc import Sequence
from dataclasses import dataclass

from lanemark.judge.types import Compliance, FirstSeen, GateVerdict, Surprise
from lanemark.metric import unit_of
from lanemark.report.gates import METRIC_WORDS, NONE, GateLine
from lanemark.report.types import Model
from lanemark.units import quantity

LIKE = "earlier runs on this kind of machine predict"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRow:
    """One budget over the past; `line` has its (raw) name and its limit, the rest are our words."""

    line: GateLine
    kept: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SurpriseRow:
    """One stage (raw name) whose figure lies outside what earlier runs predict, in our words."""

    stage: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastView:
    """The section about earlier runs; `branch` is raw and may be empty, `runs` is 0 where none is known."""

    runs: int
    branch: str
    newest: str
    kept: str
    budgets: tuple[BudgetRow, ...]
    surprises: tuple[SurpriseRow, ...]


def past_view(model: Model, lines: Sequence[GateLine]) -> PastView:
    """Return what `model.past` says of the gates in `lines`."""
    past = model.past
    return PastView(
        runs=len(past),
        branch=model.measured.head.event.base_ref,
        newest=_run(past[0].result.commit, past[0].day) if past else "",
        kept=_kept(model.judgement.compliance),
        budgets=tuple(_budget_row(line, line.gate.compliance) for line in lines if line.gate.compliance),
        surprises=tuple(_surprise_row(one) for one in model.judgement.surprises),
    )


def already_over(gate: GateVerdict, branch: str) -> str:
    """Return `, already over on main since abc1234` for a budget that the base branch broke before; `branch` is written out."""
    since = gate.since
    if since is None or since.by != "past":
        return ""
    return f", already over on {branch} since {since.commit[:7]}{' or before' if since.or_before else ''}"


def _kept(found: Compliance | None) -> str:
    """Return the first words of `9 of the last 10 runs (on main) kept every budget`, empty where nobody can tell."""
    if found is None:
        return ""
    return f"{found.kept} of the last {found.runs} runs" if found.runs > 1 else f"{found.kept} of 1 run"


def _budget_row(line: GateLine, kept: Compliance) -> BudgetRow:
    """Return one budget."""
    return BudgetRow(line=line, kept=f"{kept.kept} of {kept.runs}", since=_since(line.gate.since))


def _since(since: FirstSeen | None) -> str:
    """Return since when a broken limit has been broken."""
    if since is None:
        return NONE
    machine = ", another kind of machine" if since.other_machine else ""
    if since.by == "this":
        return "this change" + (f" (the run before it: {machine[2:]})" if machine else "")
    return _run(since.commit, since.day) + (" or before" if since.or_before else "") + machine


def _run(commit: str, day: str) -> str:
    """Return `abc1234 (2026-11-20)`."""
    return commit[:7] + (f" ({day})" if day else "")


def _surprise_row(one: Surprise) -> SurpriseRow:
    """Return `median CPU time 3.4 s, more than 99 % of what the last 14 earlier runs … predict (2.8 s to 3.1 s)`."""
    unit = unit_of(one.metric)
    how = "more" if one.value > one.high else "less"
    bounds = f"{quantity(one.low, unit)} to {quantity(one.high, unit)}"
    value = quantity(one.value, unit)
    words = f"median {METRIC_WORDS[one.metric]} {value}, {how} than 99 % of what the last {one.runs} {LIKE} ({bounds})"
    return SurpriseRow(stage=one.stage, words=words)

"""How the figures came about: which commits, which baseline, which machine, which rules of rounding."""

from collections.abc import Sequence
from dataclasses import dataclass

from lanemark.coverage.types import LeftOut
from lanemark.plan.shards import MOST_SHARDS
from lanemark.report.places import short
from lanemark.report.stages import base_side
from lanemark.report.types import Model
from lanemark.result import Machine, Result, Shard
from lanemark.result.merge import listed_names
from lanemark.units import seconds, size

MOST_PATTERNS = 10
"""So many patterns that left files out are named."""

_SOURCES = {
    "merge-commit": "the merge of the pull request into its base branch",
    "merge-base": "the head, against the commit where it left the base branch",
    "push": "the pushed commit, against the one before the push",
    "merge-group": "the merge group, against its base",
    "tag": "the tagged commit, against the tag before",
    "uncommitted": "what is not committed yet, against where it left the default branch",
    "given": "as given on the command line",
    "github": "the list of files that GitHub gave",
    "none": "nothing to compare with",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of the explanation: our `label`, and a sentence that may have raw names in it."""

    label: str
    text: str


def origin_facts(model: Model) -> tuple[Fact, ...]:
    """Return the facts in the order a doubter asks for them."""
    head = model.measured.head
    texts = {
        "Tested": _tested(model),
        "Baseline": _baseline(model),
        "Measured": _measured(model),
        "Left out of coverage": _left_out(head),
        "Untouched lines": _untouched(head),
        "Machine": _machine(head.machine),
        "Shards": _shards(head.shards),
        "Started": head.provenance.started,
        "Lanemark": head.provenance.version,
        "Figures": f"coverage is rounded down; {_effect(model)}, with the interval it lies in",
    }
    return tuple(Fact(label=label, text=text) for label, text in texts.items() if text)


def _tested(model: Model) -> str:
    """Return which commits were held against each other, and how they were found."""
    change = model.measured.head.change
    against = f", base {short(change.base)}" if change.base else ""
    partial = "" if change.complete else f"; the list of changed files is not whole: {change.reason}"
    shown = f", head {short(change.head)}" if change.head and change.head != change.tested else ""
    return f"commit {short(change.tested)}{shown}{against} ({_SOURCES[change.source]}){partial}"


def _baseline(model: Model) -> str:
    """Return what the head was compared with, how old it is and where it comes from."""
    baseline = model.comparison.baseline
    if baseline is None:
        return f"none{', ' if model.comparison.reason else ''}{model.comparison.reason}"
    commit = short(baseline.result.commit)
    if baseline.kind == "paired":
        return f"commit {commit}, measured in this run, in turns with the head, on the same machine"
    origin = f"artifact of run {baseline.run_id}" if baseline.run_id else "artifact of an earlier run"
    age = f", {seconds(baseline.age_s)} old" if baseline.age_s is not None else ""
    behind = f", {baseline.behind} commit{'s' if baseline.behind != 1 else ''} behind the merge base" if baseline.behind else ""
    return f"commit {commit}, {origin}{age}{behind}"


def _measured(model: Model) -> str:
    """Return how many samples there are on both sides."""
    base = base_side(model)
    ours, theirs = len(model.measured.head.samples), len(base.samples) if base else 0
    if not ours and not theirs:
        return "no samples, every figure is of the one deciding run"
    return f"{ours:,} sample{'s' if ours != 1 else ''} of head and {theirs:,} of base, warm-ups not counted"


def _left_out(head: Result) -> str:
    """Return how many files do not count, and by which word of the base side; empty where all of them count."""
    left = head.coverage.left_out if head.coverage else ()
    parts = [_left_by(one) for one in left[:MOST_PATTERNS]]
    if more := sum(one.files for one in left[MOST_PATTERNS:]):
        parts.append(f"{more:,} by other patterns")
    if head.coverage and any(file.path.rpartition("/")[2] == ".gitattributes" for file in head.change.files):
        parts.append("what this change does to .gitattributes counts after the merge")
    return ", ".join(parts)


def _untouched(head: Result) -> str:
    """Return why nobody can tell whether the coverage of untouched lines changed; empty where it is told."""
    indirect = head.coverage.indirect if head.coverage else None
    return f"whether their coverage changed is unknown, because {indirect.unknown}" if indirect and indirect.unknown else ""


def _left_by(one: LeftOut) -> str:
    """Return `12 files by tests/** (2 changed)`."""
    files = f"{one.files:,} file{'s' if one.files != 1 else ''}"
    why = f"by {one.pattern}" if one.pattern else "that .gitattributes of the base side calls generated or vendored"
    return f"{files} {why}{f' ({one.changed:,} changed)' if one.changed else ''}"


def _shards(shards: Sequence[Shard]) -> str:
    """Return which jobs measured which stages, each with its processor where these differ; empty where there was one job."""
    many = len({shard.machine.fingerprint for shard in shards}) > 1
    parts = [
        f"{shard.number} of {shard.of}: {listed_names(shard.stages) or 'no stages'}{f' on {shard.machine.cpu}' if many else ''}"
        for shard in shards[:MOST_SHARDS]
    ]
    return "; ".join(parts) + ("; each is compared on its own machine" if many else "")


def _effect(model: Model) -> str:
    """Return what a change is the median of."""
    paired = model.comparison.baseline is None or model.comparison.baseline.kind == "paired"
    return "a change is the median over pairs" if paired else "a change is the ratio of medians"


def _machine(machine: Machine) -> str:
    """Return the machine's facts that change timings."""
    cores = f"{machine.cores} core{'s' if machine.cores != 1 else ''}"
    python = f"Python {machine.python}" if machine.python else ""
    known = (machine.cpu, cores, size(machine.memory_bytes), machine.system, machine.image, python)
    return ", ".join(part for part in known if part)

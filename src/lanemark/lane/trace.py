"""Why a file belongs to its lane and to no other: what each list of the configuration says of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lanemark.config.types import Config, Lane, Rule
from lanemark.lane import Claim
from lanemark.path import RepoPath
from lanemark.pattern import Patterns

PROTECTED = "protected"
"""How the list of protected paths is called among the lanes' lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one lane's list (or `protected`) says of one file that it did not win, with the rule it speaks of, raw.

    `rule` is the one that claims the file all the same, or that takes it back; None where no rule says anything.
    """

    lane: str
    words: str
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One file's claim, and the answers of all lists that did not decide, in the order of the file, `protected` last."""

    claim: Claim
    others: tuple[Answer, ...]


def trace_claims(claims: Iterable[Claim], config: Config) -> Iterator[Trace]:
    """Yield for each claim why no other list won; one at a time, because a change may have thousands of files."""
    weights = {lane.name: weight for weight, lane in enumerate(config.lanes)}
    lists = {lane.name: _Memory(lane.rules, config) for lane in config.lanes}
    protected = _Memory(config.protected.rules, config)
    floor = config.protected.floor or config.heaviest.name
    for claim in claims:
        others = [
            _ask_lane(lane, lists[lane.name], claim, heavier=weights[lane.name] > weights[claim.lane])
            for lane in config.lanes
            if lane.name != claim.lane
        ]
        answer = _ask_protected(protected, claim, floor)
        yield Trace(claim, (*others, answer) if answer else tuple(others))


class _Memory:
    """One list that also remembers which of its `!` rules took a path back."""

    def __init__(self, rules: tuple[Rule, ...], config: Config) -> None:
        lines = [rule.pattern for rule in rules]
        self.names = [f"{config.name}:{rule.line} {rule.pattern}" if rule.line else f"built-in: {rule.pattern}" for rule in rules]
        self.whole = Patterns(lines)
        self.before = [(at, Patterns(lines[:at])) for at, line in enumerate(lines) if line.startswith("!")]

    def claimed_by(self, path: RepoPath) -> str | None:
        """Return the rule that claims `path`."""
        index = self.whole.claim(path)
        return None if index is None else self.names[index]

    def taken_back_by(self, path: RepoPath) -> str | None:
        """Return the last `!` rule that took away what an earlier rule claimed, for a path that the list does not claim."""
        return next((self.names[at] for at, earlier in reversed(self.before) if earlier.claim(path) is not None), None)


def _ask_lane(lane: Lane, memory: _Memory, claim: Claim, *, heavier: bool) -> Answer:
    """Return why `lane` did not get the file."""
    if rule := memory.claimed_by(claim.path):
        return Answer(lane=lane.name, words=f"claims it too, but {claim.lane} is heavier", rule=rule)
    if rule := memory.taken_back_by(claim.path):
        return Answer(lane=lane.name, words="takes it back", rule=rule)
    if lane.default and not heavier:
        return Answer(lane=lane.name, words=f"is only for files that no list claims, and {claim.lane} is heavier")
    if lane.default:
        return Answer(lane=lane.name, words=f"is only for files that no list claims, and {claim.lane} does")
    if not lane.rules:
        return Answer(lane=lane.name, words="has no list of paths")
    count = len(lane.rules)
    return Answer(
        lane=lane.name, words="its only pattern does not match" if count == 1 else f"none of its {count} patterns matches"
    )


def _ask_protected(memory: _Memory, claim: Claim, floor: str) -> Answer | None:
    """Return why the protected paths did not lift the file; None where nothing would need lifting, or where they decided."""
    rule = memory.claimed_by(claim.path)
    if rule is None:
        taken = memory.taken_back_by(claim.path)
        return Answer(lane=PROTECTED, words="takes it back", rule=taken) if taken else None
    return None if rule == claim.rule else Answer(lane=PROTECTED, words=f"asks for {floor} at least, which it has", rule=rule)

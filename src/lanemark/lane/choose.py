"""The heaviest lane that any file of the change belongs to, with the rule that says so.

A file belongs to the heaviest lane whose list claims it, an unclaimed one to the default lane, a protected one at least to the
floor. What is not known counts as the worst it could be.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from lanemark.change import Change
from lanemark.config.types import Config, Rule
from lanemark.errors import UsageError
from lanemark.escape import visible
from lanemark.event import Event
from lanemark.lane import Choice, Claim
from lanemark.path import RepoPath
from lanemark.pattern import PatternLists, Patterns


def choose_lane(change: Change, event: Event, config: Config, *, forced: str | None = None) -> Choice:
    """Return the lane of a change with the reason in a sentence and every file's claim.

    `forced` is a lane that a person or the workflow asked for; it is used, but not below the floor of protected paths. Raises
    UsageError where there is no such lane. File names and patterns stand in the reason as they are: reports escape them.
    """
    weights = {lane.name: weight for weight, lane in enumerate(config.lanes)}
    if forced is not None and forced not in weights:
        raise _unknown_lane(forced, config)
    claims = claim_files((file.path for file in change.files), config)
    if forced is not None:
        lane, reason = _force_lane(forced, change, config, weights)
    elif len(config.lanes) == 1:
        lane, reason = config.heaviest.name, "it is the only lane"
    elif not change.complete:
        lane, reason = config.heaviest.name, f"the change of this {event.name} event is not known for sure: {change.reason}"
    elif not claims:
        lane, reason = config.lanes[0].name, "no files changed"
    else:
        lane, reason = _decide(claims, weights)
    return Choice(lane=lane, reason=reason, claims=claims)


def claim_files(paths: Iterable[RepoPath], config: Config) -> tuple[Claim, ...]:
    """Return each file's lane and the rule that put it there."""
    names = [lane.name for lane in config.lanes]
    floor, default = config.protected.floor or config.heaviest.name, config.default.name
    lists = [(lane.name, lane.rules) for lane in config.lanes]
    # Protected paths lift what is lighter than the floor, so they win over lighter lists, and heavier ones over them.
    guard = names.index(floor)
    lists.insert(guard, (floor, config.protected.rules))
    judges = PatternLists([[rule.pattern for rule in rules] for _, rules in lists])
    called = [[(lane, _rule_name(rule, config)) for rule in rules] for lane, rules in lists]
    default_is_heavier = names.index(default) >= guard
    claims = []
    for path in paths:
        found = judges.claim(path)
        if default_is_heavier and found is not None and found[0] == guard and judges.claim(path, first=guard) is None:
            found = None  # no list has it but the protected one, and the default lane is no lighter than the floor
        lane, rule = (default, None) if found is None else called[found[0]][found[1]]
        claims.append(Claim(path=path, lane=lane, rule=rule))
    return tuple(claims)


def _rule_name(rule: Rule, config: Config) -> str:
    """Return what a rule is called; line 0 is one that is built in and stands in no file."""
    return f"{config.name}:{rule.line} {rule.pattern}" if rule.line else f"built-in: {rule.pattern}"


@dataclass(frozen=True, slots=True)
class _RuleList:
    """One list of the configuration, ready to be asked, with how each of its rules is called."""

    patterns: Patterns
    names: tuple[str, ...]

    @classmethod
    def of(cls, rules: tuple[Rule, ...], config: Config) -> "_RuleList":
        """Prepare `rules`."""
        return cls(Patterns([rule.pattern for rule in rules]), tuple(_rule_name(rule, config) for rule in rules))

    def find(self, path: RepoPath) -> str | None:
        """Return the name of the rule that claims `path`."""
        index = self.patterns.claim(path)
        return None if index is None else self.names[index]


def _decide(claims: tuple[Claim, ...], weights: dict[str, int]) -> tuple[str, str]:
    """Return the heaviest claim's lane, and a sentence naming the first file that has it and the rule that gave it."""
    lane = max(claims, key=lambda claim: weights[claim.lane]).lane
    deciding = [claim for claim in claims if claim.lane == lane]
    first = next((claim for claim in deciding if claim.rule is not None), deciding[0])
    others = len(deciding) - 1
    more = "" if not others else f", and {others} other file{'s' if others > 1 else ''} of the same lane"
    if first.rule is None:
        return lane, f"no rule claims {first.path}, so it belongs to the default lane{more}"
    return lane, f"{first.path} matches {first.rule}{more}"


def _force_lane(forced: str, change: Change, config: Config, weights: dict[str, int]) -> tuple[str, str]:
    """Return the lane that was asked for, or the floor where a protected file is, or could be, in the change."""
    floor = config.protected.floor or config.heaviest.name
    if weights[forced] >= weights[floor] or not config.protected.rules:
        return forced, "it was asked for"
    protected = _RuleList.of(config.protected.rules, config)
    for file in change.files:
        if rule := protected.find(file.path):
            return floor, f"{forced} was asked for, but {file.path} is protected by {rule}"
    if not change.complete:
        return floor, f"{forced} was asked for, but protected files may have changed, too: {change.reason}"
    return forced, "it was asked for"


def _unknown_lane(name: str, config: Config) -> UsageError:
    """Return the error for a lane that the configuration does not have, with the likeliest one that was meant."""
    from difflib import get_close_matches

    names = [lane.name for lane in config.lanes]
    close = get_close_matches(name, names, n=1)
    hint = f"did you mean `{close[0]}`? " if close else ""
    return UsageError(
        f"there is no lane `{visible(name)}` in {visible(config.name)}", help=f"{hint}the lanes are {', '.join(names)}"
    )

"""The heaviest lane that anything about the change demands, with the rule that says so.

What decides, the first that applies:

1. The change or the configuration is not known for sure: the heaviest lane.
2. Protected files: at least their floor.
3. Somebody asks for a heavier lane, by a label or, with write permission, by a comment.
4. Somebody who may do so asks for a lighter one, or the workflow names a lane: that one, but not below the floor.
5. What lifts a change whatever its files are: `when` of a lane, links that leave the repository, changed modes and kinds.
6. The lists of the lanes: a file belongs to the heaviest lane whose list claims it, an unclaimed one to the default lane.
7. Nothing changed: the lightest lane.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lanemark.change import Change
from lanemark.config.types import Config, Rule
from lanemark.errors import UsageError
from lanemark.escape import visible
from lanemark.event import Event
from lanemark.lane import Choice, Claim, Lift, Outcome, Wish
from lanemark.lane.lifts import find_lifts
from lanemark.lane.wishes import Decision, follow_wishes, read_wishes
from lanemark.path import RepoPath
from lanemark.pattern import PatternLists, Patterns


def choose_lane(
    change: Change, event: Event, config: Config, *, forced: str | None = None, wishes: Sequence[Wish] | None = None
) -> Choice:
    """Return the lane of a change with the reason in a sentence, every file's claim, and what lifts it.

    `forced` is a lane that the workflow or the command line asked for; it is used, but not below the floor of protected paths.
    `wishes` are what people ask for on GitHub; without them the event is read, which tells nobody's permission. Raises UsageError
    where there is no lane `forced`. File names and patterns stand in the reason as they are: reports escape them.
    """
    weights = {lane.name: weight for weight, lane in enumerate(config.lanes)}
    if forced is not None and forced not in weights:
        raise _unknown_lane(forced, config)
    asked = read_wishes(event) if wishes is None else tuple(wishes)
    claims = claim_files((file.path for file in change.files), config)
    lifts = find_lifts(change, event, config, claims)
    by_itself = _decide(change, event, config, claims, lifts)
    floor = None if forced is None and not asked else _find_floor(change, config)
    start = by_itself if forced is None else _force_lane(forced, by_itself, floor, weights)
    found, followed = follow_wishes(start, asked, weights, floor, may_lower=forced is None)
    if forced is not None:
        followed = (_forced_wish(forced, start, by_itself, weights), *followed)
    return Choice(
        lane=found.lane,
        reason=found.reason,
        claims=claims,
        lifts=lifts,
        wishes=followed,
        by_itself=by_itself.lane,
    )


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


def _decide(change: Change, event: Event, config: Config, claims: Sequence[Claim], lifts: Sequence[Lift]) -> Decision:
    """Return the lane that the change gets by itself, without anybody's wish."""
    if len(config.lanes) == 1:
        return Decision(config.heaviest.name, "it is the only lane")
    if config.doubt:
        return Decision(config.heaviest.name, config.doubt)
    if not change.complete:
        reason = f"the change of this {event.name} event is not known for sure: {change.reason}"
        return Decision(config.heaviest.name, reason)
    weights = {lane.name: weight for weight, lane in enumerate(config.lanes)}
    found = _heaviest_claim(claims, weights) if claims else Decision(config.lanes[0].name, "no files changed")
    if lifts and weights[lifts[0].lane] > weights[found.lane]:
        same = sum(lift.lane == lifts[0].lane for lift in lifts) - 1
        more = "" if not same else f", and {same} other rule{'s' if same > 1 else ''} would, too"
        return Decision(lifts[0].lane, f"{lifts[0].why} ({lifts[0].rule}){more}")
    return found


def _heaviest_claim(claims: Sequence[Claim], weights: dict[str, int]) -> Decision:
    """Return the heaviest claim's lane, and a sentence naming the first file that has it and the rule that gave it."""
    lane = max(claims, key=lambda claim: weights[claim.lane]).lane
    deciding = [claim for claim in claims if claim.lane == lane]
    first = next((claim for claim in deciding if claim.rule is not None), deciding[0])
    others = len(deciding) - 1
    more = "" if not others else f", and {others} other file{'s' if others > 1 else ''} of the same lane"
    if first.rule is None:
        return Decision(lane, f"no rule claims {first.path}, so it belongs to the default lane{more}")
    return Decision(lane, f"{first.path} matches {first.rule}{more}")


def _find_floor(change: Change, config: Config) -> Decision | None:
    """Return the lane below which nobody's wish goes and why, where a protected file is, or could be, in the change."""
    if config.doubt:
        return Decision(config.heaviest.name, config.doubt)
    floor = config.protected.floor or config.heaviest.name
    if not config.protected.rules:
        return None
    protected = _RuleList.of(config.protected.rules, config)
    for file in change.files:
        if rule := protected.find(file.path):
            return Decision(floor, f"{file.path} is protected by {rule}")
    if not change.complete:
        return Decision(floor, f"protected files may have changed, too: {change.reason}")
    return None


def _force_lane(forced: str, by_itself: Decision, floor: Decision | None, weights: dict[str, int]) -> Decision:
    """Return the lane that was asked for, or the floor where that is heavier."""
    if floor is None or weights[forced] >= weights[floor.lane]:
        return Decision(forced, "it was asked for") if len(weights) > 1 else by_itself
    return Decision(floor.lane, f"{forced} was asked for, but {floor.reason}")


def _forced_wish(forced: str, found: Decision, by_itself: Decision, weights: dict[str, int]) -> Wish:
    """Return what became of the lane that the workflow or the command line asked for."""
    after, before = weights[found.lane], weights[by_itself.lane]
    outcome: Outcome = (
        "lowered" if after < before else "lifted" if after > before else "same" if forced == found.lane else "refused"
    )
    return Wish(lane=forced, source="input", trusted=True, doubt="" if forced == found.lane else found.reason, outcome=outcome)


def _unknown_lane(name: str, config: Config) -> UsageError:
    """Return the error for a lane that the configuration does not have, with the likeliest one that was meant."""
    from difflib import get_close_matches

    names = [lane.name for lane in config.lanes]
    close = get_close_matches(name, names, n=1)
    hint = f"did you mean `{close[0]}`? " if close else ""
    return UsageError(
        f"there is no lane `{visible(name)}` in {visible(config.name)}", help=f"{hint}the lanes are {', '.join(names)}"
    )

"""Choose the lane: each file belongs to the heaviest lane that claims it, and the change to the heaviest of its files."""

from collections.abc import Sequence
from difflib import get_close_matches

from lanemark.change import Change, ChangedFile
from lanemark.config.types import Config, Rule
from lanemark.errors import UsageError
from lanemark.event import Event
from lanemark.lane import Choice, Claim
from lanemark.path import RepoPath
from lanemark.pattern import Patterns


def choose_lane(change: Change, event: Event, config: Config, *, forced: str | None = None) -> Choice:
    """Return the lane of a change, and why.

    What is not known for certain gets the heaviest lane. `forced` sets a lane, but never one below what protected paths demand.
    """
    claims, floor = _claim_files(change.files, config)
    weights = {lane.name: weight for weight, lane in enumerate(config.lanes)}
    if forced is not None:
        return _force(forced, claims, floor, weights)
    if len(config.lanes) == 1:
        return Choice(lane=config.heaviest.name, reason="it is the only lane", claims=claims)
    if not change.complete:
        event_text = "" if event.name == "local" else f" ({event.name})"
        return Choice(lane=config.heaviest.name, reason=f"the heaviest lane, because {change.reason}{event_text}", claims=claims)
    if not claims:
        return Choice(lane=config.lanes[0].name, reason="no files changed", claims=())
    deciding = max(claims, key=lambda claim: weights[claim.lane])
    others = sum(claim.lane == deciding.lane for claim in claims) - 1
    rule = (
        f"{deciding.path} matches {deciding.rule}"
        if deciding.rule
        else f"no rule claims {deciding.path}, so it is the default lane"
    )
    more = "" if others == 0 else f" (and {others} more file{'s' if others > 1 else ''} of this lane)"
    return Choice(lane=deciding.lane, reason=f"{rule}{more}", claims=claims)


def _claim_files(files: Sequence[ChangedFile], config: Config) -> tuple[tuple[Claim, ...], str | None]:
    """Return each file's claim, and the lane that protected paths set as a floor."""
    tables = [
        (lane.name, lane.rules, Patterns([rule.pattern for rule in lane.rules])) for lane in reversed(config.lanes) if lane.rules
    ]
    protected = Patterns([rule.pattern for rule in config.protected.rules])
    floor_name = config.protected.floor or config.heaviest.name
    weights = {lane.name: weight for weight, lane in enumerate(config.lanes)}
    claims: list[Claim] = []
    floor = None
    for file in files:
        claim = _claim_file(file.path, tables, config)
        found = protected.claim(file.path)
        if found is not None:
            floor = floor_name
            if weights[floor_name] > weights[claim.lane]:
                claim = Claim(
                    path=file.path, lane=floor_name, rule=_rule_text(config.protected.rules[found], config, "protected ")
                )
        claims.append(claim)
    return tuple(claims), floor


def _claim_file(path: RepoPath, tables: Sequence[tuple[str, tuple[Rule, ...], Patterns]], config: Config) -> Claim:
    """Return the heaviest lane that claims a path, the default lane where none does."""
    for name, rules, patterns in tables:
        found = patterns.claim(path)
        if found is not None:
            return Claim(path=path, lane=name, rule=_rule_text(rules[found], config, ""))
    return Claim(path=path, lane=config.default.name)


def _rule_text(rule: Rule, config: Config, prefix: str) -> str:
    """Return a rule as people find it: file, line, pattern."""
    return f"{config.name}:{rule.line} {prefix}{rule.pattern}" if rule.line else f"built-in {prefix}{rule.pattern}"


def _force(forced: str, claims: tuple[Claim, ...], floor: str | None, weights: dict[str, int]) -> Choice:
    """Return the lane that was set, raised to the floor of protected paths."""
    if forced not in weights:
        close = get_close_matches(forced, weights, 1, 0.6)
        raise UsageError(
            f"there is no lane {forced!r}", help=f"did you mean {close[0]!r}?" if close else f"the lanes are {', '.join(weights)}"
        )
    if floor is not None and weights[floor] > weights[forced]:
        path = next(claim.path for claim in claims if claim.rule and "protected " in claim.rule)
        return Choice(lane=floor, reason=f"{forced} was asked for, but {path} is protected and needs {floor}", claims=claims)
    return Choice(lane=forced, reason="it was asked for", claims=claims)

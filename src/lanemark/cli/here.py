"""The stages of the working tree: those that are not for this run left out, those declared for each of something as instances."""

from dataclasses import dataclass

from lanemark.config.each import expand, family_of, has_each, stages_called, unmatched_words
from lanemark.config.leave import LeftOut, leave_out
from lanemark.config.types import Config
from lanemark.config.unknown import no_stage
from lanemark.errors import UsageError
from lanemark.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """A configuration as it holds here, the stages to run, and what is left out of them and why."""

    config: Config
    stages: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    unmatched: tuple[str, ...] = ()


def settle_lane(settings: Settings, config: Config, lane: str, event: str) -> Here:
    """Return the stages of `lane` on `event`."""
    settled, out = leave_out(config, lane, event)
    settled = expand_here(settings, settled)
    said = unmatched_words(settled, lane)
    return Here(config=settled, stages=settled.lane(lane).stages, left_out=out, unmatched=tuple(said))


def settle_stages(settings: Settings, config: Config, names: tuple[str, ...]) -> Here:
    """Return the stages that a person named, whatever lanes and events they are for.

    One that is declared for each of something means all its instances. Raises UsageError for a name that no stage has.
    """
    for name in names:
        if family_of(name) not in config.stages:
            raise no_stage(name, config)
    settled = expand_here(settings, config)
    found: dict[str, None] = {}
    said = []
    for name in names:
        called = stages_called(name, settled)
        if not called and name in config.stages:
            said.append(f"{name} has no instance: its each matches nothing.")
        elif not called:
            near = ", ".join(stages_called(family_of(name), settled)) or "none"
            raise UsageError(f"there is no stage {name!r}", help=f"the instances of {family_of(name)} are {near}")
        found |= dict.fromkeys(called)
    return Here(config=settled, stages=tuple(found), unmatched=tuple(said))


def expand_here(settings: Settings, config: Config) -> Config:
    """Return the configuration with the instances that the working tree has; the tree is only looked at where that matters."""
    if not has_each(config):
        return config
    from lanemark.wiring.tree import list_files

    return expand(config, list_files(settings.workspace))

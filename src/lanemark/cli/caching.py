"""What a measuring command may replay from, and where that is carried from and to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from lanemark.cache.policy import Policy, choose_policy
from lanemark.cli.console import Parser, say
from lanemark.cli.workflow import write_outputs
from lanemark.errors import StoppedError
from lanemark.pipeline.prepare import Task
from lanemark.settings import Settings

Fill = Callable[[Settings, Task], None]
"""Brings what other machines kept into the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caching:
    """What was asked for: `off` runs every stage and keeps nothing, `fresh` runs every stage and keeps what it leaves.

    `pack` is a file that is read before the run and written after it; `fill` brings more into the store before.
    """

    off: bool = False
    fresh: bool = False
    pack: str = ""
    fill: Fill | None = None


UNCACHED = Caching(off=True)
"""Every stage runs."""


def add_pack_option(parser: Parser) -> None:
    """Add the file in which results are carried from one machine to the next."""
    parser.add_argument("--pack", default="", metavar="FILE", help="take results from this pack before the run, write it after")


def read_caching(options: object, settings: Settings, *, fresh: bool = False, fill: Fill | None = None) -> Caching:
    """Return what the options ask for; `fresh` is what the command itself wants."""
    given = vars(options)
    pack: str = given.get("pack") or ""
    return Caching(
        off=bool(given.get("no_cache")),
        fresh=fresh or bool(given.get("force")),
        pack=pack if not pack or pack.startswith("/") else f"{settings.workspace}/{pack}",
        fill=fill,
    )


@contextmanager
def open_caching(settings: Settings, task: Task, caching: Caching) -> Iterator[Policy]:
    """Give what holds for the run, with the store filled for it; afterwards the pack is written, and told where it is new.

    So it is after a cancel: what was done until then need not be done again.
    """
    lane = task.choice.lane
    policy = choose_policy(task.policy, lane, settings.occasion, off=caching.off, force=caching.fresh)
    if not policy.why_off and not any(stage.inputs for stage in task.wanted.stages.values()):
        policy = replace(policy, why_off="no stage declares inputs")
    if policy.why_off:
        yield policy
        return
    from lanemark.wiring.packs import fill_from_pack, keep_in_pack

    before = fill_from_pack(settings, caching.pack, lane, say) if caching.pack and policy.read else None
    if caching.fill is not None and policy.read:
        caching.fill(settings, task)
    stopped: StoppedError | None = None
    try:
        yield policy
    except StoppedError as fault:
        stopped = fault
    if caching.pack and keep_in_pack(settings, caching.pack, lane, policy, before, say):
        write_outputs(settings, {"pack": caching.pack})
    if stopped is not None:
        raise stopped

"""The tools that run processes, and a folder to work in."""

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lanemark.ports import Say
from lanemark.process.clock import SystemClock
from lanemark.process.control import ControlLoad
from lanemark.process.gauges import SystemGauges
from lanemark.process.machine import count_cores
from lanemark.process.spawn import Spawner
from lanemark.process.workers import ThreadWorkers
from lanemark.run.types import Tools
from lanemark.run.watch import Watch, Watches
from lanemark.settings import Settings
from lanemark.store.files import DiskFiles
from lanemark.store.trees import DiskTrees


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The tools, a folder to work in, how to stop what is running, the control load for an experiment, and the usable cores.

    `waiting` are called by `cancel` too: whoever waits for something else than a process puts there how to end that.
    """

    tools: Tools
    work: str
    cancel: Callable[[], None]
    control: ControlLoad
    cores: int
    waiting: list[Callable[[], None]]


@contextmanager
def open_bench(settings: Settings, say: Say, watch: Watch | None = None) -> Iterator[Bench]:
    """Give the tools and a fresh folder outside the checkout, which is gone afterwards; `watch` looks on while stages run."""
    os.makedirs(settings.cache, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="run-", dir=settings.cache, ignore_cleanup_errors=True) as work:
        spawner, waiting = Spawner(), list[Callable[[], None]]()

        def cancel() -> None:
            spawner.cancel()
            for end in waiting:
                end()

        tools = Tools(
            processes=spawner,
            files=DiskFiles(),
            trees=DiskTrees(f"{work}/trees"),
            clock=SystemClock(),
            environment=settings.stage_environment,
            say=say,
            guard=secrets.token_hex(16) if settings.in_actions else None,
            gauges=SystemGauges(),
            workers=ThreadWorkers(cancel),
            watch=watch or Watches(),
            secrets=tuple(os.fsencode(value) for value in settings.secrets),
        )
        yield Bench(
            tools=tools,
            work=os.path.realpath(work),
            cancel=cancel,
            control=ControlLoad(),
            cores=count_cores(),
            waiting=waiting,
        )

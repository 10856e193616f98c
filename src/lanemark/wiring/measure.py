"""The outside of `measure`: processes, git and the disk. No token is read here."""

import secrets

from lanemark import __version__
from lanemark.git.repository import Git
from lanemark.pipeline.measure import MeasureWorld
from lanemark.process.machine import read_machine
from lanemark.result import Provenance
from lanemark.settings import Settings
from lanemark.wiring.bench import Bench


def measure_world(settings: Settings, bench: Bench) -> MeasureWorld:
    """Build the world."""
    provenance = Provenance(
        run_id=settings.run_id, attempt=settings.attempt, started=bench.tools.clock.utc(), version=__version__
    )
    return MeasureWorld(
        checkout=Git(settings.workspace),
        tools=bench.tools,
        machine=read_machine(image_os=settings.image_os, image_version=settings.image_version),
        provenance=provenance,
        work=bench.work,
        experiment=secrets.token_hex(8),
        control=bench.control,
    )

"""Killed at sixty points, in runs, resumes, rollbacks, checkpoints and prunes: never anything in between."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks" / "recovery"))
import kill

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="impossible here: no /proc")]

POINTS = {"run": 12, "run again": 8, "resume": 8, "restore": 16, "create": 8, "prune": 8}


@pytest.fixture(scope="module")
def bed(tmp_path_factory):
    return kill.Bed(tmp_path_factory.mktemp("kill"))


@pytest.mark.parametrize("kind", POINTS)
def test_a_kill_leaves_nothing_half_done(bed, kind):
    chance, events = random.Random(kind), bed.count(kind)
    assert events > 10
    for number in range(POINTS[kind]):
        at = 1 + int(events * (number + chance.random()) / POINTS[kind]) % events
        assert bed.kill(kind, at) == "", f"{kind} killed before event {at} of {events}"

"""The fault suite of benchmarks/recovery: a few scenarios of each class here, all of them in `make bench`."""

import sys
from itertools import groupby

import pytest

from command import ROOT

sys.path.insert(0, str(ROOT / "benchmarks" / "recovery"))

from faults import Outside, lacking, play
from scenarios import all_scenarios

SLOW = ("pip", "npm", "uv", "go", "java", "node", "Java", "stall", "by turns", "C++")
ALL = all_scenarios()
CHOSEN = [
    scenario
    for _, group in groupby(ALL, key=lambda one: (one.cause, one.recovers))
    for scenario in [one for one in group if not any(word in one.name for word in SLOW)][:3]
]


@pytest.fixture(scope="module")
def outside():
    with Outside() as servers:
        yield servers


def test_every_class_has_ten_scenarios_or_more():
    counts = {cause: sum(one.cause == cause for one in ALL) for cause in {one.cause for one in ALL}}
    assert min(counts.values()) >= 10, counts
    assert len(counts) == 13


@pytest.mark.parametrize("scenario", CHOSEN, ids=lambda one: f"{one.cause}: {one.name}")
def test_a_real_failure_is_called_what_it_is(scenario, outside, tmp_path):
    if missing := lacking(scenario):
        pytest.skip(f"impossible here: no {missing}" if "mounts" in scenario.needs else f"no {missing}")
    cause, worked, intact, signs = play(scenario, outside, tmp_path)
    assert cause == scenario.cause, signs
    assert worked == scenario.recovers
    assert intact

import math

import msgspec
import numpy as np
import pytest

from judge.facts import band, difference, measured, paired, policy, samples
from lanemark.compare.types import Effect
from lanemark.compare.whole import compare
from lanemark.config.types import Lane
from lanemark.judge.bands import BUILT_IN, weigh_effect
from lanemark.judge.looks import suspects, undecided
from lanemark.judge.overall import judge
from lanemark.stats.effect import paired_effect

STAGES = policy("unit", "docs").stages


def lane(*bands):
    return Lane(name="standard", line=1, stages=("unit", "docs"), bands=bands)


def both(ask, base, head, *bands, stages=STAGES):
    return ask(base, head, lane(*bands), stages)


EVEN, NOISY = [1.0, 1.001] * 5, [0.5, 1.7, 1.0, 0.9, 1.4, 0.6, 1.2, 0.8, 1.5, 1.0]


def test_a_stage_is_open_while_one_of_its_gates_is_unknown():
    base = samples("unit", EVEN) + samples("docs", EVEN)
    head = samples("unit", EVEN) + samples("docs", NOISY)
    assert both(undecided, base, head) == {"docs"}
    assert both(undecided, base[:5], head[:5]) == {"unit"}
    assert both(undecided, (), ()) == frozenset()


def test_a_stage_is_suspect_when_a_gate_would_fail():
    base = samples("unit", EVEN) + samples("docs", EVEN)
    head = samples("unit", [wall * 1.3 for wall in EVEN]) + samples("docs", [wall * 1.05 for wall in EVEN])
    assert both(suspects, base, head) == {"unit"}
    assert both(suspects, base, head, band("cpu", 0.01, 0.04, stage="docs")) == {"unit", "docs"}
    assert both(undecided, base, head) == frozenset()


def test_memory_makes_suspects_but_keeps_no_stage_open():
    base = samples("unit", EVEN) + samples("unit", [1.0] * 3, account="memory", rss=[100, 100, 100])
    wild = samples("unit", EVEN) + samples("unit", [1.0] * 3, account="memory", rss=[50, 300, 100])
    more = samples("unit", EVEN) + samples("unit", [1.0] * 3, account="memory", rss=[150, 140, 160])
    assert both(undecided, base, wild, band("rss_peak", 0.05, 0.2)) == frozenset()
    assert both(suspects, base, wild, band("rss_peak", 0.05, 0.2)) == frozenset()
    assert both(suspects, base, more, band("rss_peak", 0.05, 0.2)) == {"unit"}


def test_stages_that_are_not_measured_are_not_asked_about():
    quiet = dict(STAGES) | {"unit": msgspec.structs.replace(STAGES["unit"], measure=None)}
    base, head = samples("unit", EVEN), samples("unit", [wall * 2 for wall in EVEN])
    assert both(suspects, base, head) == {"unit"}
    assert both(suspects, base, head, stages=quiet) == frozenset()
    assert both(undecided, base, samples("unit", NOISY), stages=quiet) == frozenset()


LOOKS = (10, 20, 40, 80)


def replay(draw, noise, factor, limits):
    """Return the verdict of a whole experiment in numbers: looks until decided, then a second batch of what would fail."""

    def batch(size):
        base, head = draw.lognormal(0, noise, size), draw.lognormal(0, noise, size) * factor
        return Effect(**paired_effect(base, head)._asdict())

    base, head = draw.lognormal(0, noise, LOOKS[-1]), draw.lognormal(0, noise, LOOKS[-1]) * factor
    for look in LOOKS:
        found = difference(Effect(**paired_effect(base[:look], head[:look])._asdict()))
        verdict = weigh_effect(found, limits, confirm=False).verdict
        if verdict != "unknown":
            break
    if verdict == "fail":
        verdict = weigh_effect(msgspec.structs.replace(found, confirmation=batch(look)), limits, confirm=True).verdict
    return verdict


@pytest.mark.slow
@pytest.mark.parametrize(("noise", "limits"), [(0.028, BUILT_IN["cpu"]), (0.10, BUILT_IN["cpu"]), (0.30, BUILT_IN["wall"])])
def test_equal_sides_hardly_ever_fail(noise, limits):
    draw, trials = np.random.default_rng(2026), 5000
    failed = sum(replay(draw, noise, 1.0, limits) == "fail" for _ in range(trials))
    assert failed / trials <= 0.005


@pytest.mark.slow
def test_five_percent_more_cpu_is_seen():
    draw, trials = np.random.default_rng(2027), 1000
    seen = sum(replay(draw, 0.028, 1.05, BUILT_IN["cpu"]) in ("warn", "fail") for _ in range(trials))
    assert seen / trials >= 0.95


def test_the_samples_of_a_real_slowdown_go_the_whole_way_to_a_fail():
    draw = np.random.default_rng(1)

    def walls(factor, batch):
        return samples("unit", [float(wall) for wall in draw.lognormal(0, 0.02, 10) * factor], batch=batch)

    base, head = walls(1.0, 0) + walls(1.0, 1), walls(1.25, 0) + walls(1.25, 1)
    assert both(suspects, base, head) == {"unit"}
    run = measured(samples=head)
    before = paired().baseline.result
    baseline = msgspec.structs.replace(paired().baseline, result=msgspec.structs.replace(before, samples=base))
    found = judge(run, compare(run, baseline), policy(bands=[band()]))
    assert (found.verdict, found.exit_status) == ("fail", 3)
    assert math.isclose(found.gates[0].value, 0.25, abs_tol=0.04)


def test_cold_samples_make_no_suspects_and_keep_no_stage_open():
    def cold(walls):
        return tuple(msgspec.structs.replace(one, temperature="cold") for one in samples("unit", walls))

    base, slow = samples("unit", EVEN) + cold(EVEN), samples("unit", EVEN) + cold([wall * 2 for wall in EVEN])
    assert both(suspects, base, slow, band("cpu", 0.01, 0.04), band("wall", 0.01, 0.04)) == frozenset()
    wild = samples("unit", EVEN) + cold(NOISY)
    assert both(undecided, base, wild, band("cpu", 0.01, 0.04), band("wall", 0.01, 0.04)) == frozenset()

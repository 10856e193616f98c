"""One sample on each side: executions put together, order, padding, control load, conditions, cold."""

from dataclasses import replace

import msgspec
import pytest

from bench import make_place, make_stage, make_tools
from lanemark.config.types import MeasureRules, MetricFile
from lanemark.measure.conditions import read_conditions
from lanemark.measure.experiment import Experiment, Pace
from lanemark.measure.pace import LEAST_S, find_pace
from lanemark.measure.pairs import measure_stages
from lanemark.measure.prepare import prepare_sides
from lanemark.measure.sampling import take_pair
from lanemark.metric import Usage
from lanemark.plan import Forecast
from lanemark.ports import Counters
from lanemark.process.control import ControlLoad
from lanemark.result import Turn
from lanemark.store.trees import DiskTrees

FIRST = Turn(batch=0, pair=1, order=0)
NOBODY = frozenset()


class CountedLoad:
    """A control load that only writes down when it was asked."""

    def __init__(self, journal):
        self.journal = journal

    def run(self, units):
        with self.journal.open("a") as file:
            file.write(f"control {units}\n")
        return Usage(wall_s=units * 0.001, user_s=units * 0.001, system_s=0.0)


def prepared(tmp_path, base, head=None, **more):
    tools = make_tools(tmp_path)
    rules = MeasureRules(min_pairs=3, max_pairs=3, max_time_s=60.0)
    stages = (base, head or base)
    places = [make_place(tmp_path, stage, side=side) for side, stage in zip(("base", "head"), stages, strict=True)]
    found = Experiment(base=places[0], head=places[1], tools=tools, rules=rules, seed="seed", **more)
    prepare_sides(found)
    return found


def decided(found, **walls):
    """Say how long the deciding runs took, and that nothing else is to be asked."""
    for side, wall in walls.items():
        found.done[side]["unit"] = msgspec.structs.replace(
            found.done[side]["unit"], usage=Usage(wall_s=wall, user_s=0.0, system_s=0.0)
        )
    stages = {"unit": msgspec.structs.replace(found.head.stages["unit"], measure=MeasureRules(warmup=0))}
    found.head = replace(found.head, stages=stages)
    return found


def test_short_commands_are_put_together_until_a_sample_of_the_faster_side_lasts_long_enough(tmp_path):
    found = decided(prepared(tmp_path, make_stage("unit", "true")), base=0.002, head=0.02)
    pace = find_pace(found, "unit", 60.0)
    assert pace.loops == 25
    assert pace.pair_s == pytest.approx(25 * 0.022)
    taken = take_pair(found, "unit", FIRST, pace)
    assert taken["base"].loops == taken["head"].loops == 25
    assert taken["head"].value("wall") == pytest.approx(taken["head"].usage.wall_s / 25)


def test_a_long_command_stands_alone(tmp_path):
    found = decided(prepared(tmp_path, make_stage("unit", "true")), base=LEAST_S, head=1.0)
    assert find_pace(found, "unit", 60.0).loops == 1


def test_little_time_makes_samples_shorter_before_it_makes_them_fewer(tmp_path):
    found = decided(prepared(tmp_path, make_stage("unit", "true")), base=0.001, head=0.001)
    assert find_pace(found, "unit", 60.0).loops == 50
    assert find_pace(found, "unit", 0.2).loops == 10


def test_a_short_stage_runs_once_more_before_it_is_known_how_short_it_is(tmp_path):
    journal = tmp_path / "journal"
    found = prepared(tmp_path, make_stage("unit", f"echo x >> {journal}"))
    journal.unlink()
    find_pace(found, "unit", 60.0)
    assert journal.read_text().split() == ["x", "x"], "one pair, thrown away"
    assert found.samples == {"base": [], "head": []}


def test_executions_of_the_sides_alternate_so_that_they_share_the_machines_weather(tmp_path):
    journal = tmp_path / "journal"
    stage = make_stage("unit", f"basename $PWD >> {journal}")
    found = prepared(tmp_path, stage)
    journal.unlink()
    taken = take_pair(found, "unit", FIRST, Pace(loops=3))
    first, second = sorted(("b", "h"), key=lambda side: taken["base" if side == "b" else "head"].turn.order)
    assert journal.read_text().split() == [first, second, second, first, first, second]


def test_every_execution_gets_an_environment_of_another_length_that_the_seed_decides(tmp_path):
    journal = tmp_path / "journal"
    stage = make_stage("unit", f'echo "${{#LANEMARK_PAD}}" >> {journal}')
    found = prepared(tmp_path, stage)
    lengths = []
    for pair in (1, 1, 2):
        journal.unlink()
        take_pair(found, "unit", Turn(batch=0, pair=pair, order=0), Pace(loops=4))
        lengths.append([int(line) for line in journal.read_text().split()])
    assert lengths[0] == lengths[1] != lengths[2]
    assert len(set(lengths[0])) > 4
    assert max(lengths[0]) < 4096


def test_the_control_load_runs_right_before_each_side_and_is_recorded_there(tmp_path):
    journal = tmp_path / "journal"
    stage = make_stage("unit", f"echo stage >> {journal}")
    found = prepared(tmp_path, stage, control=CountedLoad(journal))
    journal.unlink()
    taken = take_pair(found, "unit", FIRST, Pace(units=5))
    assert journal.read_text().splitlines() == ["control 5", "stage", "control 5", "stage"]
    assert taken["base"].control.wall_s == taken["head"].control.wall_s == 0.005


def test_the_control_load_takes_less_than_a_tenth_of_a_round(tmp_path):
    found = prepared(tmp_path, make_stage("unit", "sleep 0.1"), control=CountedLoad(tmp_path / "journal"))
    pace = find_pace(found, "unit", 60.0)
    assert pace.units >= 8, "a unit of this load is a millisecond"
    assert 2 * pace.units * found.unit_s() <= 0.1 * pace.pair_s


def test_a_memory_pass_has_no_control_load_and_says_what_looking_cost(tmp_path):
    found = prepared(tmp_path, make_stage("unit", "sleep 0.05"), control=ControlLoad())
    taken = take_pair(found, "unit", FIRST, Pace(), account="memory")
    assert taken["head"].control is None
    assert taken["head"].usage.rss_peak_bytes > 0


class Ticking:
    """Counters of a machine with two cores that is half busy and steals a tenth."""

    def __init__(self):
        self.looks = 0

    def read(self):
        self.looks += 1
        at = float(self.looks)
        return Counters(
            at_s=at, cores=2, busy_s=at, idle_s=0.6 * at, iowait_s=0.2 * at, steal_s=0.2 * at, pressure_s=0.3 * at, load=4.0
        )


def test_each_sample_says_what_the_machine_did_beside_it(tmp_path):
    found = prepared(tmp_path, make_stage("unit", "true"))
    found.tools = make_tools(tmp_path, gauges=Ticking())
    seen = take_pair(found, "unit", FIRST, Pace())["head"].conditions
    assert (seen.busy, seen.iowait, seen.steal, seen.pressure) == tuple(map(pytest.approx, (0.5, 0.1, 0.1, 0.3)))
    assert (seen.load, seen.mhz) == (4.0, None)


def test_cold_samples_are_a_series_of_their_own_with_their_inputs_evicted(tmp_path):
    rules = MeasureRules(min_pairs=3, max_pairs=3, cold=True)
    for side in "bh":
        (tmp_path / side).mkdir()
        (tmp_path / side / "data").write_text("read me\n")
    found = prepared(tmp_path, make_stage("unit", "cat data > /dev/null || true", inputs=("data",), measure=rules))
    evicted = []

    class Watched(DiskTrees):
        def evict(self, root, patterns):
            evicted.append((root[-1], patterns))
            return super().evict(root, patterns)

    found.tools = replace(found.tools, trees=Watched(str(tmp_path / "trees")))
    measure_stages(found, lambda *_: NOBODY, lambda *_: NOBODY, memory_wanted=NOBODY)
    for side in ("base", "head"):
        cold = [one for one in found.samples[side] if one.temperature == "cold"]
        assert [one.turn.pair for one in cold] == [1, 2, 3]
    assert sorted(evicted) == [("b", ("data",))] * 4 + [("h", ("data",))] * 4, "once to see whether it can be done"


def test_where_nothing_can_be_evicted_no_sample_is_called_cold(tmp_path):
    said = []
    rules = MeasureRules(min_pairs=3, max_pairs=3, cold=True)
    found = prepared(tmp_path, make_stage("unit", "true", inputs=("nothing-like-it",), measure=rules))
    found.tools = make_tools(tmp_path, said=said)
    measure_stages(found, lambda *_: NOBODY, lambda *_: NOBODY, memory_wanted=NOBODY)
    assert not [one for one in found.samples["head"] if one.temperature == "cold"]
    assert "no cold samples" in said[-1]


def test_what_is_saved_by_not_measuring_an_unchanged_stage_is_said(tmp_path):
    said = []
    tools = make_tools(tmp_path, said=said)
    known = {"unit": Forecast(identity="same")}
    stage = make_stage("unit", "sleep 0.05")
    places = [make_place(tmp_path, stage, side=side, forecasts=known) for side in ("base", "head")]
    found = Experiment(base=places[0], head=places[1], tools=tools, rules=MeasureRules(), seed="s")
    prepare_sides(found)
    measure_stages(found, lambda *_: NOBODY, lambda *_: NOBODY, memory_wanted=NOBODY)
    (line,) = (line for line in said if "unchanged" in line)
    assert "saves 10 pairs, 1." in line


def test_a_sample_has_no_figure_that_an_earlier_run_left(tmp_path):
    writes_once = """test -e ../once-$(basename "$PWD") || echo '{"metrics": [{"name": "parse", "value": 1}]}' > m.json; """
    stage = make_stage("unit", f'{writes_once} touch ../once-$(basename "$PWD")', metrics=(MetricFile(file="m.json", line=1),))
    found = prepared(tmp_path, stage)
    assert found.measured["head", "unit"].readings
    taken = take_pair(found, "unit", FIRST, Pace())
    assert {side: sample.figures for side, sample in taken.items()} == {"base": {}, "head": {}}


def test_a_sample_carries_the_figures_of_its_own_run(tmp_path):
    written = """echo '{"metrics": [{"name": "parse", "value": %d}]}' > m.json"""
    base, head = (make_stage("unit", written % value, metrics=(MetricFile(file="m.json", line=1),)) for value in (1, 2))
    taken = take_pair(prepared(tmp_path, base, head), "unit", FIRST, Pace())
    assert {side: sample.figures for side, sample in taken.items()} == {"base": {"parse": 1.0}, "head": {"parse": 2.0}}


def test_a_counter_that_steps_back_counts_as_nothing():
    before = Counters(at_s=0.0, cores=2, busy_s=1.0, idle_s=1.0, iowait_s=1.0, steal_s=0.0, pressure_s=0.0, load=0.0)
    seen = read_conditions(before, replace(before, at_s=2.0, busy_s=2.0, idle_s=2.0, iowait_s=0.5))
    assert (seen.busy, seen.iowait, seen.steal) == (0.5, 0.0, 0.0)

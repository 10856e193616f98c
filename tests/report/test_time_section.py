import json
from collections import Counter
from dataclasses import replace

import html5lib
import msgspec
import pytest
from hostile_models import ATTACKS
from report_builders import cpu_difference, model, ran, regression, result, sample

from lanemark import escape
from lanemark.codec import encode_plain
from lanemark.compare.types import Difference, Effect
from lanemark.judge.types import PastRun, Verdict
from lanemark.lane import Choice
from lanemark.plan import Plan, Step
from lanemark.report.comment import write_comment
from lanemark.report.decomposition import guilty_sentence
from lanemark.report.page import write_page
from lanemark.report.profile import SHADES, profile_facts, profile_view
from lanemark.report.summary import write_summary
from lanemark.report.telemetry import CONTRADICTORY, conditions_words, telemetry_words
from lanemark.report.voice import NAME_LIMIT, PLAIN
from lanemark.result import Conditions, Outcome, Telemetry

TELEMETRY = Telemetry(
    jobs=1, steps=5, replayed=2, wall_s=12.0, queue_mean=0.25, queue_max=1, utilisation=0.97, cpu=0.43, iowait=0.004
)


def wall(stage, change, base=3.0, *, noise=0.01, **more):
    found = Effect(value=change, low=change - noise, high=change + noise, pairs=10)
    return cpu_difference(stage=stage, metric="wall", base=base, head=base * (1 + change), effect=found, **more)


def said(*differences, head=None):
    return [one for one in profile_view(model(differences=differences, head=head)).sentences if "wall time" in one]


def test_one_stage_explains_most_of_the_change():
    assert said(wall("unit", 0.10, base=5.0), wall("build", 0.05, base=2.0))[0] == (
        "The lane's wall time grew by 8.6 % (600 ms on 7 s): unit explains 83.3 % of it, build 16.7 %."
    )


def test_parts_of_both_signs_are_told_as_parts_of_the_lane():
    assert said(wall("unit", 0.30, base=4.0), wall("build", -0.05, base=6.0))[0] == (
        "The lane's wall time grew by 9.0 % (900 ms on 10 s): unit +12.0 %, build -3.0 % of the lane."
    )


def test_within_noise_there_is_nothing_to_explain():
    assert said(wall("unit", 0.004, noise=0.02))[0] == (
        "The lane's wall time did not change measurably (+0.4 % is within noise), so there is nothing to explain."
    )


def test_unchanged_stages_have_no_change_to_explain():
    same = Difference(stage="unit", metric="wall", state="unchanged", primary=True)
    assert said(same)[0] == "No stage differs from the base, so there is no change of wall time to explain."


def test_a_new_stage_is_said_to_be_on_one_side_only():
    new = Difference(stage="unit", metric="cpu", state="new", primary=True)
    head = result(outcomes=(ran("unit", 3.0),), plan=Plan(lane="standard", steps=(Step(stage="unit"),)))
    assert said(new, head=head)[0] == "The lane's wall time grew by 3 s, from nothing: unit (only on head) explains 100 % of it."


def test_parts_that_cancel_out_are_no_growth():
    assert said(wall("a", 0.2, base=5.0), wall("b", -0.2, base=5.0))[0] == (
        "The lane's wall time is the same in sum (10 s): a +10.0 %, b -10.0 % of the lane."
    )


def test_at_most_three_stages_are_named():
    assert said(*(wall(f"s{number}", 0.1) for number in range(5)))[0].endswith(
        "s0 explains 20 % of it, s1 20 %, s2 20 %, and 2 more stages the rest."
    )


def test_what_is_in_no_sum_is_said():
    not_measured = Difference(stage="install", metric="wall", state="unmeasured", reason="measure: false", primary=True)
    sentences = profile_view(model(differences=(wall("unit", 0.1), cpu_difference(), not_measured))).sentences
    assert sentences[0].startswith("The wall time of the compared stages grew by 10.0 %"), "it is not the whole lane's"
    assert "Not in these sums: install (measure: false)." in sentences


def test_path_and_bottleneck_stand_in_a_sentence():
    sentences = profile_view(model()).sentences
    assert "The critical path is install, unit: 5 s, 100 % of the wall time." in sentences
    assert "The bottleneck is unit: if it took no time the lane would take 2 s instead of 5 s, at best 60 % less." in sentences


def test_on_more_workers_the_bound_is_a_bound():
    head = result(telemetry=msgspec.structs.replace(TELEMETRY, jobs=2))
    sentences = profile_view(model(head=head)).sentences
    assert (
        "The bottleneck is unit: if it took no time the lane would still need at least, on 2 workers, "
        "2 s instead of 5 s, at best 60 % less." in sentences
    )


def test_a_run_without_any_time_has_no_table_of_nothing():
    replayed = result(outcomes=(Outcome(stage="install", state="replayed"),), telemetry=TELEMETRY)
    view = profile_view(model(head=replayed, differences=()))
    assert (view.rows, view.bars) == ((), ())
    assert view.sentences[-1].startswith("The run that decides: 2 of 5 stages replayed; ")
    assert profile_view(model(head=result(outcomes=(), plan=Plan(lane="docs")), differences=())).empty


def test_the_run_in_a_line():
    assert telemetry_words(TELEMETRY) == (
        "2 of 5 stages replayed; at most 1 stage waited for a worker, 0.2 on average; the worker was busy 97 % of 12 s; "
        "43 % of the machine's CPU, under 1 % waiting for I/O"
    )
    quiet = msgspec.structs.replace(TELEMETRY, jobs=4, queue_max=0, queue_mean=0.0, cpu=None)
    assert telemetry_words(quiet) == "2 of 5 stages replayed; no stage waited for a worker; 4 workers were busy 97 % of 12 s"


FORGED = [
    {"jobs": 0},
    {"replayed": 6},
    {"replayed": -1},
    {"queue_max": 6},
    {"queue_mean": -1.0},
    {"utilisation": 1.5},
    {"cpu": -0.1},
    {"iowait": 2.0},
    {"wall_s": 1e300},
]


@pytest.mark.parametrize("facts", FORGED, ids=str)
def test_telemetry_that_contradicts_itself_is_not_shown(facts):
    assert telemetry_words(msgspec.structs.replace(TELEMETRY, **facts)) == CONTRADICTORY


def around(**facts):
    return sample("unit", 1, 1.0, conditions=Conditions(**facts))


def test_conditions_are_medians_with_what_was_worst():
    samples = [
        around(busy=0.5, steal=0.0, load=0.7, mhz=2400.0),
        around(busy=0.6, steal=0.01, load=1.2, mhz=2500.0),
        around(busy=0.9, steal=0.0, load=0.9, mhz=2450.0, pressure=0.031),
    ]
    assert conditions_words(samples) == (
        "CPU busy 60 % (at most 90 %), tasks waiting for a core 3.1 % (at most 3.1 %), stolen by the host 0 % (at most 1 %), "
        "load 0.90 (0.70 to 1.20), clock 2450 MHz (2400 to 2500)"
    )
    assert conditions_words([sample("unit", 1, 1.0)]) == ""
    assert conditions_words([around(busy=7.0, load=-1.0, mhz=1e300)]) == "", "no machine has these"


def test_the_page_tells_what_surrounded_the_samples_of_each_side():
    page = write_page(model(head=result(samples=(around(load=0.5),)), base=result("base", samples=(around(load=0.6),))))
    assert "<dt>During the samples of head</dt><dd>load 0.50 (0.50 to 0.50)</dd>" in page
    assert "<dt>During the samples of base</dt><dd>load 0.60 (0.60 to 0.60)</dd>" in page


def test_the_bars_are_as_wide_as_the_shares_in_the_table():
    page = html5lib.parse(write_page(model()), namespaceHTMLElements=False)
    section = next(one for one in page.iter("section") if one.attrib.get("id") == "time")
    bars = [one for one in section.iter() if one.attrib.get("class") == "stack"]
    assert len(bars) == 2
    for bar in bars:
        parts = [one for one in bar.iter() if one.attrib.get("class", "").startswith("part")]
        assert [(one.attrib["x"], one.attrib["width"]) for one in parts] == [("0", "400"), ("400", "600")]
    cells = ["".join(cell.itertext()).strip() for cell in section.iter("td")]
    assert cells[:7] == ["install", "2 s", "40 %", "2 s", "40 %", "yes", "the run that decides"]


def test_every_shade_of_a_bar_has_its_swatch():
    stages = [f"s{number}" for number in range(SHADES + 2)]
    head = result(outcomes=tuple(ran(stage) for stage in stages), plan=Plan(lane="standard", steps=()))
    rows = profile_view(model(head=head, differences=())).rows
    assert [row.shade for row in rows] == [*range(SHADES), 0, 1]


def test_cold_stands_beside_warm():
    cold = tuple(sample("unit", pair, 4.0, temperature="cold") for pair in (1, 2))
    head = result(samples=(*(sample("unit", pair, 3.0) for pair in (1, 2, 3)), *cold))
    text = write_summary(model(head=head, differences=(wall("unit", 0.2, temperature="cold"),)))
    assert "| `unit` | wall time | 4 s (n = 2) | 3 s (n = 3) | +33.3 % | +20.0 % (+19.0 to +21.0 %) |" in text
    assert "Cold against warm, on head" in write_page(model(head=head, differences=()))


def test_lanes_stand_beside_each_other():
    past = tuple(
        PastRun(
            result=result(
                experiment=name,
                choice=Choice(lane=lane, reason="default"),
                outcomes=(ran("unit", seconds),),
                plan=Plan(lane=lane),
            )
        )
        for name, lane, seconds in (("a", "heavy", 60.0), ("b", "heavy", 62.0), ("c", "standard", 6.0))
    )
    found = model()
    found = replace(found, past=past[2:], other_lanes=past[:2])
    text = write_summary(found)
    assert "| `standard` | 1 | 6 s | 6 s |\n| `heavy` | 2 | 61 s | 61 s |" in text
    assert "Lane against lane" in write_page(found)
    assert "Lane against lane" not in write_summary(model())


def test_the_comment_says_what_the_change_is_made_of_where_a_gate_did_not_pass():
    differences = (wall("unit", 0.1), cpu_difference())
    on_wall = model(regression(Verdict.WARN, gate="standard/unit.wall"), differences=differences)
    assert guilty_sentence(on_wall, PLAIN).startswith("The lane's wall time grew by 10.0 %")
    assert guilty_sentence(model(regression(), differences=differences), PLAIN).startswith("The lane's CPU time grew by 12.3 %")
    assert "The lane's CPU time grew by 12.3 % (357 ms on 2.9 s): `unit` explains 100 % of it." in write_comment(
        model(regression(), differences=differences)
    )
    assert "The lane's" not in write_comment(model(regression(Verdict.PASS), differences=differences))


def named(stage):
    head = result(outcomes=(ran(stage),), plan=Plan(lane="standard", steps=(Step(stage=stage),)))
    unknown = Difference(stage=f"{stage} x", metric="wall", state="unmeasured", reason=stage, primary=True)
    return model(regression(), head=head, differences=(wall(stage, 0.1), cpu_difference(stage=stage), unknown))


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_a_stage_s_name_adds_nothing_to_the_section(attack):
    def tags(page):
        return Counter(one.tag for one in html5lib.parse(page, namespaceHTMLElements=False).iter() if isinstance(one.tag, str))

    assert tags(write_page(named(attack))) == tags(write_page(named("name")))
    name = escape.markdown(attack, limit=NAME_LIMIT)
    assert f"The critical path is {name}: 3 s, 100 % of the wall time." in write_summary(named(attack))
    assert f": {name} explains 100 % of it." in write_comment(named(attack))


def test_the_json_has_everything_and_can_be_written():
    facts = profile_facts(model(head=result(telemetry=TELEMETRY), differences=(wall("unit", 0.1), cpu_difference())))
    told = json.loads(encode_plain(facts))
    assert sum(stage["wall_tenths"] for stage in told["head"]["stages"]) == 1000
    assert told["head"]["bottleneck"]["stage"] == "unit"
    assert told["change"]["wall"]["parts"][0]["share_tenths"] == 1000
    assert told["base"]["wall_s"] == 5.0
    assert told["telemetry"] == {"head": msgspec.to_builtins(TELEMETRY), "base": None}

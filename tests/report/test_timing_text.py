"""What `lanemark time` says of samples: digits, bars, and the notes on what to believe."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lanemark.metric import Usage
from lanemark.report.bars import LEVELS, MOST_BARS, draw_bars
from lanemark.report.digits import find_scale
from lanemark.report.style import PLAIN_STYLE, Style
from lanemark.report.timing import write_timing
from lanemark.report.timing_export import hyperfine_view, timing_view, write_timing_csv
from lanemark.report.timing_notes import find_notes
from lanemark.result import Conditions, Failure, Sample, Turn
from lanemark.result.timing import Timing


def taken(number: int, wall: float, *, cpu: float = 0.01, loops: int = 1, account="time", **more: Any) -> Sample:
    memory = {"rss_peak_bytes": 5 << 20, "io_read_bytes": 100, "io_write_bytes": 0} if account == "memory" else {}
    used = Usage(wall_s=wall * loops, user_s=cpu * loops, system_s=0.0, ctx_switches=3 * loops, page_faults=70 * loops, **memory)
    return Sample(stage="command", turn=Turn(batch=0, pair=number, order=0), usage=used, loops=loops, account=account, **more)


def timing(walls, **more: Any) -> Timing:
    given = {name: more.pop(name) for name in ("cpu", "loops", "conditions") if name in more}
    samples = tuple(taken(number, wall, **given) for number, wall in enumerate(walls, 1))
    return Timing(command=("make",), samples=samples, **{"runs": len(samples), **more})


def notes(*given, **more: Any) -> dict[str, str]:
    return {note.kind: note.text for note in find_notes(timing(*given, **more))}


CALM = [0.100, 0.101, 0.102, 0.099, 0.100, 0.101, 0.100, 0.099, 0.101, 0.100]
WILD = [0.100, 0.130, 0.180, 0.090, 0.140, 0.110, 0.160, 0.095, 0.125, 0.150]


def test_calm_samples_need_no_word():
    assert notes(CALM) == {}


def test_a_wide_spread_is_the_machines_where_cpu_time_is_calm():
    text = notes(WILD)["noisy"]
    assert re.search(r"spreads by \d+ % while CPU time is calm", text)
    assert "Trust CPU time" in text
    assert "lanemark compare" in text


def test_a_wide_spread_of_cpu_time_too_is_said_as_such():
    samples = tuple(taken(number, wall, cpu=wall) for number, wall in enumerate(WILD, 1))
    (note,) = find_notes(Timing(command=("make",), samples=samples))
    assert "and so does CPU time" in note.text
    assert "Trust" not in note.text


def test_a_busy_machine_is_named_by_what_the_kernel_counted():
    text = notes(WILD, conditions=Conditions(pressure=0.4, steal=0.05))["noisy"]
    assert "its host took 5 % of its time away and programs waited for a core in 40 % of the time" in text
    assert "busy-machine" in notes(CALM, conditions=Conditions(pressure=0.4))
    assert notes(CALM, conditions=Conditions(pressure=0.01, steal=0.0)) == {}
    assert notes(CALM, conditions=Conditions()) == {}


def test_a_stray_sample_is_an_outlier_and_not_noise():
    found = notes([*CALM, 0.5])
    assert set(found) == {"outliers"}
    assert found["outliers"].startswith("1 sample of 11 far from the others (up to 5 times the median)")


def test_a_cold_first_run_is_a_warning_only_where_it_counts():
    assert "not in these figures" in notes(CALM, warmups=1, first_s=0.9)["cold-start"]
    assert "--warmup 1" in notes(CALM, warmups=0, first_s=0.9)["cold-start"]
    assert "cold-start" not in notes(CALM, warmups=1, first_s=0.11)
    assert "cold-start" not in notes(CALM, warmups=1, first_s=0.14)
    assert "cold-start" not in notes([value / 1000 for value in CALM], warmups=1, first_s=0.0003)


def test_runs_in_a_sample_are_said_with_what_nothing_costs():
    text = notes([0.001] * 10, loops=50, empty_s=0.0006)["batched"]
    assert "1 ms, too short to be timed alone, so each sample is the mean of 50 runs" in text
    assert "A command that does nothing takes 600 µs here" in text


def test_few_samples_bound_nothing():
    assert notes([0.1, 0.2])["few-samples"].startswith("2 samples cannot bound a median")
    told = write_timing(timing([0.1, 0.2]), PLAIN_STYLE)
    assert re.search(r"wall time +\d+ ms +–", told)


def test_what_ended_it_and_what_failed_is_said_first():
    failure = Failure(kind="cancelled", evidence="stopped by hand")
    found = notes(CALM, failure=failure, wanted=50, failures={1: 2, 139: 1}, runs=10, survivors=1)
    assert list(found)[:3] == ["partial", "failures", "survivors"]
    assert found["partial"] == "this is only a part, 10 of 50 samples: stopped by hand."
    assert "3 of 10 runs failed (exit status 1: 2, exit status 139 (signal 11): 1)" in found["failures"]


def test_percentiles_come_with_the_samples_they_need():
    def header(count):
        return write_timing(timing([0.1 + index / 1000 for index in range(count)]), PLAIN_STYLE).splitlines()[3]

    assert header(29).split()[-1] == "max"
    assert header(30).split()[-1] == "p90"
    assert header(60).split()[-1] == "p95"
    assert header(300).split()[-1] == "p99"


def test_colour_changes_no_letter():
    coloured = write_timing(timing([*WILD, 0.9]), Style(colour=True))
    assert "\x1b[1m" in coloured
    assert re.sub(r"\x1b\[[0-9]+m", "", coloured) == write_timing(timing([*WILD, 0.9]), PLAIN_STYLE)


def test_lines_fit_a_terminal():
    text = write_timing(timing(WILD * 40, warmups=1, first_s=3.0, loops=7, empty_s=0.001), PLAIN_STYLE)
    assert max(map(len, text.splitlines())) <= 102


def test_figures_are_of_one_run_whatever_a_sample_holds():
    view = timing_view(timing([0.002] * 6, loops=30))
    assert view["loops"] == 30
    assert view["metrics"]["wall"]["median"] == 0.002
    assert view["metrics"]["page_faults"]["median"] == 70
    rows = write_timing_csv(timing([0.002] * 6, loops=30)).splitlines()
    assert rows[1].startswith("make,time,1,30,0.002,")


def test_failing_runs_have_no_made_up_statuses_in_the_file_for_hyperfines_readers():
    assert hyperfine_view(timing(CALM))["results"][0]["exit_codes"] == [0] * 10
    assert "exit_codes" not in hyperfine_view(timing(CALM, failures={1: 1}))["results"][0]


@given(st.lists(st.floats(1e-7, 1e5), min_size=1, max_size=50))
def test_a_shown_time_is_the_time_to_three_digits(values):
    middle = sorted(values)[len(values) // 2]
    scale = find_scale(values, middle, "s")
    shown = float(scale.number(middle).replace(",", "")) * scale.factor
    assert abs(shown - middle) <= max(0.006 * middle, 0.0006 * scale.factor)
    assert scale.quantity(middle).endswith((" s", " ms", " µs"))


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=20))
def test_counts_and_bytes_have_no_digits_that_nobody_measured(values):
    numbers = [float(value) for value in values]
    assert find_scale(numbers, numbers[0], "1").decimals == 0
    assert find_scale(numbers, numbers[0], "B").decimals <= 2


def test_a_unit_begins_where_rounding_reaches_it():
    shown = {value: find_scale([value], value, "s").quantity(value) for value in (0.9999, 0.6, 0.0014, 0.000999)}
    assert shown == {0.9999: "1.000 s", 0.6: "600 ms", 0.0014: "1.40 ms", 0.000999: "999 µs"}


def test_a_tight_spread_gets_more_digits():
    assert find_scale(CALM, 0.1, "s").number(0.1001) == "100.10"
    assert find_scale(WILD, 0.1, "s").number(0.1001) == "100"


@given(st.lists(st.floats(0.0, 1.0), max_size=2000))
def test_bars_are_as_many_as_the_samples_allow_and_the_tallest_is_full(values):
    bars = draw_bars(values, low=0.0, high=1.0)
    assert len(bars) == (0 if not values else min(max(2 * int(len(values) ** 0.5), 5), MOST_BARS))
    assert not values or LEVELS[-1] in bars
    assert set(bars) <= {*LEVELS, " "}


def test_bars_leave_out_what_is_outside_and_draw_nothing_of_one_value():
    assert draw_bars([0.1, 0.1, 0.9, 7.0], low=0.0, high=1.0) == "█   ▄"
    assert draw_bars([0.5, 0.5], low=0.5, high=0.5) == ""

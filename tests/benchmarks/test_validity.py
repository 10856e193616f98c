import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy import stats as scipy_stats

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks" / "validity"))

import live
import load
import table
from peer import RULES, flags
from product import judge_change, make_repository
from rates import Rate
from replay import HEAD, Replayed
from rows import ROWS, SHORT_FLAGS, SHORT_TRIALS, Row

VALIDITY = Path(live.__file__).parent

needs_compiler = pytest.mark.skipif(not (shutil.which("cc") or shutil.which("gcc")), reason="no C compiler here")

SAME, FIVE = Row("same-hog", "spin", 0.0, 1, trials=600), Row("cpu5-hog", "spin", 0.05, 1)


def exported(mean, *, cpu=None, noise=0.01, seed=1):
    times = np.random.default_rng(seed).normal(mean, noise * mean, 20)
    return {"times": list(times), "user": mean if cpu is None else cpu, "system": 0.0}


def trial(row, verdict="pass", *, value=0.0, pairs=10, slower=(), seconds=2.0):
    gates = {row.judged: {"verdict": verdict, "tags": []}}
    effect = {"value": value, "low": value, "high": value, "pairs": pairs}
    ours = {"seconds": seconds, "gates": gates, "effects": {row.judged: effect}}
    peer = {"seconds": seconds, "runs": 12, "slower": {rule: rule in slower for rule in RULES}}
    return {"kind": "trial", "row": row.name, "load": 1.0, "ours": ours, "hyperfine": peer}


def setup_line(fingerprint="a"):
    machine = {"fingerprint": fingerprint, "cpu": "a CPU", "cores": 2, "system": "Linux 6", "memory_gib": 8, "python": "3.11"}
    return {"kind": "setup", "machine": machine, "commit": "abc", "spin": 1_000_000, "started": "2026-11-21"}


@pytest.mark.parametrize(("hits", "trials"), [(0, 60), (3, 60), (1, 600), (200, 200), (97, 100), (1, 1)])
def test_the_interval_of_a_rate_is_scipys_wilson_interval(hits, trials):
    theirs = scipy_stats.binomtest(hits, trials).proportion_ci(method="wilson")
    assert Rate(hits, trials).interval() == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_a_rate_says_its_share_and_nothing_without_trials():
    assert str(Rate(3, 600)) == "0.5 % (0.2 to 1.5)"
    assert str(Rate(0, 0)) == "none"


def test_the_short_check_hardly_ever_breaks_on_an_honest_product():
    assert scipy_stats.binom(SHORT_TRIALS, 0.01).sf(SHORT_FLAGS) < 0.005


@pytest.mark.parametrize(
    ("head", "slower"),
    [
        (exported(1.0, seed=2), (False, False, False, False, False)),
        (exported(1.07, seed=2), (True, False, True, True, True)),
        (exported(1.2, seed=2), (True, True, True, True, True)),
        (exported(0.8, seed=2), (False, False, False, False, False)),
        (exported(1.2, seed=2, cpu=1.0), (True, True, True, True, False)),
    ],
    ids=["same", "7 % slower", "20 % slower", "faster", "waits longer"],
)
def test_the_rules_on_hyperfines_numbers_call_head_slower_and_never_faster(head, slower):
    assert tuple(flags(exported(1.0), head).values()) == slower


def test_rows_take_turns_by_their_part_and_what_stands_is_not_done_again():
    short, long = Row("short", "spin", 0.0, 0, trials=2), Row("long", "spin", 0.0, 0, trials=6)
    assert [row.name for row in live.next_rows([short, long], None, Counter(long=2))] == [
        "short", "long", "short", "long", "long", "long",
    ]  # fmt: skip
    assert list(live.next_rows([short, long], 2, Counter(short=2, long=5))) == []


def test_a_line_that_was_cut_off_is_dropped_and_the_campaign_goes_on_behind_the_whole_ones(tmp_path):
    out = tmp_path / "live.jsonl"
    live.open_campaign(out, setup_line(), [])
    out.write_text(out.read_text() + json.dumps(trial(SAME)) + "\n" + '{"kind": "tri')
    done = live.read_lines(out)
    assert [one["kind"] for one in done] == ["setup", "trial"]
    live.open_campaign(out, setup_line(), done)
    assert [one["kind"] for one in live.read_lines(out)] == ["setup", "trial", "setup"]


def test_trials_of_two_machines_are_never_in_one_file(tmp_path):
    out = tmp_path / "live.jsonl"
    live.open_campaign(out, setup_line("a"), [])
    with pytest.raises(SystemExit, match="another machine"):
        live.open_campaign(out, setup_line("b"), live.read_lines(out))


def test_every_row_has_a_name_of_its_own_and_base_does_the_same_in_all_of_a_workload(tmp_path):
    assert len({row.name for row in ROWS}) == len(ROWS)
    for row in ROWS:
        base, head = (load.command_of(tmp_path, row, 1_000_000, side) for side in ("base", "head"))
        assert (base == head) == (row.more == 0)
    assert load.command_of(tmp_path, FIVE, 1_000_000, "head").endswith("spin 1050000")


def test_replayed_noise_goes_through_the_whole_product(tmp_path):
    noise = np.random.default_rng(5).lognormal(0, 0.01, 400) * 0.06
    series = [{"wall_s": time * 1.1, "user_s": time, "system_s": 0.0} for time in noise]
    settings = make_repository(tmp_path / "replay", base="recorded base", head=f"recorded {HEAD}", judged="cpu")
    said = {}
    for change in (0.0, 0.05, 0.20):
        processes = Replayed(series, 7, change)
        record = judge_change(settings, processes).record()
        said[change] = record["gates"]["cpu"]["verdict"]
        assert record["effects"]["cpu"]["value"] == pytest.approx(change, abs=0.015)
        assert processes.taken >= 28 + (20 if change == 0.20 else 0)  # the suspect has a second batch
    assert said == {0.0: "pass", 0.05: "warn", 0.20: "fail"}


def test_the_tables_count_verdicts_and_say_when_trials_are_too_few():
    trials = [
        *[trial(SAME)] * 18,
        *[trial(SAME, "fail", value=0.2, slower=[RULES[2]])] * 2,
        *[trial(FIVE, "warn", value=0.051)] * 19,
    ]
    section = table.write_section([setup_line(), *trials], [], "2026-11-21")
    ours, none = "10.0 % (2.8 to 30.1)", "0 % (0 to 16.1)"
    assert f"| no change, one hog | `cpu` | 20 | {ours} | {ours} | {none} | 0.00 | 10 (10 to 10) |" in section
    assert f"| no change, one hog (`cpu`) | {ours} | {none} | {none} | {ours} | {none} | {none} |" in section
    assert "not shown: 20 of 600 trials" in section
    assert "not shown: 19 of 200 trials" in section
    assert f"{len(ROWS) - 1} of {len(ROWS)} rows have fewer than 20 trials" in section
    assert FIVE.says not in section
    assert "Measured until 2026-11-21 on 2 cores of a CPU" in section
    assert "Replayed" not in section


@pytest.mark.parametrize(
    ("fails", "warns", "error", "kept"), [(3, 190, 0.004, 3), (4, 190, 0.004, 2), (3, 189, 0.004, 2), (3, 190, 0.006, 2)]
)
def test_a_promise_is_reached_or_missed_once_there_are_enough_trials(fails, warns, error, kept):
    same = [trial(SAME, "fail" if index < fails else "pass") for index in range(600)]
    five = [trial(FIVE, "warn" if index < warns else "unknown", value=0.05 - error) for index in range(200)]
    found = table.promise_table([(SAME, same), (FIVE, five)])
    assert found.count("| reached |") == kept
    assert found.count("| MISSED |") == 3 - kept


def test_replayed_experiments_say_how_many_independent_ones_they_are_worth():
    experiments = [{**trial(SAME), "kind": "replay", "change": 0.0, "runs": 40}] * 50
    section = table.write_section(
        [setup_line(), trial(SAME)], [{**setup_line(), "runs": 400, "hogs": 1}, *experiments], "2026-11-21"
    )
    assert "| none | 50 | 10 | 0.0 % | 0.0 % | 0.0 % | 0.00 | 10 |" in section


def test_no_trials_make_no_table():
    with pytest.raises(SystemExit, match="no trials"):
        table.write_section([setup_line()], [], "2026-11-21")


def test_only_what_is_between_the_markers_is_written():
    page = f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n"
    assert table.put_section(page, "new") == f"before\n{table.BEGIN}\n\nnew\n\n{table.END}\nafter\n"
    with pytest.raises(SystemExit, match="no markers"):
        table.put_section("no page", "new")


@needs_compiler
def test_a_hog_takes_a_core_and_ends_with_its_trial(tmp_path):
    load.compile_programs(tmp_path)
    with load.hogs(tmp_path, 1):
        name = str(tmp_path / "hog")
        found = [pid for pid in os.listdir("/proc") if pid.isdigit() and _command(pid) == name]
        assert len(found) == 1
        before, ends = _ticks(found[0]), time.monotonic() + 20
        while _ticks(found[0]) == before:
            assert time.monotonic() < ends, "it does not take any time"
            time.sleep(0.01)
    assert not any(_command(pid) == name for pid in os.listdir("/proc") if pid.isdigit())


@needs_compiler
@pytest.mark.slow
def test_a_live_trial_on_real_processes_stands_in_the_file_and_is_not_done_again(tmp_path):
    out = tmp_path / "live.jsonl"
    command = [sys.executable, VALIDITY / "live.py", "--out", out, "--rows", "write10-hog", "--trials", "1"]
    subprocess.run(command, check=True, capture_output=True, timeout=200)
    written = out.read_bytes()
    lines = live.read_lines(out)
    assert [one["kind"] for one in lines] == ["setup", "trial"]
    assert lines[1]["row"] == "write10-hog"
    assert lines[1]["ours"]["gates"]["io_write"]["verdict"] in ("pass", "warn", "unknown")
    subprocess.run(command, check=True, capture_output=True, timeout=200)
    assert out.read_bytes() == written


def _command(pid):
    try:
        return Path("/proc", pid, "cmdline").read_text().split("\0")[0]
    except OSError:
        return ""


def _ticks(pid):
    """The CPU time of a process in ticks of the clock, in user mode."""
    return int(Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[11])

"""`lanemark gate`, `measure` and `record` with a cache: what decides may be replayed, what measures or is judged always runs."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from command import ROOT, lanemark
from repositories import commit, git, make_repository

CONFIG = """\
version: 1
lanes:
  docs: {{paths: ["docs/**"], stages: []}}
  standard:
    default: true
    stages: [venv, lint, unit]
    budgets: {budgets}
  heavy: {{paths: ["heavy/**"], stages: [venv, lint, unit]}}
stages:
  venv: {{run: "echo x >> {count}/venv; mkdir -p env; pwd > env/here", inputs: [deps.txt], outputs: [env/], measure: false}}
  lint: {{run: "echo x >> {count}/lint; wc -l < src/a.txt > lint.txt", inputs: ["src/**"], outputs: [lint.txt], relocatable: true,
          measure: false{lint}}}
  unit: {{run: "echo x >> {count}/unit; cat env/here src/a.txt > unit.txt; i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done",
          needs: [venv], inputs: ["src/**"], outputs: [unit.txt], measure: {measure}}}
measure: {{pairs: {{min: 10, max: 10}}, max_time: 20s}}
"""


@pytest.fixture
def counts(tmp_path):
    folder = tmp_path / "count"
    folder.mkdir()
    return folder


@pytest.fixture
def repository(tmp_path, counts):
    return make(tmp_path, counts)


def make(tmp_path, counts, *, budgets="{}", lint="", measure="false"):
    folder = make_repository(tmp_path / "r")
    text = CONFIG.format(budgets=budgets, count=counts, lint=lint, measure=measure)
    commit(
        folder,
        {".github/lanemark.yml": text, "src/a.txt": "a\n", "deps.txt": "1\n", "notes": "1\n", ".gitignore": ".lanemark/\n"},
    )
    git(folder, "checkout", "-q", "-b", "pr")
    commit(folder, {"notes": "2\n"})
    return folder


def taken(counts):
    """How often each stage was executed since this was asked last."""
    found = {path.name: len(path.read_text().splitlines()) for path in sorted(counts.iterdir())}
    for path in counts.iterdir():
        path.unlink()
    return found


def gate(repository, *words, status=0, **environment):
    ran = lanemark(repository, "gate", "--base", "main", *words, "--json", **environment)
    assert ran.returncode == status, ran.stderr
    return ran


def outcomes(repository, side="head"):
    plain = json.loads((repository / ".lanemark/out" / side / "result.json").read_text())
    return {one["stage"]: one for one in plain["outcomes"]}


def test_second_gate_replays_both_sides_and_says_from_where(repository, counts):
    first = gate(repository)
    assert taken(counts) == {"venv": 2, "lint": 1, "unit": 2}  # lint is relocatable: head has it from base
    assert "head venv runs: nothing is kept of it yet" in first.stderr
    second = gate(repository)
    assert taken(counts) == {}
    assert "[3/3] head unit: replayed" in second.stderr
    for side in ("base", "head"):
        one = outcomes(repository, side)["unit"]
        assert (one["state"], one["usage"]) == ("replayed", None)
        assert one["replay"]["wall_s"] > 0
        assert one["replay"]["commit"] == git(repository, "rev-parse", "main" if side == "base" else "pr")
    assert "Not run again, because nothing they read changed: `venv`" in (repository / ".lanemark/out/summary.md").read_text()
    html = (repository / ".lanemark/out/report.html").read_text()
    assert "Not run again, because nothing they read changed: venv (head and base, from an earlier run" in html
    assert "replayed from cache, from an earlier run on " in html


def test_only_what_changed_runs_and_says_why(repository, counts):
    gate(repository)
    taken(counts)
    commit(repository, {"src/a.txt": "b\n"})
    ran = gate(repository)
    assert taken(counts) == {"lint": 1, "unit": 1}
    assert "head unit runs: input src/a.txt changed" in ran.stderr
    assert outcomes(repository)["unit"]["cache"] == "input src/a.txt changed"


@pytest.mark.parametrize("flag", ["--no-cache", "--force"])
def test_every_stage_runs_on_demand(repository, counts, flag):
    gate(repository)
    taken(counts)
    gate(repository, flag)
    assert taken(counts) == {"venv": 2, "lint": 2, "unit": 2}
    gate(repository)
    assert taken(counts) == {}


def test_replayed_outputs_are_those_of_a_run_in_the_same_place(repository):
    commit(repository, {"src/a.txt": "b\n"})
    found = []
    for flag in ("--no-cache", "--force", "--json"):
        gate(repository, flag)
        found.append({stage: one["outputs"] for stage, one in outcomes(repository).items()})
    assert found[1]["unit"] == found[2]["unit"]  # env/here says where it ran: --no-cache is elsewhere on purpose
    assert found[0]["lint"] == found[1]["lint"] == found[2]["lint"]


def test_changed_stage_is_replayed_and_still_measured_in_pairs(tmp_path, counts):
    repository = make(tmp_path, counts, measure="{}")
    commit(repository, {"src/a.txt": "b\n"})
    gate(repository)
    once = taken(counts)["unit"]
    gate(repository)
    again = taken(counts)
    assert again.keys() == {"unit"}
    plain = json.loads((repository / ".lanemark/out/head/result.json").read_text())
    samples = [one for one in plain["samples"] if one["account"] == "time"]
    assert outcomes(repository)["unit"]["state"] == "replayed"
    assert len(samples) == 10
    assert {one["loops"] for one in samples} >= {1} or again["unit"] > 20
    assert again["unit"] >= 2 * 10
    assert once >= 2 * 10 + 2


@pytest.mark.parametrize(
    ("more", "runs", "why"),
    [
        ({"budgets": "{unit.wall.max: 1h}"}, {"unit"}, "unit runs: a budget looks at how it runs"),
        (
            {"budgets": "{total.wall.median: 1h}"},
            {"venv", "lint", "unit"},
            "lint runs: a budget looks at how the whole lane runs",
        ),
        ({"lint": ", checks: {deterministic: 2}"}, {"lint"}, "lint runs: a check looks at how it runs"),
    ],
)
def test_what_is_judged_by_how_it_runs_runs_on_head_every_time(tmp_path, counts, more, runs, why):
    repository = make(tmp_path, counts, **more)
    gate(repository)
    first = json.loads(gate(repository).stdout)["gates"]
    taken(counts)
    ran = gate(repository)
    assert taken(counts).keys() == runs
    assert f"head {why}" in ran.stderr
    assert all(outcomes(repository, "base")[stage]["state"] == "replayed" for stage in runs)
    assert (
        [one["verdict"] for one in json.loads(ran.stdout)["gates"]] == [one["verdict"] for one in first] == ["pass"] * len(first)
    )


def test_broken_budget_stays_broken_when_the_run_is_repeated(tmp_path, counts):
    repository = make(tmp_path, counts, budgets="{unit.wall.max: 0.01ms}")
    for _ in range(2):
        found = json.loads(gate(repository, status=3).stdout)
        assert found["verdict"] == "fail"


def test_failed_stage_is_not_kept(repository, counts):
    commit(repository, {"src/a.txt": None})
    for _ in range(2):
        gate(repository, status=7)
        assert taken(counts)["lint"] >= 1
    assert outcomes(repository)["lint"]["state"] == "failed"


def test_release_replays_and_keeps_nothing(repository, counts):
    gate(repository)
    taken(counts)
    gate(repository, GITHUB_EVENT_NAME="release")
    assert taken(counts) == {"venv": 2, "lint": 2, "unit": 2}


def test_record_runs_everything_and_leaves_it_for_others(repository, counts):
    pack = repository.parent / "carried" / "pack.zip"
    for _ in range(2):
        ran = lanemark(repository, "record", "--head", "pr", "--pack", str(pack))
        assert ran.returncode == 0, ran.stderr
        assert taken(counts) == {"venv": 1, "lint": 1, "unit": 1}
    assert pack.exists()


def fresh_machine(repository):
    """Take away all that a machine keeps; the next one has the same folders."""
    import shutil

    shutil.rmtree(repository.parent / "cache")


def measure(repository, pack, **environment):
    output = repository.parent / "output"
    output.write_text("")
    ran = lanemark(repository, "measure", "--base", "main", "--pack", str(pack), GITHUB_OUTPUT=str(output), **environment)
    assert ran.returncode == 0, ran.stderr
    return ran, f"\n{pack}\n" in output.read_text()


def test_pack_carries_stages_to_a_fresh_machine_and_is_new_only_where_something_is(repository, counts):
    pack = repository.parent / "carried" / "pack.zip"
    ran, new = measure(repository, pack)
    assert "no pack of earlier runs" in ran.stderr
    assert new
    taken(counts)
    fresh_machine(repository)
    ran, new = measure(repository, pack)
    assert "5 results of earlier runs from" in ran.stderr
    assert "Not run again, because nothing they read changed: venv (head and base, from an earlier run" in ran.stderr
    assert taken(counts) == {}
    assert not new
    fresh_machine(repository)
    commit(repository, {"deps.txt": "2\n"})
    _, new = measure(repository, pack)
    assert taken(counts) == {"venv": 1}  # it writes what it wrote, so unit need not run
    assert new


@pytest.mark.parametrize("spoil", ["cut", "folder", "newer"])
def test_bad_pack_is_a_warning_and_everything_runs(repository, counts, spoil):
    pack = repository.parent / "pack.zip"
    measure(repository, pack)
    taken(counts)
    if spoil == "cut":
        pack.write_bytes(pack.read_bytes()[:-1])
    elif spoil == "newer":
        pack.write_bytes(pack.read_bytes().replace(b'"schema": 1\n', b'"schema": 9\n', 1))
    else:
        pack.unlink()
        pack.mkdir()
    fresh_machine(repository)
    ran, _ = measure(repository, pack)
    assert "warning: the pack of earlier runs is not used: " in ran.stderr
    assert taken(counts) == {"venv": 2, "lint": 1, "unit": 2}


def test_without_inputs_there_is_nothing_to_carry(tmp_path):
    folder = make_repository(tmp_path / "r")
    text = "version: 1\nlanes: {standard: {default: true, stages: [a]}}\nstages: {a: {run: 'true', measure: false}}\n"
    commit(folder, {".github/lanemark.yml": text})
    ran = lanemark(folder, "measure", "--base", "main", "--pack", "../pack.zip")
    assert ran.returncode == 0, ran.stderr
    assert not (tmp_path / "pack.zip").exists()
    assert not (tmp_path / "cache" / "store").exists()


def test_second_run_at_the_same_time_gets_another_place(repository, counts):
    from lanemark.settings import read_settings
    from lanemark.store.locks import Locks
    from lanemark.wiring.cache import scope_of, store_folder

    gate(repository)
    taken(counts)
    cache = repository.parent / "cache"
    settings = read_settings({"LANEMARK_CACHE": str(cache)}, folder=str(repository))
    with Locks(f"{store_folder(settings)}/locks").hold(f"sides-{scope_of(str(repository))}"):
        gate(repository)
    assert taken(counts) == {"venv": 2, "unit": 2}  # lint may be replayed anywhere


def test_export_and_import_by_hand(repository):
    gate(repository)
    ran = lanemark(repository, "cache", "export", "../standard.zip", "--json")
    view = json.loads(ran.stdout)
    assert (view["lane"], view["entries"], view["left_out"]) == ("standard", 5, [])
    assert view["bytes"] == Path(repository.parent / "standard.zip").stat().st_size
    fresh_machine(repository)
    ran = lanemark(repository, "cache", "import", "../standard.zip")
    assert "5 results of the lane standard taken in, 0 were here already" in ran.stdout
    assert lanemark(repository, "cache", "import", "../standard.zip", "--lane", "docs").returncode != 0
    ran = lanemark(repository, "cache", "import", "../nothing.zip")
    assert ran.returncode != 0
    assert "No such file" in ran.stderr


def test_export_says_what_cannot_be(repository):
    ran = lanemark(repository, "cache", "export", "../x.zip")
    assert "no result is kept that fits" in ran.stderr
    assert ran.returncode != 0
    gate(repository)
    ran = lanemark(repository, "cache", "export", "../x.zip", "--max-size", "10kB")
    assert "do not fit" in ran.stderr
    assert ran.returncode != 0
    assert lanemark(repository, "cache", "export", "../x.zip", "--max-size", "10").returncode == 2


def test_samples_and_coverage_of_a_replayed_report_count(tmp_path):
    xml = (
        '<coverage><packages><package><classes><class filename="a.py"><lines><line number="1" hits="1"/></lines></class></classes>'
        "</package></packages></coverage>"
    )
    folder = make_repository(tmp_path / "r")
    text = (
        "version: 1\nlanes: {standard: {default: true, stages: [unit]}}\n"
        "stages: {unit: {run: cp report.xml coverage.xml, inputs: [a.py, report.xml], outputs: [coverage.xml], measure: false}}\n"
        "coverage: {reports: [coverage.xml], project: {lines: 50%}}\n"
    )
    commit(folder, {".github/lanemark.yml": text, "a.py": "1\n", "report.xml": xml, ".gitignore": ".lanemark/\n"})
    git(folder, "checkout", "-q", "-b", "pr")
    commit(folder, {"notes": "2\n"})
    first, second = (json.loads(gate(folder).stdout) for _ in range(2))
    assert outcomes(folder)["unit"]["state"] == "replayed"
    assert first["gates"] == second["gates"]
    assert [one["verdict"] for one in second["gates"] if one["gate"].startswith("coverage")] == ["pass"]


def test_what_was_done_before_a_cancel_is_not_done_again_on_the_next_machine(repository, counts):
    pack, output, reached = repository.parent / "carried" / "pack.zip", repository.parent / "output", counts.parent / "reached"
    text = (repository / ".github/lanemark.yml").read_text()
    hangs = f'unit: {{run: "if [ -e {counts.parent}/slow ]; then touch {reached}; sleep 60; fi; '
    commit(repository, {".github/lanemark.yml": text.replace('unit: {run: "', hangs)})
    (counts.parent / "slow").touch()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    environment = {
        **kept,
        "PYTHONPATH": str(ROOT / "src"),
        "LANEMARK_CACHE": str(repository.parent / "cache"),
        "GITHUB_OUTPUT": str(output),
    }
    started = subprocess.Popen(
        [sys.executable, "-m", "lanemark.cli", "measure", "--base", "main", "--pack", str(pack)],
        cwd=repository, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    ends = time.monotonic() + 60
    while not reached.exists():
        assert time.monotonic() < ends
        assert started.poll() is None
        time.sleep(0.01)
    started.send_signal(signal.SIGINT)
    said = started.communicate(timeout=60)[1]
    assert started.returncode == 10, said
    assert f"\n{pack}\n" in output.read_text()
    done = taken(counts)
    assert done["venv"] >= 1
    (counts.parent / "slow").unlink()
    fresh_machine(repository)
    ran, _ = measure(repository, pack)
    assert "results of earlier runs from" in ran.stderr
    again = taken(counts)
    for stage in ("venv", "unit"):
        assert done.get(stage, 0) + again.get(stage, 0) == 2, f"{stage}: once on each side"

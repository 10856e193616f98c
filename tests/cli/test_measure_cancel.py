"""A measurement that is cancelled the way the runner does it: nothing lives on, and what was measured is kept as cut off."""

import json

import pytest

from command import lanemark
from repositories import commit, make_repository
from stubborn import STUBBORN, cancel_as_runner, lives, start_stubborn, stubborn_pids

# Works until it has run so often, by a count beside the repository, then turns stubborn. It takes long enough that no sample is
# made of several runs, on a fast machine either.
COUNTED = """\
import pathlib, runpy, sys, time
here, most = pathlib.Path(sys.argv[1]), int(sys.argv[2])
count = here / "count"
time.sleep(0.06)
done = int(count.read_text()) if count.exists() else 0
count.write_text(str(done + 1))
if done >= most:
    runpy.run_path("stubborn.py", run_name="__main__")
"""
CONFIG = """\
version: 1
stages:
  quick: {{run: "cat src.txt > quick.out", inputs: [src.txt], outputs: [quick.out], measure: false}}
  slow: {{run: "python3 counted.py {notes} {most}", needs: [quick], inputs: [counted.py, src.txt]}}
  last: {{run: "true", needs: [slow], measure: false}}
lanes:
  standard: {{default: true, stages: [last], budgets: {{slow.wall.median: 1h}}}}
"""
DECIDING = 1
"""The base side's first run of the stage works, the head's is the second."""
SAMPLING = 20
"""Both deciding runs, at most eight that find the pace, and some of the twenty samples that there are at least."""


def make_change(tmp_path, most):
    notes = tmp_path / "notes"
    notes.mkdir()
    folder = make_repository(tmp_path / "r")
    files = {
        ".github/lanemark.yml": CONFIG.format(notes=notes, most=most),
        "stubborn.py": STUBBORN,
        "counted.py": COUNTED,
        "src.txt": "x",
        ".gitignore": "*.out\n.lanemark/\n",
    }
    base = commit(folder, files)
    commit(folder, {"src.txt": "y"})
    return folder, notes, base


def cancel(tmp_path, command, most, *words, **environment):
    """Cancel a command at the stubborn run of its stage; return the folder and what it said."""
    folder, notes, base = make_change(tmp_path, most)
    started = start_stubborn(folder, notes, command, "--base", base, *words, **environment)
    pids = stubborn_pids(notes)
    assert all(map(lives, pids))
    status, said = cancel_as_runner(started)
    assert status == 10, said
    assert "Traceback" not in said
    assert not any(map(lives, pids))
    return folder, said


def read_side(folder, side):
    return json.loads((folder / f".lanemark/out/{side}/result.json").read_text())


@pytest.mark.slow
@pytest.mark.parametrize("command", ["measure", "gate"])
def test_cut_off_in_the_deciding_run(tmp_path, command):
    folder, said = cancel(tmp_path, command, DECIDING)
    assert "marked as cancelled" in said
    head, base = read_side(folder, "head"), read_side(folder, "base")
    assert head["cancelled"] == base["cancelled"] == "cancelled while slow ran on the head side"
    states = {one["stage"]: one["state"] for one in head["outcomes"]}
    assert states == {"quick": "ran", "slow": "failed", "last": "skipped"}
    assert {one["stage"]: one["state"] for one in base["outcomes"]}["slow"] == "ran"
    verdict = lanemark(folder, "verdict", "--results", ".lanemark/out", "--json")
    assert verdict.returncode == 10, verdict.stderr
    found = json.loads(verdict.stdout)
    assert found["verdict"] == "unknown"
    gates = {one["gate"]: (one["verdict"], one["reason"]) for one in found["gates"]}
    assert gates["standard/total.status"] == ("unknown", "the run was cancelled")
    assert gates["standard/slow.status"] == ("unknown", "cancelled while it ran")
    assert gates["standard/last.status"][0] == "unknown"


@pytest.mark.slow
def test_cut_off_among_the_samples_keeps_those_there_are_and_is_no_pass(tmp_path):
    outputs = tmp_path / "outputs"
    outputs.touch()
    environment = {"GITHUB_OUTPUT": str(outputs)}
    folder, said = cancel(tmp_path, "measure", SAMPLING, **environment)
    head = read_side(folder, "head")
    assert head["cancelled"] == read_side(folder, "base")["cancelled"] != ""
    assert {one["state"] for one in head["outcomes"]} == {"ran"}
    assert head["samples"], said
    assert str(folder / ".lanemark/out") in outputs.read_text()
    verdict = lanemark(folder, "verdict", "--results", ".lanemark/out", "--json")
    assert (verdict.returncode, json.loads(verdict.stdout)["verdict"]) == (10, "unknown")
    assert "cancelled" in (folder / ".lanemark/out/summary.md").read_text()
    files = [f".lanemark/out/{side}/result.json" for side in ("base", "head")]
    compared = lanemark(folder, "compare", *files)
    assert compared.returncode == 2
    assert "was cancelled" in compared.stderr
    past = lanemark(folder, "verdict", "--results", ".lanemark/out", "--past", ".lanemark/out")
    assert "not counted as an earlier run" in past.stderr
    assert list((folder.parent / "cache").glob("run-*")) == []
    assert list((folder.parent / "cache").glob("sides-*")) == []

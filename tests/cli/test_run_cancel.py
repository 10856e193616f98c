"""A run that is cancelled: everything ends, and what became of it is written down."""

import json
import signal

import pytest

from command import lanemark
from repositories import commit, make_repository
from stubborn import PATIENCE_S, STUBBORN, cancel_as_runner, lives, start_stubborn, stubborn_pids

CONFIG = """\
version: 1
stages:
  quick: {run: "echo quick > quick.out", inputs: [src.txt], outputs: [quick.out], measure: false}
  stubborn: {run: python3 stubborn.py ., needs: [quick], measure: false}
  never: {run: "true", needs: [stubborn], measure: false}
lanes: {standard: {default: true, stages: [never]}}
"""


@pytest.fixture
def repository(tmp_path):
    folder = make_repository(tmp_path / "r")
    commit(
        folder,
        {".github/lanemark.yml": CONFIG, "stubborn.py": STUBBORN, "src.txt": "x", ".gitignore": "*.out\n*.pid\n.lanemark/\n"},
    )
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("jobs", ["1", "3"])
def test_signal_ends_even_what_left_its_session_and_all_that_is_known_is_written_down(repository, number, jobs):
    words = ("run", "--lane", "standard", "--jobs", jobs, "--trace", "trace.json")
    started = start_stubborn(repository, repository, *words)
    pids = stubborn_pids(repository)
    assert all(map(lives, pids))
    started.send_signal(number)
    _, said = started.communicate(timeout=PATIENCE_S)
    assert started.returncode == 10, said
    assert "Traceback" not in said
    assert not any(map(lives, pids))
    record = json.loads((repository / ".lanemark/out/run.json").read_text())
    assert record["cancelled"] is True
    states = {one["stage"]: (one["state"], one["failure"]) for one in record["stages"]}
    assert states["quick"] == ("ran", None)
    assert states["stubborn"] == ("failed", "cancelled while it ran")
    assert states["never"][0] == "skipped"
    events = json.loads((repository / "trace.json").read_text())["traceEvents"]
    ends = {event["name"]: event["args"]["state"] for event in events if event.get("cat") == "stage"}
    assert ends == {"quick": "ran", "stubborn": "cancelled"}
    why = json.loads(lanemark(repository, "cache", "why", "quick", "--json").stdout)
    assert why["state"] == "hit"


@pytest.mark.slow
def test_run_is_over_before_the_runner_kills_it(repository):
    started = start_stubborn(repository, repository, "run", "--lane", "standard")
    pids = stubborn_pids(repository)
    status, said = cancel_as_runner(started)
    assert status == 10, said
    assert not any(map(lives, pids))
    record = json.loads((repository / ".lanemark/out/run.json").read_text())
    assert record["cancelled"] is True
    assert record["failures"][0]["failure"]["cause"] == "cancelled"
    assert json.loads(lanemark(repository, "recover", "plan", "--json").stdout)


def test_whole_run_is_recorded_as_not_cancelled(repository):
    (repository / "stubborn.py").write_text("print('done')\n")
    assert lanemark(repository, "run", "--lane", "standard").returncode == 0
    assert json.loads((repository / ".lanemark/out/run.json").read_text())["cancelled"] is False

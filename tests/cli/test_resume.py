"""`lanemark run --resume`: after a kill, a cancel, a failure, on another machine, and where it cannot go on."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from command import ROOT, lanemark
from repositories import commit, make_repository

CONFIG = """\
version: 1
lanes: {standard: {default: true, stages: [gen, make, migrate, app, last]}, heavy: {paths: [x], stages: [gen]}}
stages:
  gen: {run: "echo ran gen; cat src/*.txt > gen.out", inputs: ["src/**"], outputs: [gen.out]}
  make: {run: "mkdir -p db; echo base > db/table", inputs: ["src/**"], outputs: [db/]}
  migrate: {run: "echo told by migrate; echo migrated >> db/table", needs: [make], state: [db/]}
  app: {run: "echo half >> app.out; if [ -e ../slow ]; then touch ../reached; sleep 60; fi; if [ -e ../broken ]; then exit 3; fi; cat gen.out db/table >> app.out", needs: [gen, migrate], outputs: [app.out]}
  last: {run: "wc -l < app.out > last.out", needs: [app], inputs: ["src/**"], outputs: [last.out]}
measure: {baseline: none}
"""


@pytest.fixture
def repository(tmp_path):
    folder = make_repository(tmp_path / "r")
    commit(folder, {".github/lanemark.yml": CONFIG, "src/a.txt": "a\n", ".gitignore": "db/\n*.out\n.lanemark/\n"})
    return folder


def outputs(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in [*folder.glob("*.out"), *folder.glob("db/*")]}


@pytest.fixture
def wanted(repository, tmp_path):
    """What a run leaves that nobody interrupts."""
    other = tmp_path / "other"
    shutil.copytree(repository, other / "r")
    assert lanemark(other / "r", "run", "--lane", "standard").returncode == 0
    return outputs(other / "r")


def begin(repository, *words):
    """Start a run and return when `app` is running."""
    (repository.parent / "slow").touch()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    environment = {**kept, "PYTHONPATH": str(ROOT / "src"), "LANEMARK_CACHE": str(repository.parent / "cache")}
    started = subprocess.Popen(
        [sys.executable, "-m", "lanemark.cli", "run", *(words or ("--lane", "standard"))],
        cwd=repository, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    reached = repository.parent / "reached"
    until = time.monotonic() + 60
    while not reached.exists():
        assert time.monotonic() < until
        assert started.poll() is None
        time.sleep(0.01)
    reached.unlink()
    (repository.parent / "slow").unlink()
    return started


def interrupt(repository, number=signal.SIGKILL, *words):
    started = begin(repository, *words)
    started.send_signal(number)
    started.wait(30)


def resume(repository, *words, status=0):
    ran = lanemark(repository, "run", "--resume", *words, "--json")
    assert ran.returncode == status, ran.stderr
    return json.loads(ran.stdout) if ran.stdout else {}, ran.stderr


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_goes_on_behind_what_was_done_and_leaves_the_same(repository, wanted, number):
    interrupt(repository, number)
    assert outputs(repository)["app.out"] == "half\n"
    view, said = resume(repository)
    assert (view["cached"], view["executed"]) == (["gen", "make", "migrate"], ["app", "last"])
    assert outputs(repository) == wanted
    assert "killed" in said if number == signal.SIGKILL else "it was cancelled" in said
    assert ("told by migrate" in said) == (number == signal.SIGKILL)  # a run that ends by itself takes its logs with it


def test_what_a_killed_run_left_running_is_ended(repository, wanted):
    started = begin(repository)
    started.kill()
    started.wait()
    _, said = resume(repository)
    assert "note: ended" in said
    assert outputs(repository) == wanted


def test_a_failed_stage_begins_again_from_what_stood_before(repository, wanted):
    (repository.parent / "broken").touch()
    assert lanemark(repository, "run", "--lane", "standard").returncode == 7
    (repository.parent / "broken").unlink()
    view, said = resume(repository)
    assert view["executed"] == ["app", "last"]
    assert "a stage failed" in said
    assert outputs(repository) == wanted


def test_it_can_be_interrupted_twice(repository, wanted):
    interrupt(repository)
    interrupt(repository, signal.SIGKILL, "--resume")
    view, _ = resume(repository)
    assert view["executed"] == ["app", "last"]
    assert outputs(repository) == wanted


def test_on_another_machine_everything_comes_from_what_was_saved(repository, wanted, tmp_path):
    from lanemark.settings import read_settings
    from lanemark.wiring.record import saved_paths

    interrupt(repository)
    settings = read_settings({"LANEMARK_CACHE": str(tmp_path / "cache")}, folder=str(repository))
    (tmp_path / "saved").mkdir()
    for path in saved_paths(settings):
        if os.path.exists(path):
            shutil.move(path, tmp_path / "saved" / os.path.basename(path))
    shutil.rmtree(tmp_path / "cache")
    subprocess.run(["git", "clean", "-fdxq"], cwd=repository, check=True)
    (tmp_path / "cache").mkdir()
    shutil.move(tmp_path / "saved", tmp_path / "cache" / "store")
    view, said = resume(repository)
    assert (view["cached"], view["executed"]) == (["gen", "make", "migrate"], ["app", "last"])
    assert outputs(repository) == wanted
    assert "db/" in said


def test_nothing_is_left_to_do_after_a_run_that_worked(repository, wanted):
    lanemark(repository, "run", "--lane", "standard")
    view, _ = resume(repository)
    assert view["executed"] == []
    assert outputs(repository) == wanted


@pytest.mark.parametrize(
    ("change", "words", "told"),
    [
        (lambda root: None, ("--lane", "heavy"), "the lane was standard and is heavy now"),
        (lambda root: (root / ".github/lanemark.yml").write_text(CONFIG.replace("echo migrated", "echo Migrated")), (), "stage migrate is declared otherwise now"),
        (lambda root: (root / "new.txt").write_text("new"), (), "migrate runs again: it declares no inputs, and files of the checkout changed"),
        (lambda root: (root / "db" / "table").write_text("by hand\n"), (), "db/ is not what it left"),
    ],
    ids=["lane", "configuration", "checkout", "output"],
)  # fmt: skip
def test_what_changed_since_is_said_and_runs_again(repository, change, words, told):
    interrupt(repository)
    change(repository)
    view, said = resume(repository, *words)
    assert told in said
    assert view["failed"] == []
    if not words:
        assert "migrate" in view["executed"]


def edit(repository, *changes):
    text = CONFIG
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (repository / ".github/lanemark.yml").write_text(text)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([("migrate, app, last]", "move, app, last]"), ("  migrate: {", "  move: {"), ("[gen, migrate]", "[gen, move]")],
         ["stage migrate is not part of it any more", "stage move is new in it"]),
        ([("migrate, app, last]", "migrate, app]")], ["stage last is not part of it any more"]),
        ([("outputs: [last.out]}", "outputs: [last.out, other.out]}"), ("> last.out", "> last.out; touch other.out")], ["stage last is declared otherwise now"]),
        ([("needs: [app], inputs", "needs: [app], env: {A: b}, inputs")], ["stage last is declared otherwise now"]),
        ([("needs: [make], state", "needs: [make, gen], state")], ["stage migrate is declared otherwise now"]),
        ([("standard: {", "usual: {")], ["the lane was standard and is usual now"]),
    ],
    ids=["renamed", "removed", "outputs", "variables", "needs", "lane"],
)  # fmt: skip
def test_a_run_of_another_configuration_is_not_gone_on_with_and_nothing_of_it_is_mixed_in(repository, tmp_path, changes, told):
    interrupt(repository)
    edit(repository, *changes)
    lane = "usual" if told[0].startswith("the lane") else "standard"
    view, said = resume(repository, "--lane", lane)
    for words in told:
        assert words in said
    assert "this is an ordinary run" in said
    assert {"app", "migrate", "move"} & set(view["executed"])
    assert not [why for why in stage_reasons(repository).values() if why == "done before the run was interrupted"]
    assert outputs(repository)["app.out"] == "half\na\n" + outputs(repository)["db/table"], (
        "nothing of the interrupted try is left"
    )


def stage_reasons(repository):
    record = json.loads((repository / ".lanemark/out/run.json").read_text())
    return {one["stage"]: one["cache"] for one in record["stages"]}


def test_how_a_stage_is_limited_and_judged_may_change_and_the_run_still_goes_on(repository, wanted):
    interrupt(repository)
    edit(
        repository,
        ("  app: {", "  app: {timeout: 5m, retries: 2, help: look, "),
        ("{default: true,", "{default: true, timeout: 30m,"),
    )
    commit(repository, {})
    view, said = resume(repository)
    assert (
        "migrate runs again: it declares no inputs, and files of the checkout changed" in said
    )  # the file itself is one of them
    assert "declared otherwise" not in said
    assert set(view["cached"]) == {"gen", "make"}
    assert outputs(repository) == wanted


def test_a_changed_input_runs_what_reads_it_and_what_needs_that(repository):
    interrupt(repository)
    (repository / "src" / "a.txt").write_text("other\n")
    view, _ = resume(repository)
    assert view["executed"] == ["gen", "make", "migrate", "app", "last"]
    assert outputs(repository)["db/table"] == "base\nmigrated\n"
    assert outputs(repository)["app.out"] == "half\nother\nbase\nmigrated\n"


def test_a_damaged_journal_proves_nothing(repository, tmp_path):
    interrupt(repository)
    (journal,) = (tmp_path / "cache").rglob("*.jsonl")
    data = bytearray(journal.read_bytes())
    data[200] ^= 1
    journal.write_bytes(data)
    view, said = resume(repository, "--lane", "standard")
    assert "is damaged" in said
    assert {"migrate", "app", "last"} <= set(view["executed"])


def test_half_a_last_line_is_no_damage(repository, wanted, tmp_path):
    interrupt(repository)
    (journal,) = (tmp_path / "cache").rglob("*.jsonl")
    with open(journal, "ab") as opened:
        opened.write(b'{"crc":"0000')
    view, _ = resume(repository)
    assert view["executed"] == ["app", "last"]
    assert outputs(repository) == wanted


def test_a_run_that_still_goes_on_is_left_alone(repository):
    started = begin(repository)
    try:
        said = lanemark(repository, "run", "--resume")
        assert (said.returncode, "still goes on" in said.stderr) == (2, True)
    finally:
        started.terminate()
        started.wait(30)


def test_without_any_run_it_is_an_ordinary_one(repository):
    view, said = resume(repository, "--lane", "standard")
    assert len(view["executed"]) == 5
    assert "no run was interrupted here" in said


def test_the_stages_that_were_asked_for_are_those_that_go_on(repository):
    interrupt(repository, signal.SIGKILL, "app")
    view, _ = resume(repository)
    assert (view["cached"], view["executed"]) == (["gen", "make", "migrate"], ["app"])


@pytest.mark.parametrize("words", [("--resume=nothing-of-that-name",), ("--resume", "--force"), ("--resume", "--no-cache")])
def test_what_means_nothing_is_said(repository, words):
    lanemark(repository, "run", "gen")
    said = lanemark(repository, "run", *words)
    assert (said.returncode, "= help:" in said.stderr) == (2, True)


def test_a_store_that_cannot_be_written_to_does_not_fail_the_run(repository, tmp_path):
    store = tmp_path / "cache" / "store"
    store.mkdir(parents=True)
    (store / "journal").write_text("in the way")
    ran = lanemark(repository, "run", "--lane", "standard")
    assert ran.returncode == 0
    assert ran.stderr.count("this run cannot be resumed") == 1


def test_what_was_done_and_runs_again_begins_from_what_it_found(repository):
    interrupt(repository)
    (repository / "new.txt").write_text("new")
    view, _ = resume(repository)
    assert (view["cached"], view["executed"]) == (["gen", "make"], ["migrate", "app", "last"])
    assert outputs(repository)["db/table"] == "base\nmigrated\n"
    assert outputs(repository)["app.out"] == "half\na\nbase\nmigrated\n"


def test_what_checkpoints_and_going_back_cost_stands_in_the_record_of_the_run(repository):
    interrupt(repository)
    view, said = resume(repository)
    found = json.loads((repository / ".lanemark/out/run.json").read_text())["recoveries"]
    assert found == view["recoveries"]
    assert (found["checkpoints"], found["restores"]) == (3, 1)  # at the start, after app, after last
    assert 0 < found["verify_s"] < found["restore_s"]
    assert found["create_s"] > 0
    new = sum(len(outputs(repository)[name].encode()) for name in ("app.out", "last.out"))
    assert new < found["new_bytes"] < new + 1000  # contents, and the lists that name them
    assert found["covered_bytes"] > new
    assert found["dedup"] == max(1 - found["new_bytes"] / found["covered_bytes"], 0)
    assert (found["failed"], found["tried"], found["success_rate"]) == (0, 0, None)
    assert "3 checkpoints in " in said
    assert "files put back once in " in said


def test_after_a_run_that_worked_what_runs_again_begins_from_what_stands(repository):
    assert lanemark(repository, "run", "--lane", "standard").returncode == 0
    (repository / "new.txt").write_text("new")
    view, _ = resume(repository)
    assert view["executed"] == ["migrate", "app", "last"]
    assert outputs(repository)["db/table"] == "base\nmigrated\nmigrated\n"  # as by a run without --resume


def test_state_that_another_stage_made_anew_is_not_put_back(repository):
    interrupt(repository)
    (repository / ".github/lanemark.yml").write_text(CONFIG)
    (repository / "src" / "a.txt").write_text("other\n")
    view, _ = resume(repository)
    assert view["executed"] == ["gen", "make", "migrate", "app", "last"]
    assert outputs(repository)["db/table"] == "base\nmigrated\n"

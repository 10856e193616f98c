"""`lanemark checkpoint` as people use it."""

import json
import os

import pytest

from command import lanemark
from repositories import commit, make_repository

CONFIG = """\
version: 1
lanes:
  docs: {paths: ["*.md"], stages: [gen]}
  standard: {default: true, stages: [gen, app]}
  failing: {paths: [never], stages: [gen, broken]}
stages:
  gen: {run: "mkdir -p dist; cat src/*.txt > dist/all.txt", inputs: ["src/**"], outputs: [dist/]}
  app: {run: "echo row >> db/table", needs: [gen], state: [db/], destructive: true}
  broken: {run: "echo half > half.out; exit 3", needs: [gen], outputs: [half.out]}
measure: {baseline: none}
"""


@pytest.fixture
def repository(tmp_path):
    folder = make_repository(tmp_path / "r")
    ignored = "dist/\ndb/\n*.out\n.lanemark/\n"
    commit(folder, {".github/lanemark.yml": CONFIG, "src/a.txt": "a\n", ".gitignore": ignored})
    (folder / "db").mkdir()
    (folder / "db" / "table").write_text("base\n")
    return folder


def ask(folder, *words, status=0):
    ran = lanemark(folder, "checkpoint", *words, "--json")
    assert ran.returncode == status, ran.stderr
    return json.loads(ran.stdout) if ran.stdout else ran.stderr


def run(folder, *words, status=0):
    ran = lanemark(folder, "run", *words)
    assert ran.returncode == status, ran.stderr
    return ran.stderr


def listed(folder):
    return [(one["when"], one["stage"], one["good"]) for one in ask(folder, "list")["checkpoints"]]


def test_a_run_leaves_checkpoints_of_its_start_its_stages_and_before_what_is_destructive(repository):
    run(repository, "--lane", "standard")
    assert listed(repository) == [
        ("start", "", False), ("stage", "gen", False), ("before", "app", False), ("stage", "app", True),
    ]  # fmt: skip


def test_a_run_of_the_lightest_lane_leaves_none(repository):
    run(repository, "--lane", "docs")
    assert listed(repository) == []


def test_a_run_in_which_nothing_happens_leaves_nothing(repository, tmp_path):
    run(repository, "gen")
    before = len(listed(repository)), len(list(tmp_path.rglob("*.jsonl")))
    run(repository, "gen")
    assert (len(listed(repository)), len(list(tmp_path.rglob("*.jsonl")))) == before


def test_a_run_that_keeps_nothing_leaves_none(repository, tmp_path):
    run(repository, "--lane", "standard", "--no-cache")
    assert not (tmp_path / "cache" / "store").exists()


def test_state_goes_back_to_before_a_stage_and_forth_again(repository):
    run(repository, "--lane", "standard")
    before = next(one for one in ask(repository, "list")["checkpoints"] if one["when"] == "before")
    back = ask(repository, "restore", before["id"])
    assert (repository / "db" / "table").read_text() == "base\n"
    assert back["changes"] == [{"path": "db/table", "change": "content"}]
    ask(repository, "restore", back["undo"])
    assert (repository / "db" / "table").read_text() == "base\nrow\n"


def test_a_stage_with_state_is_never_replayed(repository):
    for count in (1, 2):
        said = run(repository, "--lane", "standard")
        assert (repository / "db" / "table").read_text() == "base\n" + "row\n" * count
    assert "gen: replayed" in said


def test_create_says_when_nothing_has_changed(repository):
    first = ask(repository, "create")
    assert first["new"]
    again = ask(repository, "create")
    assert (again["id"], again["new"]) == (first["id"], False)
    (repository / "db" / "table").write_text("other\n")
    assert ask(repository, "create")["new"]


def test_what_was_changed_by_hand_is_refused_and_with_force_kept(repository):
    first = ask(repository, "create")
    (repository / "db" / "table").write_text("by hand\n")
    said = lanemark(repository, "checkpoint", "restore", first["id"])
    assert said.returncode == 2
    assert "changed since the last checkpoint: db/table" in said.stderr
    assert (repository / "db" / "table").read_text() == "by hand\n"
    back = ask(repository, "restore", first["id"], "--force")
    assert (repository / "db" / "table").read_text() == "base\n"
    ask(repository, "restore", back["undo"])
    assert (repository / "db" / "table").read_text() == "by hand\n"


def test_what_a_failed_stage_left_is_not_taken_for_the_work_of_a_hand(repository):
    run(repository, "--lane", "failing", status=7)
    assert (repository / "half.out").exists()
    ask(repository, "restore", "last")
    assert not (repository / "half.out").exists()


def test_dry_run_changes_nothing(repository):
    first = ask(repository, "create")
    (repository / "db" / "table").unlink()
    (repository / "db" / "new").write_text("")
    told = ask(repository, "restore", first["id"], "--dry-run")
    assert told["changes"] == [{"path": "db/new", "change": "removed"}, {"path": "db/table", "change": "added"}]
    assert os.listdir(repository / "db") == ["new"]


def test_diff_and_show_tell_names_without_their_tricks(repository):
    first = ask(repository, "create")
    odd = os.fsencode(repository) + b"/db/\x1b[31m\xff\n::error::x"
    with open(odd, "wb"):
        pass
    ran = lanemark(repository, "checkpoint", "diff", first["id"], "worktree")
    assert ran.stdout == "+ db/\\u001b[31m\\udcff\\u000a::error::x\n"
    second = ask(repository, "create")
    changes = ask(repository, "diff", first["id"], second["id"])["changes"]
    assert [change["change"] for change in changes] == ["added"]
    shown = lanemark(repository, "checkpoint", "show", second["id"])
    assert "\x1b" not in shown.stdout
    assert len(ask(repository, "show", "last")["items"]) == 3
    assert ask(repository, "diff", second["id"], "worktree")["changes"] == []


def test_only_what_is_declared_now_is_touched(repository):
    first = ask(repository, "create")
    (repository / ".github" / "lanemark.yml").write_text(CONFIG.replace("state: [db/]", "state: [other/]"))
    (repository / "db" / "table").write_text("mine now\n")
    ran = lanemark(repository, "checkpoint", "restore", first["id"], "--force")
    assert "db/ is declared by no stage any more and stays as it is" in ran.stderr
    assert (repository / "db" / "table").read_text() == "mine now\n"
    said = lanemark(repository, "checkpoint", "restore", first["id"], "--force", "--paths", "db/")
    assert (said.returncode, "is declared by no stage any more" in said.stderr) == (2, True)
    said = lanemark(repository, "checkpoint", "restore", first["id"], "--paths", "src/")
    assert (said.returncode, "is not part of" in said.stderr) == (2, True)


def test_verify_tells_what_is_damaged(repository, tmp_path):
    first = ask(repository, "create")
    assert ask(repository, "verify", "--deep") == {"checkpoints": [{"id": first["id"], "faults": []}]}
    digest = next(one["digest"] for one in ask(repository, "show", "last")["items"] if one["path"] == "db/table")
    blob = tmp_path / "cache" / "store" / "cas" / digest[:2] / digest[2:]
    blob.chmod(0o644)
    blob.write_text("rows\n")
    assert ask(repository, "verify")["checkpoints"][0]["faults"] == []
    (one,) = ask(repository, "verify", first["id"], "--deep", status=2)["checkpoints"]
    assert "db/table" in one["faults"][0]


def test_prune_forgets_runs_and_frees_what_only_they_had(repository, tmp_path):
    for text in ("one", "two", "three"):
        (repository / "src" / "a.txt").write_text(text * 1000)
        run(repository, "--lane", "standard")
    count = len(listed(repository))
    gone = ask(repository, "prune", "--keep", "1")
    assert len(gone["checkpoints"]) == count - 4
    assert len(gone["runs"]) == 2
    assert [one[0] for one in listed(repository)] == ["start", "stage", "before", "stage"]
    assert ask(repository, "verify", "--deep")["checkpoints"][0]["faults"] == []
    ask(repository, "restore", "last")


def test_pruning_the_cache_leaves_what_checkpoints_name(repository):
    ask(repository, "create")
    lanemark(repository, "cache", "prune", "--keep", "0")
    assert ask(repository, "verify", "--deep")["checkpoints"][0]["faults"] == []


@pytest.mark.parametrize(
    "words", [("restore", "nothing"), ("show", "x"), ("diff", "a", "b"), ("create", "nope"), ("prune", "--keep", "-1")]
)
def test_what_means_nothing_is_refused_in_a_sentence(repository, words):
    said = lanemark(repository, "checkpoint", *words)
    assert said.returncode == 2
    assert "= help:" in said.stderr


def test_nothing_declared_is_said(repository):
    (repository / ".github" / "lanemark.yml").write_text("version: 1\nstages: {a: {run: make}}\nlanes: {s: {stages: [a]}}\n")
    said = lanemark(repository, "checkpoint", "create")
    assert (said.returncode, "nothing to keep" in said.stderr) == (2, True)

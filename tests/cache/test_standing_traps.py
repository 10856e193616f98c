"""An answer that is said again: every change behind its back makes it void, whatever the change is."""

import json
import os
import shutil
import time

import pytest

from command import lanemark
from lanemark.cli.main import main
from lanemark.wiring.standing import find_standing
from repositories import commit, make_repository

CONFIG = """\
version: 1
lanes: {standard: {default: true, stages: [gen, app]}}
stages:
  gen: {run: "mkdir -p dist; cat src/*.txt > dist/gen.out; chmod +x dist/gen.out; echo made gen", inputs: ["src/**"], outputs: [dist/], env: {MODE: plain}, measure: false}
  app: {run: "wc -c < dist/gen.out > app.out; echo made app >&2", needs: [gen], inputs: [/tool.sh, "lib/**", "nest/in/**"], outputs: [app.out], measure: false}
  loose: {run: "cat linked > loose.out", inputs: [linked], outputs: [loose.out], measure: false}
  read: {run: "cat src/a.txt > read.out", inputs: ["src/**"], outputs: [read.out], measure: false}
measure: {baseline: none}
"""
WORDS = ("run", "--lane", "standard", "--json")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    folder = make_repository(tmp_path / "r")
    files = {"src/a.txt": "a\n", "src/deep/b.txt": "b\n", "tool.sh": "echo\n", "lib/c.txt": "c\n", "nest/in/d.txt": "d\n"}
    commit(folder, {".github/lanemark.yml": CONFIG, ".gitignore": "*.out\ndist/\n.lanemark/\n", **files})
    monkeypatch.chdir(folder)
    monkeypatch.setenv("LANEMARK_CACHE", str(tmp_path / "cache"))
    for name in ("GITHUB_ACTIONS", "GITHUB_EVENT_NAME", "LANEMARK_PASS_ENV"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def run(capsys):
    """Run `lanemark` in this process, and return what it printed and said."""

    def run(*words):
        capsys.readouterr()
        assert main(list(words or WORDS)) == 0
        printed, said = capsys.readouterr()
        return json.loads(printed), said

    return run


def answers(folder):
    return sorted((folder.parent / "cache" / "store" / "standing").glob("*"))


def stands(folder, *words):
    """Return whether a run would be answered without deciding anything."""
    return find_standing((words or WORDS)[1:], os.environ, str(folder)) is not None


def stand(folder, run, *words):
    """Run until the answer is one that is only said again; a file system with coarse times needs a moment."""
    run(*words)
    for _ in range(200):
        run(*words)
        if stands(folder, *words):
            return
        time.sleep(0.05)
    raise AssertionError("no answer ever stood")


def test_same_words_are_said_and_the_same_facts_written(repository, run):
    stand(repository, run)
    path = repository / ".lanemark/out/run.json"
    view, said = run()
    facts = path.read_bytes()
    path.unlink()
    answers(repository)[0].rename(repository.parent / "away")
    whole, loud = run()
    seen = json.loads(path.read_bytes())
    (repository.parent / "away").rename(answers(repository)[0])
    again, quiet = run()
    assert (again, quiet, path.read_bytes()) == (view, said, facts)
    # A whole run looks at the machine, too; nothing else is different.
    for machine in (whole["telemetry"], seen["telemetry"]):
        machine.update(cpu=None, iowait=None)
    assert whole == view
    assert seen == json.loads(facts)
    assert loud.splitlines()[:-1] == said.splitlines()[:-1]
    assert "  gen | made gen" in said
    assert "  app ! made app" in said
    assert view["cached"] == ["gen", "app"]


def edit_behind_its_times(folder):
    path = folder / "src/a.txt"
    state = path.stat()
    path.write_text("A\n")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def swap_behind_its_name(folder):
    path = folder / "src/a.txt"
    state = path.stat()
    (folder / "new").write_text("A\n")
    os.utime(folder / "new", ns=(state.st_atime_ns, state.st_mtime_ns))
    (folder / "new").replace(path)


def replace_folder_by_link(folder):
    (folder / "nest").rename(folder / "moved")
    (folder / "nest").symlink_to("moved")


CHANGES = {
    "an input is edited to the same size and time": (edit_behind_its_times, ["gen", "app"]),
    "an input is swapped": (swap_behind_its_name, ["gen", "app"]),
    "an input is deleted": (lambda r: (r / "src/deep/b.txt").unlink(), ["gen"]),
    "an input is new": (lambda r: (r / "src/new.txt").write_text("n\n"), ["gen", "app"]),
    "an input is new in a deep folder": (lambda r: (r / "lib/x/y").mkdir(parents=True) or (r / "lib/x/y/z.txt").write_text("z\n"), ["app"]),
    "an input is executable": (lambda r: (r / "tool.sh").chmod(0o755), ["app"]),
    "an input is renamed": (lambda r: (r / "src/a.txt").rename(r / "src/z.txt"), ["gen"]),
    "the command is another one": (lambda r: (r / ".github/lanemark.yml").write_text((r / ".github/lanemark.yml").read_text().replace("wc -c", "wc -l")), ["app"]),
    "a declared variable is another one": (lambda r: (r / ".github/lanemark.yml").write_text((r / ".github/lanemark.yml").read_text().replace("plain", "bold")), ["gen"]),
    "an output is deleted": (lambda r: (r / "app.out").unlink(), []),
    "an output is edited": (lambda r: (r / "dist/gen.out").write_text("x\n"), []),
    "an output is not executable": (lambda r: (r / "dist/gen.out").chmod(0o644), []),
    "an output folder has a stray file": (lambda r: (r / "dist/stray").write_text("x"), []),
    "an output folder has a stray folder of a tool": (lambda r: (r / "dist/__pycache__").mkdir(), []),
    "the store is gone": (lambda r: shutil.rmtree(r.parent / "cache"), ["gen", "app"]),
    "the entries are gone": (lambda r: shutil.rmtree(r.parent / "cache/store/ac"), ["gen", "app"]),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_behind_its_back_is_seen(repository, run, change):
    stand(repository, run)
    change_it, executed = CHANGES[change]
    change_it(repository)
    view, _ = run()
    assert view["executed"] == executed
    wanted = "".join(
        (repository / name).read_text() for name in sorted(p.relative_to(repository) for p in (repository / "src").glob("*.txt"))
    )
    assert (repository / "dist/gen.out").read_text() == wanted
    assert os.access(repository / "dist/gen.out", os.X_OK)
    assert not (repository / "dist/stray").exists()
    assert (repository / "app.out").exists()


def test_folder_on_the_way_that_became_a_link_to_itself_is_looked_at_anew(repository, run):
    stand(repository, run)
    replace_folder_by_link(repository)
    assert not stands(repository)


def test_another_environment_or_other_words_are_another_question(repository, run, monkeypatch):
    stand(repository, run)
    for name, value, same in (
        ("SHLVL", "7", True),
        ("LANG", "de", False),
        ("GITHUB_EVENT_NAME", "release", False),
        ("X", "y", False),
    ):
        with monkeypatch.context() as changed:
            changed.setenv(name, value)
            assert stands(repository) is same, name
    with monkeypatch.context() as changed:
        changed.setenv("LANEMARK_PASS_ENV", "SHLVL")
        stand(repository, run)
        changed.setenv("SHLVL", "8")
        assert not stands(repository)
    assert not stands(repository, "run", "--lane", "standard")


@pytest.mark.parametrize(
    "words", [("--force",), ("--no-cache",), ("--past", "x"), ("--la", "standard"), ("--lane=",), ("--lane", ""), ("--",)]
)
def test_words_that_ask_for_more_are_never_answered(repository, run, words):
    stand(repository, run)
    stood = answers(repository)
    for _ in range(2):
        lanemark(repository, *WORDS, *words)
    assert not stands(repository, *WORDS, *words)
    assert answers(repository) == stood


def test_lane_that_the_change_decides_is_decided_each_time(repository, run):
    for _ in range(3):
        run("run", "--json")
    assert answers(repository) == []


def test_answers_in_actions_are_never_kept_nor_taken(repository, run, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    for _ in range(3):
        run()
    assert answers(repository) == []


def test_stage_that_reads_through_a_link_never_stands(repository, run):
    (repository / "linked").symlink_to(repository.parent / "outside.txt")
    (repository.parent / "outside.txt").write_text("one\n")
    for _ in range(3):
        run("run", "loose", "--json")
        time.sleep(0.05)
    assert answers(repository) == []
    (repository.parent / "outside.txt").write_text("two\n")
    run("run", "loose", "--json")
    assert (repository / "loose.out").read_text() == "two\n"


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-20], lambda data: data[:80] + b"?" + data[81:], lambda data: b"", lambda data: data[::-1]]
)
def test_damaged_answer_is_none(repository, run, damage):
    stand(repository, run)
    (path,) = answers(repository)
    path.write_bytes(damage(path.read_bytes()))
    assert not stands(repository)
    run()
    assert stands(repository)


def test_changed_file_that_no_stage_reads_does_not_matter(repository, run):
    stand(repository, run)
    (repository / "README.md").write_text("new\n")
    assert stands(repository)


def test_heaviest_lane_reads_its_outputs_and_is_never_answered(repository, run):
    config = repository / ".github/lanemark.yml"
    config.write_text(
        config.read_text()
        .replace("lanes: {", "lanes: {small: {stages: [gen]}, ")
        .replace("stages: [gen, app]}", "stages: [gen, app]}")
    )
    for _ in range(3):
        run()
        time.sleep(0.05)
    assert answers(repository) == []


def test_unused_entry_is_noted_as_used_by_a_whole_run(repository, run):
    stand(repository, run)
    entries = list((repository.parent / "cache/store/ac").rglob("*.json"))
    old = time.time() - 7200
    for path in entries:
        os.utime(path, (old, old))
    run()
    assert all(path.stat().st_mtime > old + 3600 for path in entries)


def test_hits_and_misses_of_every_run_are_counted(repository, run):
    stand(repository, run)
    before = json.loads(lanemark(repository, "cache", "stats", "--json").stdout)
    assert stands(repository)
    after = json.loads(lanemark(repository, "cache", "stats", "--json").stdout)
    assert (after["hits"] - before["hits"], after["misses"]) == (2, 2)
    assert after["saved_s"] > before["saved_s"]
    assert after["hit_rate"] == after["hits"] / (after["hits"] + 2)
    assert f"{after['hits']} hits, 2 misses" in lanemark(repository, "cache", "stats").stdout

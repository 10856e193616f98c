"""The traps in which other runners are caught: after each of them the right stages run, and the files are right."""

import os
import time

import pytest

from cachebox import Box, chain
from lanemark.cache.policy import Policy

SETTLED_S = 0.03
"""What changes less than 20 ms before it is read is read again; where a test is about what is *not* read, it waits that long."""


@pytest.fixture
def box(tmp_path):
    found = chain(tmp_path)
    assert found.run().executed == ["gen", "lib", "app"]
    return found


def test_nothing_changed_and_nothing_runs(box):
    before = box.outputs()
    assert box.run().replayed == ["gen", "lib", "app"]
    assert box.outputs() == before


def test_same_size_and_same_time_edit_is_seen(box):
    file = box.root / "src/a.txt"
    state = file.stat()
    time.sleep(SETTLED_S)
    box.run()
    file.write_text("ONE\n")
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert file.stat().st_mtime_ns == state.st_mtime_ns
    ran = box.run()
    assert "gen" in ran.executed
    assert box.read("gen.out") == "ONE\ntwo\n"
    assert ran.why["gen"] == "input src/a.txt changed"


def test_edited_output_is_put_right(box):
    box.run()
    box.write("dist/lib.out", "tampered, and longer\n")
    assert box.run().replayed == ["gen", "lib", "app"]
    assert box.read("dist/lib.out") == "one\ntwo\nthree\n"


def test_output_edited_to_the_same_size_and_time_is_put_right(box):
    time.sleep(SETTLED_S)
    box.run()
    file = box.root / "app.out"
    state = file.stat()
    file.write_text("9" * (state.st_size - 1) + "\n")
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert box.run().replayed == ["gen", "lib", "app"]
    assert box.read("app.out").strip() == "14"


def test_deleted_outputs_are_restored_and_not_made_again(box):
    before = box.outputs()
    for name in ("gen.out", "app.out", "dist/lib.out"):
        (box.root / name).unlink()
    (box.root / "dist").rmdir()
    assert box.run().replayed == ["gen", "lib", "app"]
    assert box.outputs() == before


def test_stray_file_in_an_output_folder_goes(box):
    box.write("dist/stray.txt", "x")
    assert box.run().executed == []
    assert not (box.root / "dist/stray.txt").exists()


def test_what_comes_to_the_same_stops_there(box):
    box.write("src/a.txt", "one\n# a comment\n".replace("\n# a comment", "# a comment"))
    ran = box.run()
    assert ran.executed == ["gen"]
    assert ran.replayed == ["lib", "app"]


def test_renamed_input_runs_again(box):
    (box.root / "src/a.txt").rename(box.root / "src/z.txt")
    ran = box.run()
    assert "gen" in ran.executed
    assert ran.why["gen"] == "input src/z.txt is new, input src/a.txt is gone"
    assert box.read("gen.out") == "two\none\n"


def test_touch_alone_runs_nothing(box):
    for path in box.root.rglob("*.txt"):
        os.utime(path)
    assert box.run().executed == []


def test_changed_command_runs_again(box):
    box.add("gen", "cat src/*.txt | tr a-z A-Z > gen.out", inputs=("src/**",), outputs=("gen.out",))
    ran = box.run()
    assert ran.executed == ["gen", "lib", "app"]
    assert (ran.why["gen"], ran.why["lib"]) == ("its command changed", "gen's output changed")


def test_changed_declared_variable_runs_again(box):
    box.add("gen", box.stages["gen"].run, inputs=("src/**",), outputs=("gen.out",), env={"MODE": "fast"})
    assert box.run().why["gen"] == "env MODE changed"


def test_variable_that_is_handed_on_counts_and_a_fleeting_one_does_not(box):
    box.environment = {"GITHUB_SHA": "a" * 40, "GITHUB_RUN_ID": "7", "RUNNER_NAME": "one"}
    assert box.run().executed == []
    box.environment = {"LANEMARK_PASS_ENV": "FLAVOUR", "FLAVOUR": "sweet"}
    ran = box.run()
    assert ran.executed == ["gen", "lib", "app"]
    assert ran.why["gen"] == "env FLAVOUR changed"


def test_changed_mode_runs_again(box):
    (box.root / "src/a.txt").chmod(0o755)
    ran = box.run()
    assert ran.executed == ["gen"]
    assert ran.why["gen"] == "input src/a.txt changed"


def test_mode_of_an_output_is_put_right(box):
    (box.root / "gen.out").chmod(0o755)
    assert box.run().executed == []
    assert (box.root / "gen.out").stat().st_mode & 0o111 == 0


def test_swapped_link_runs_again(tmp_path):
    box = Box(tmp_path)
    box.write("data/one", "1\n")
    box.write("data/two", "2\n")
    box.write("src/keep", "")
    (box.root / "src/now").symlink_to("../data/one")
    box.add("show", "cat src/now > out", inputs=("src/**",), outputs=("out",))
    box.run()
    assert box.run().executed == []
    (box.root / "src/now").unlink()
    (box.root / "src/now").symlink_to("../data/two")
    assert box.run().executed == ["show"]
    assert box.read("out") == "2\n"
    box.write("data/two", "3\n")
    assert box.run().executed == ["show"], "what a link leads to is read through it"
    assert box.read("out") == "3\n"


def test_file_below_a_linked_folder_counts(tmp_path):
    box = Box(tmp_path)
    box.write("data/deep/one", "1\n")
    box.write("src/keep", "")
    (box.root / "src/data").symlink_to("../data")
    box.add("show", "cat src/data/deep/one > out", inputs=("src/**",), outputs=("out",))
    box.run()
    assert box.run().executed == []
    box.write("data/deep/one", "2\n")
    assert box.run().executed == ["show"]


def test_failed_stage_is_never_kept(tmp_path):
    box = Box(tmp_path)
    box.write("in", "1")
    box.add("flaky", "echo part > out; test -e ready", inputs=("in",), outputs=("out",))
    assert box.run().states == {"flaky": "failed"}
    assert box.run().states == {"flaky": "failed"}
    (box.root / "ready").touch()
    assert box.run().states == {"flaky": "ran"}
    assert box.run().states == {"flaky": "replayed"}


def test_missing_declared_output_fails_and_is_not_kept(tmp_path):
    box = Box(tmp_path)
    box.write("in", "1")
    box.add("half", "echo 1 > one", inputs=("in",), outputs=("one", "two"))
    for _ in range(2):
        ran = box.run()
        assert ran.outcomes["half"].failure.kind == "output-missing"


def test_input_that_changes_while_the_stage_runs_is_used_and_not_kept(tmp_path):
    box = Box(tmp_path)
    box.write("src/in", "1\n")
    box.add("racy", "cat src/in > out; echo 2 > src/in", inputs=("src/**",), outputs=("out",))
    ran = box.run()
    assert ran.states == {"racy": "ran"}
    assert "warning: racy is not kept: its input src/in changed while it ran" in ran.said
    box.write("src/in", "1\n")
    assert box.run().states == {"racy": "ran"}


def test_input_that_changes_and_changes_back_meanwhile_is_not_kept(tmp_path):
    box = Box(tmp_path)
    box.write("src/in", "1\n")
    box.add("racy", "echo 2 > src/in; cat src/in > out; echo 1 > src/in", inputs=("src/**",), outputs=("out",))
    assert any("is not kept" in line for line in box.run().said)
    assert box.run().states == {"racy": "ran"}


def test_change_by_an_earlier_stage_is_seen_by_the_next(tmp_path):
    box = Box(tmp_path)
    box.write("src/in", "1\n")
    box.write("lib/x", "")
    box.add("build", "cat src/in > out", needs=("fmt",), inputs=("src/**",), outputs=("out",))
    box.add("fmt", "cp next src/in", inputs=("lib/**",))
    for count, text in enumerate(("1\n", "2\n", "1\n")):
        box.write("next", text)
        box.write("lib/x", str(count))
        box.run()
        assert box.read("out") == text
    box.write("next", "2\n")
    box.write("lib/x", "new\n")
    assert box.run().executed == ["fmt"], "the build of this state is kept"
    assert box.read("out") == "2\n"


def test_file_that_an_earlier_stage_adds_is_seen_by_the_next(tmp_path):
    box = Box(tmp_path)
    box.write("a.txt", "1")
    box.write("lib/b.txt", "b")
    box.add(
        "first",
        "cat a.txt > first.out; if [ $(cat a.txt) = 2 ]; then echo new > lib/n.txt; fi",
        inputs=("a.txt",),
        outputs=("first.out",),
    )
    box.add("second", "cat lib/*.txt > second.out", inputs=("lib/**",), outputs=("second.out",))
    box.add("third", "cat lib/b.txt > third.out", inputs=("lib/b.txt",), outputs=("third.out",))
    box.run()
    box.write("a.txt", "2")
    ran = box.run()
    assert ran.executed == ["first", "second"]
    assert ran.replayed == ["third"]
    assert box.read("second.out") == "b" + "new\n"


def test_clock_that_goes_back_hides_no_change(box):
    file = box.root / "src/a.txt"
    os.utime(file, ns=(0, time.time_ns() + 3600 * 10**9))
    box.run()
    state = file.stat()
    file.write_text("ONE\n")
    os.utime(file, ns=(0, state.st_mtime_ns))
    assert "gen" in box.run().executed
    file.write_text("TWO\n")
    os.utime(file, ns=(0, 0))
    assert "gen" in box.run().executed
    assert box.read("gen.out").startswith("TWO")


def test_new_file_that_git_ignores_counts_and_byproducts_of_tools_do_not(box):
    box.write(".gitignore", "src/local.txt\n__pycache__/\n")
    box.write("src/__pycache__/a.pyc", "x")
    assert box.run().executed == []
    box.write("src/local.txt", "local\n")
    assert "gen" in box.run().executed


def test_stage_without_inputs_always_runs_and_so_does_what_needs_it(tmp_path):
    box = Box(tmp_path)
    box.write("in", "1")
    box.add("blind", "date +%N > now", outputs=("now",))
    box.add("behind", "cat now > then", needs=("blind",), inputs=("in",), outputs=("then",))
    box.run()
    ran = box.run()
    assert ran.executed == ["blind", "behind"]
    assert ran.why == {
        "blind": "untracked: it declares no inputs",
        "behind": "untracked: it needs blind, whose outputs are not known",
    }


def test_inputs_that_match_nothing_are_no_reason_to_replay(tmp_path):
    box = Box(tmp_path)
    box.add("typo", "echo 1 > out", inputs=("scr/**",), outputs=("out",))
    box.run()
    ran = box.run()
    assert ran.executed == ["typo"]
    assert ran.why["typo"] == "its inputs match no file"


def test_log_of_a_replayed_stage_is_shown(box):
    assert "  gen | made gen" in box.run().said


def test_another_checkout_runs_for_itself_unless_the_stage_is_relocatable(tmp_path):
    box = Box(tmp_path)
    box.add("here", "pwd > here.out", inputs=("in",), outputs=("here.out",))
    box.add("any", "cat in > any.out", inputs=("in",), outputs=("any.out",), relocatable=True)
    box.write("in", "1")
    box.run()
    box.name = "other"
    box.write("in", "1")
    ran = box.run()
    assert (ran.executed, ran.replayed) == (["here"], ["any"])
    assert box.read("here.out").strip() == str(box.root)


def test_force_runs_and_replaces(tmp_path):
    box = Box(tmp_path)
    box.write("in", "1")
    box.add("now", "date +%N > out", inputs=("in",), outputs=("out",))
    box.run()
    first = box.read("out")
    ran = box.run(policy=Policy(read=False))
    assert ran.executed == ["now"]
    assert ran.why["now"] == "--force"
    second = box.read("out")
    assert second != first
    (box.root / "out").unlink()
    assert box.run().replayed == ["now"]
    assert box.read("out") == second


def test_own_outputs_among_the_inputs_do_not_matter(tmp_path):
    box = Box(tmp_path)
    box.write("in.txt", "1")
    box.add("all", "mkdir -p dist; date +%N > dist/x; cp in.txt out.txt", inputs=("**",), outputs=("dist/", "out.txt"))
    box.run()
    assert box.run().replayed == ["all"]
    box.write("new.txt", "1")
    assert box.run().executed == ["all"]


def test_figures_of_a_stage_come_back_with_its_outputs(tmp_path):
    from lanemark.config.types import MetricFile

    box = Box(tmp_path)
    box.write("in", "1")
    box.add(
        "bench",
        "echo '{}' > m.json; echo 1 > out",
        inputs=("in",),
        outputs=("out",),
        metrics=(MetricFile(file="m.json", line=1),),
    )
    box.run()
    (box.root / "m.json").unlink()
    assert box.run().replayed == ["bench"]
    assert box.read("m.json") == "{}\n"


def test_empty_folder_link_and_executable_come_back(tmp_path):
    box = Box(tmp_path)
    box.write("in", "1")
    box.add(
        "tree",
        "rm -rf d; mkdir -p d/empty d/sub; echo x > d/sub/run; chmod +x d/sub/run; ln -s sub/run d/link; ln -s /nowhere d/broken",
        inputs=("in",),
        outputs=("d/",),
    )
    box.run()
    before = box.outputs()
    for path in sorted((box.root / "d").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    assert box.run().replayed == ["tree"]
    assert box.outputs() == before


def test_nothing_in_the_store_is_linked_into_the_workspace(box):
    for path in (box.root / "gen.out", box.root / "dist/lib.out"):
        path.unlink()
    box.run()
    inodes = {path.stat().st_ino for path in box.blobs()}
    assert not inodes & {path.stat().st_ino for path in box.root.rglob("*") if path.is_file()}
    with (box.root / "gen.out").open("a") as file:
        file.write("in place\n")
    box.run()
    assert box.read("gen.out") == "one\ntwo\n"


def test_unchanged_workspace_reads_no_file(box):
    from lanemark.store.stat_index import Objects, StatIndex

    time.sleep(SETTLED_S)
    box.run()
    index = StatIndex(str(box.root), str(next((box.store / "fh").iterdir())), Objects(str(box.store / "objects")))
    assert {"src/a.txt", "src/b.txt", "lib/c.txt", "gen.out", "dist/lib.out", "app.out"} <= set(index.files)
    for path in box.root.rglob("*"):
        if path.is_file():
            state = path.stat()
            assert index.known(path.relative_to(box.root).as_posix(), state)

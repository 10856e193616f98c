from pathlib import Path

from bench import make_place, make_stage, make_tools
from lanemark.run.echo import echo_stage
from lanemark.run.plan import execute_plan
from lanemark.run.stage import execute_stage


def execute(tmp_path, run, **rest):
    place = make_place(tmp_path, make_stage("unit", run, **rest))
    return execute_stage("unit", place, make_tools(tmp_path))


def failure_of(tmp_path, run, **rest):
    outcome = execute(tmp_path, run, **rest).outcome
    assert outcome.state == "failed"
    return outcome.failure


def test_a_stage_that_works_ran(tmp_path):
    done = execute(tmp_path, "echo hello > made.txt", outputs=("made.txt",))
    assert done.outcome.state == "ran"
    assert (tmp_path / "h" / "made.txt").read_text() == "hello\n"
    assert done.usage.wall_s > 0
    assert done.sampler_s is None


def test_padding_makes_the_environment_longer_and_nothing_else(tmp_path):
    place = make_place(tmp_path, make_stage("unit", "env > seen"))
    seen = []
    for pad in (0, 7):
        execute_stage("unit", place, make_tools(tmp_path), pad=pad)
        seen.append(set((tmp_path / "h" / "seen").read_text().splitlines()))
    assert seen[1] - seen[0] == {"LANEMARK_PAD=xxxxxxx"}
    assert seen[0] <= seen[1]


def test_the_first_failing_line_ends_the_stage(tmp_path):
    failure = failure_of(tmp_path, "false\ntouch reached")
    assert (failure.kind, failure.status) == ("exit", 1)
    assert not (tmp_path / "h" / "reached").exists()


def test_a_command_that_does_not_exist_says_so(tmp_path):
    assert failure_of(tmp_path, "no-such-command-anywhere").kind == "not-found"


def test_a_declared_output_that_is_not_there_fails_the_stage(tmp_path):
    failure = failure_of(tmp_path, "true", outputs=("coverage.xml",))
    assert failure.kind == "output-missing"
    assert "coverage.xml" in failure.evidence


def test_the_time_out_ends_the_whole_tree(tmp_path):
    failure = failure_of(tmp_path, "sleep 60 & echo $! > child; wait", timeout_s=0.3)
    assert failure.kind == "timeout"
    child = int((tmp_path / "h" / "child").read_text())
    assert not Path(f"/proc/{child}").exists()


def test_the_last_lines_of_the_log_are_kept(tmp_path):
    failure = failure_of(tmp_path, "seq 1 1000; echo broken >&2; exit 3")
    assert failure.tail.endswith("broken")
    assert "1000" in failure.tail
    assert "\n1\n" not in failure.tail


def test_a_stage_sees_the_allowed_environment_and_its_own(tmp_path):
    place = make_place(tmp_path, make_stage("unit", "env > seen", env={"MINE": "1"}))
    execute_stage("unit", place, make_tools(tmp_path, LANG="C"))
    seen = (tmp_path / "h" / "seen").read_text().splitlines()
    assert {"MINE=1", "LANG=C"} <= set(seen)
    assert not [line for line in seen if "TOKEN" in line]


def test_what_depends_on_a_failed_stage_is_skipped_and_the_rest_runs(tmp_path):
    place = make_place(
        tmp_path,
        make_stage("a", "exit 1"),
        make_stage("b", "true", needs=("a",)),
        make_stage("c", "true", needs=("b",)),
        make_stage("d", "true"),
    )
    done = execute_plan(place, make_tools(tmp_path))
    assert {name: outcome.state for name, outcome in done.items()} == {"a": "failed", "b": "skipped", "c": "skipped", "d": "ran"}
    assert done["b"].unmeasured == "a did not work"


def test_the_lanes_time_ends_the_running_stage_and_starts_no_other(tmp_path):
    place = make_place(tmp_path, make_stage("a", "sleep 30"), make_stage("b", "true"))
    done = execute_plan(place, make_tools(tmp_path), timeout_s=0.3)
    assert [done[name].failure.kind for name in "ab"] == ["lane-timeout", "lane-timeout"]


def test_output_cannot_speak_to_github(tmp_path):
    said = []
    place = make_place(tmp_path, make_stage("unit", "printf '::error::pwned\\n::set-output name=a::b\\n\\033[2J'"))
    tools = make_tools(tmp_path, said=said, guard="secret")
    execute_plan(place, tools)
    start, end = said.index("::stop-commands::secret"), said.index("::secret::")
    inside = said[start + 1 : end]
    assert any("::error::pwned" in line for line in inside)
    assert not any(line.startswith("::") or "\033" in line for line in inside)
    assert said[end + 1] == "::endgroup::"
    assert "unit" in said[-1]


def test_a_long_log_is_echoed_from_its_end(tmp_path):
    said = []
    place = make_place(tmp_path, make_stage("unit", "seq 1 40000"))
    tools = make_tools(tmp_path, said=said)
    outcome = execute_stage("unit", place, tools).outcome
    echo_stage("unit", place, tools, outcome, "[1/1]")
    assert "only the last" in said[0]
    assert said[-2].endswith("40000")


def test_what_a_stage_leaves_running_is_ended_and_said(tmp_path):
    said = []
    place = make_place(tmp_path, make_stage("unit", "sleep 60 & sleep 60 &"))
    done = execute_plan(place, make_tools(tmp_path, said=said))
    assert done["unit"].survivors == 2
    assert "left 2 running, which we ended" in said[-1]

"""Real stages that fail at first: what is tried again, what is put back first, and what is not."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from bench import make_place, make_stage, make_tools
from lanemark.config.types import RecoveryRule
from lanemark.errors import StoppedError
from lanemark.process.crowd import StageCrowd
from lanemark.process.scene import SystemScene
from lanemark.recover.recovery import Freed, Recovery
from lanemark.run.plan import execute_plan


class NoRooms:
    """A disk on which nothing of ours lies."""

    def free(self, root):
        return Freed(bytes=3 << 20, largest=("node_modules (1 GiB)",))


def make_recovery(**more):
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        return True

    crowd = more.pop("crowd", None) or StageCrowd(2)
    facts = {"scene": SystemScene(), "crowd": crowd, "rooms": NoRooms(), "pause": pause, "random": lambda: 0.5, **more}
    return Recovery(**facts), pauses


def run(tmp_path, *stages, said=None, timeout_s=None, jobs=1, **more):
    recovery, pauses = make_recovery(**more)
    place = make_place(tmp_path, *stages)
    tools = replace(make_tools(tmp_path, said=said), recovery=lambda: recovery)
    return execute_plan(place, tools, timeout_s=timeout_s, jobs=jobs), pauses


FLAKY_HOST = "n=$(cat {0} 2>/dev/null || echo 0); echo $((n + 1)) > {0}; [ $n -ge {1} ] || {{ echo 'curl: (7) Failed to connect to example.org port 443' >&2; exit 7; }}"


def test_a_network_failure_is_tried_again_after_a_pause_and_every_try_is_told(tmp_path):
    said = []
    stage = make_stage("get", FLAKY_HOST.format(tmp_path / "count", 2), retries=3)
    done, pauses = run(tmp_path, stage, said=said)
    outcome = done["get"]
    assert outcome.state == "ran"
    assert outcome.recovered
    assert [one.cause for one in outcome.tries] == ["network", "network"]
    assert pauses == [1.0, 2.0]
    assert [one.pause_s for one in outcome.tries] == pauses
    assert "example.org" in outcome.tries[0].signs[0]
    assert any("waited 1" in line and "get failed (network, likely)" in line for line in said)


def test_without_retries_nothing_is_tried_again_and_the_class_is_told(tmp_path):
    done, _ = run(tmp_path, make_stage("get", FLAKY_HOST.format(tmp_path / "count", 1)))
    assert (done["get"].state, done["get"].tries) == ("failed", ())
    assert (done["get"].failure.cause, done["get"].failure.confidence) == ("network", "likely")
    assert (tmp_path / "count").read_text() == "1\n"


def test_the_lane_caps_the_retries_of_its_stages(tmp_path):
    done, _ = run(tmp_path, make_stage("get", FLAKY_HOST.format(tmp_path / "count", 1), retries=2), most=0)
    assert done["get"].state == "failed"


def test_retries_end(tmp_path):
    done, _ = run(tmp_path, make_stage("get", FLAKY_HOST.format(tmp_path / "count", 9), retries=2))
    assert len(done["get"].tries) == 2
    assert (tmp_path / "count").read_text() == "3\n"
    assert "not tried again: it ran 3 times" in done["get"].failure.signs[-1]


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        ("echo '1 failed, 3 passed in 0.10s'; exit 1", "test-failure"),
        ("echo 'cp: cannot open x: Permission denied' >&2; exit 1", "permission"),
        ("kill -SEGV $$", "crash"),
        ("no-such-command-anywhere", "config"),
        ("exit 3", "unknown"),
    ],
)
def test_what_would_fail_again_is_not_tried_again(tmp_path, command, cause):
    done, _ = run(tmp_path, make_stage("unit", f"echo once >> {tmp_path}/ran; {command}", retries=5))
    assert done["unit"].failure.cause == cause
    assert (tmp_path / "ran").read_text() == "once\n"


def test_outputs_are_put_back_before_the_next_try(tmp_path):
    broken = f"echo line >> log.txt; mkdir -p dist; echo half > dist/half; {FLAKY_HOST.format(tmp_path / 'count', 1)}; rm dist/half; echo whole > dist/whole"
    (tmp_path / "h").mkdir()
    (tmp_path / "h" / "log.txt").write_text("before\n")
    done, _ = run(tmp_path, make_stage("build", broken, outputs=("log.txt", "dist/"), retries=1))
    assert done["build"].state == "ran"
    assert (tmp_path / "h" / "log.txt").read_text() == "before\nline\n"
    assert os.listdir(tmp_path / "h" / "dist") == ["whole"]


def test_state_that_a_failed_try_left_half_changed_is_put_back_before_the_next(tmp_path):
    migrate = f"echo begun >> db/table; chmod 644 db/key; mkdir db/half; {FLAKY_HOST.format(tmp_path / 'count', 2)}; rmdir db/half; echo done >> db/table"
    db = tmp_path / "h" / "db"
    db.mkdir(parents=True)
    (db / "table").write_text("base\n")
    (db / "key").write_text("secret\n")
    (db / "key").chmod(0o600)
    done, _ = run(
        tmp_path, make_stage("migrate", f"stat -c %a db/key >> seen; {migrate}", state=("db/",), outputs=("db/",), retries=2)
    )
    assert (done["migrate"].state, len(done["migrate"].tries)) == ("ran", 2)
    assert (db / "table").read_text() == "base\nbegun\ndone\n"
    assert (tmp_path / "h" / "seen").read_text() == "600\n600\n600\n"


@pytest.mark.parametrize("ends", ["sleep 30", "exit 3", "kill -9 $$"], ids=["timeout", "exit", "kill"])
def test_a_stage_that_fails_in_the_end_still_told_every_try_and_began_each_from_what_it_found(tmp_path, ends):
    (tmp_path / "h" / "db").mkdir(parents=True)
    stage = make_stage(
        "migrate", f"echo begun >> db/table; echo our tool gave up; {ends}", state=("db/",), timeout_s=0.5, retries=1
    )
    done, _ = run(tmp_path, stage, rules=(RecoveryRule(match="gave up", cause="crash", line=1, retries=1),))
    assert (done["migrate"].state, len(done["migrate"].tries)) == ("failed", 1)
    assert (tmp_path / "h" / "db" / "table").read_text() == "begun\n"


def test_a_stage_that_ran_out_of_time_runs_again_from_its_state_where_nobody_knows_better(tmp_path):
    hangs = f"echo begun >> db/table; [ -e {tmp_path}/tried ] || {{ touch {tmp_path}/tried; sleep 30; }}; echo done >> db/table"
    (tmp_path / "h" / "db").mkdir(parents=True)
    done, _ = run(tmp_path, make_stage("migrate", hangs, state=("db/",), timeout_s=1.0, retries=3))
    assert (done["migrate"].state, [one.cause for one in done["migrate"].tries]) == ("ran", ["timeout"])
    assert done["migrate"].tries[0].action == "put back what it found and ran it again, with its whole time"
    assert (tmp_path / "h" / "db" / "table").read_text() == "begun\ndone\n"


def test_a_stage_runs_out_of_its_time_no_more_than_twice_and_never_beyond_its_lane(tmp_path):
    stage = make_stage("slow", f"echo x >> {tmp_path}/ran; sleep 30", timeout_s=0.3, retries=5)
    done, _ = run(tmp_path, stage)
    assert (done["slow"].state, (tmp_path / "ran").read_text()) == ("failed", "x\nx\n")
    done, _ = run(tmp_path, make_stage("slow", "sleep 30", retries=5), timeout_s=0.3)
    assert (done["slow"].failure.kind, done["slow"].tries) == ("lane-timeout", ())
    assert "no time left for another try" in done["slow"].failure.signs[-1]


def test_no_retry_where_the_lane_has_no_time_for_the_pause(tmp_path):
    done, pauses = run(
        tmp_path, make_stage("get", FLAKY_HOST.format(tmp_path / "count", 1), retries=3), timeout_s=20.0, random=lambda: 0.0
    )
    assert done["get"].state == "ran"
    (tmp_path / "count").unlink()
    done, pauses = run(
        tmp_path,
        make_stage("get", f"echo 'Retry-After: 50'; {FLAKY_HOST.format(tmp_path / 'count', 1)}", retries=3),
        timeout_s=20.0,
    )
    assert done["get"].state == "failed"
    assert pauses == []
    assert "no time left" in done["get"].failure.signs[-1]


def test_a_cancel_ends_the_pause(tmp_path):
    recovery, _ = make_recovery(pause=lambda _: False)
    place = make_place(tmp_path, make_stage("get", FLAKY_HOST.format(tmp_path / "count", 1), retries=1))
    with pytest.raises(StoppedError):
        execute_plan(place, replace(make_tools(tmp_path), recovery=lambda: recovery))


def test_out_of_memory_runs_again_alone_and_halves_the_crowd(tmp_path):
    crowd = StageCrowd(4)
    hog = (
        f"[ -e {tmp_path}/tried ] && alone=yes; touch {tmp_path}/tried;"
        f' if [ -n "$alone" ]; then [ ! -e {tmp_path}/other ]; else'
        " ulimit -v 200000; python3 -c 'x = bytearray(1 << 30)'; fi"
    )
    other = f"touch {tmp_path}/other; i=0; while [ ! -e {tmp_path}/tried ]; do sleep 0.05; done; sleep 0.5; rm {tmp_path}/other"
    done, _ = run(tmp_path, make_stage("hog", hog, retries=1), make_stage("other", other), jobs=2, crowd=crowd)
    assert done["hog"].state == "ran", done["hog"].failure
    assert done["hog"].tries[0].cause == "out-of-memory"
    assert crowd.limit == 2


def test_a_full_disk_frees_our_own_folders_and_names_the_largest(tmp_path):
    stage = make_stage(
        "fill", f"[ -e {tmp_path}/tried ] && exit 0; touch {tmp_path}/tried; head -c 9 /dev/zero > /dev/full", retries=1
    )
    done, _ = run(tmp_path, stage)
    assert done["fill"].state == "ran"
    assert done["fill"].tries[0].action == (
        "made 3 MiB free in our own cache and ran it again; the largest folders are node_modules (1 GiB)"
    )


def test_a_timeout_is_tried_again_only_where_earlier_runs_were_well_below_it(tmp_path):
    slow = f"[ -e {tmp_path}/tried ] && exit 0; touch {tmp_path}/tried; sleep 30"
    stage = make_stage("unit", slow, timeout_s=0.5, retries=1)
    done, _ = run(tmp_path, stage, longest={"unit": 0.45})
    assert done["unit"].state == "failed"
    assert "the limit is too short" in done["unit"].failure.signs[-1]
    (tmp_path / "tried").unlink()
    done, _ = run(tmp_path, stage, longest={"unit": 0.2})
    assert [one.cause for one in done["unit"].tries] == ["timeout"]
    assert done["unit"].state == "ran"


JUNIT = '<testsuite><testcase classname="tests.test_a.TestA" name="test_b[x]"><failure/></testcase><testcase classname="tests.test_a" name="ok"/></testsuite>'


def failing_suite(tmp_path, rerun, **more):
    tests = tmp_path / "h" / "tests"
    tests.mkdir(parents=True)
    (tests / "test_a.py").write_text("")
    return make_stage("unit", f"echo '{JUNIT}' > junit.xml; exit 1", outputs=("junit.xml",), rerun=rerun, **more)


def test_failed_tests_that_pass_alone_make_a_stage_flaky(tmp_path):
    stage = failing_suite(tmp_path, 'cat "$LANEMARK_FAILED_TESTS" > seen; echo changed > junit.xml', retries=1)
    done, _ = run(tmp_path, stage)
    outcome = done["unit"]
    assert (outcome.state, outcome.flaky) == ("ran", ("tests/test_a.py::TestA::test_b[x]",))
    assert [one.cause for one in outcome.tries] == ["test-failure"]
    assert (tmp_path / "h" / "seen").read_text() == "tests/test_a.py::TestA::test_b[x]\n"
    assert "failure" in (tmp_path / "h" / "junit.xml").read_text(), "what the whole run wrote must stay"


def test_failed_tests_that_fail_again_stay_failed(tmp_path):
    done, _ = run(tmp_path, failing_suite(tmp_path, f"echo again >> {tmp_path}/reruns; exit 1", retries=3))
    assert (done["unit"].state, done["unit"].flaky) == ("failed", ())
    assert done["unit"].failure.tests == ("tests/test_a.py::TestA::test_b[x]",)
    assert (tmp_path / "reruns").read_text() == "again\nagain\n"


def test_hostile_test_names_never_reach_the_list(tmp_path):
    hostile = JUNIT.replace("test_b[x]", "a&#10;--collect-only").replace('classname="tests.test_a.TestA"', 'classname=""')
    stage = make_stage("unit", f"echo '{hostile}' > junit.xml; exit 1", outputs=("junit.xml",), rerun="true", retries=1)
    done, _ = run(tmp_path, stage)
    assert done["unit"].state == "failed"
    assert "cannot stand in a list" in done["unit"].failure.signs[-1]


def test_more_failures_than_names_are_not_run_alone(tmp_path):
    many = "<testsuite>" + '<testcase name="t"><failure/></testcase>' * 51 + "</testsuite>"
    stage = make_stage("unit", f"echo '{many}' > junit.xml; exit 1", outputs=("junit.xml",), rerun="true", retries=1)
    done, _ = run(tmp_path, stage)
    assert done["unit"].state == "failed"
    assert done["unit"].failure.failed_tests == 51


def test_a_report_of_an_earlier_run_is_no_evidence(tmp_path):
    root = tmp_path / "h"
    root.mkdir()
    (root / "junit.xml").write_text(JUNIT)
    os.utime(root / "junit.xml", (1, 1))
    done, _ = run(tmp_path, make_stage("unit", "echo 'curl: (6) Could not resolve host: x' >&2; exit 6", outputs=("junit.xml",)))
    assert done["unit"].failure.cause == "network"


def test_stages_that_want_to_be_alone_wait_for_the_others():
    crowd, order = StageCrowd(3), []
    inside, leave = threading.Event(), threading.Event()

    def lonely():
        with crowd.enter(alone=True):
            order.append("alone")

    def late():
        with crowd.enter():
            order.append("late")

    with crowd.enter():
        first = threading.Thread(target=lonely)
        first.start()
        while not crowd._lonely:
            leave.wait(0.01)
        second = threading.Thread(target=late)
        second.start()
        inside.wait(0.2)
        assert order == []
        order.append("left")
    first.join()
    second.join()
    assert order == ["left", "alone", "late"]


def test_who_waits_for_a_place_gives_up_after_a_cancel():
    crowd = StageCrowd(1)
    with crowd.enter():
        crowd.stop()
        with pytest.raises(StoppedError), crowd.enter():
            pass
    assert crowd.pause(60.0) is False


def test_no_way_out_of_the_workspace_for_the_list(tmp_path):
    stage = failing_suite(tmp_path, 'test -s "$LANEMARK_FAILED_TESTS" && pwd > where', retries=1)
    done, _ = run(tmp_path, stage)
    assert done["unit"].flaky
    assert Path((tmp_path / "h" / "where").read_text().strip()) == tmp_path / "h"

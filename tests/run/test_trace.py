"""A run as a Chrome trace: the events are what viewers of the format read."""

import json

import pytest

from bench import make_place, make_stage, make_tools
from lanemark.plan import Plan, Step
from lanemark.result import Failure, Outcome
from lanemark.run.plan import execute_plan
from lanemark.run.trace import Trace
from lanemark.run.watch import Watches


def check_format(data):
    """Check what the Trace Event Format asks for, and that spans of one row nest; return the events."""
    trace = json.loads(data)
    assert trace["displayTimeUnit"] == "ms"
    events = trace["traceEvents"]
    rows = {}
    for event in events:
        assert event["ph"] in ("X", "M", "b", "e", "i")
        assert isinstance(event["name"], str)
        assert all(isinstance(event[key], int) and event[key] >= 0 for key in ("ts", "pid", "tid"))
        if event["ph"] == "X":
            assert isinstance(event["dur"], int)
            assert event["dur"] >= 0
            rows.setdefault(event["tid"], []).append((event["ts"], event["ts"] + event["dur"]))
        elif event["ph"] in "be":
            assert {"id", "cat"} <= event.keys()
        elif event["ph"] == "M":
            assert event["name"] in ("process_name", "thread_name")
            assert event["args"]["name"]
        else:
            assert event["s"] == "p"
    for spans in rows.values():
        for start, end in spans:
            assert all(end <= a or b <= start or (a <= start and end <= b) or (start <= a and b <= end) for a, b in spans)
    begun = [event["id"] for event in events if event["ph"] == "b"]
    assert begun == [event["id"] for event in events if event["ph"] == "e"]
    assert {event["tid"] for event in events} <= {event["tid"] for event in events if event["name"] == "thread_name"}
    return events


class Now:
    def __init__(self):
        self.at = 50.0

    def __call__(self):
        return self.at


def ran(stage):
    return Outcome(stage=stage, state="ran")


def test_stages_have_the_lowest_free_row_and_what_waits_is_told():
    now = Now()
    trace = Trace(now)
    steps = tuple(Step(stage=name, needs=needs) for name, needs in (("a", ()), ("b", ()), ("c", ()), ("d", ("a",))))
    trace.plan(Plan(lane="standard", steps=steps), 2)
    trace.start(steps[0])
    trace.start(steps[1])
    now.at = 51.0
    with trace.phase("a", "storing"):
        now.at = 51.5
    trace.end(ran("a"))
    trace.start(steps[2])
    now.at = 52.0
    trace.end(ran("c"))
    trace.end(Outcome(stage="b", state="failed", failure=Failure(kind="exit", evidence="exit status 3")))
    trace.end(Outcome(stage="d", state="skipped", unmeasured="a did not work"))
    events = check_format(trace.write(ending="ended"))
    stages = {event["name"]: event for event in events if event.get("cat") == "stage"}
    assert {name: (event["tid"], event["ts"], event["dur"]) for name, event in stages.items()} == {
        "a": (1, 0, 1_500_000),
        "b": (2, 0, 2_000_000),
        "c": (1, 1_500_000, 500_000),
    }
    assert stages["b"]["args"] == {"state": "failed", "why": "exit status 3"}
    (phase,) = [event for event in events if event.get("cat") == "phase"]
    assert (phase["name"], phase["tid"], phase["ts"], phase["dur"]) == ("storing", 1, 1_000_000, 500_000)
    waits = [(event["id"], event["ph"], event["ts"]) for event in events if event.get("cat") == "waiting"]
    assert waits == [("c", "b", 0), ("c", "e", 1_500_000)]
    (skipped,) = [event for event in events if event.get("cat") == "skipped"]
    assert (skipped["name"], skipped["args"]["why"]) == ("d", "a did not work")
    (run,) = [event for event in events if event.get("cat") == "run"]
    assert (run["tid"], run["dur"], run["args"]) == (0, 2_000_000, {"ending": "ended"})


def test_what_still_runs_ends_with_the_trace():
    now = Now()
    trace = Trace(now)
    trace.plan(Plan(lane="standard", steps=(Step(stage="a"),)), 1)
    trace.start(Step(stage="a"))
    now.at = 53.0
    events = check_format(trace.write(ending="cancelled"))
    (stage,) = [event for event in events if event.get("cat") == "stage"]
    assert (stage["dur"], stage["args"]["state"]) == (3_000_000, "cancelled")


def test_empty_run_is_a_trace_too():
    assert [event["name"] for event in check_format(Trace(Now()).write(ending="ended"))][:2] == ["process_name", "thread_name"]


@pytest.mark.parametrize("jobs", [1, 3])
def test_real_run_nests(tmp_path, jobs):
    tools = make_tools(tmp_path)
    trace = Trace(tools.clock.monotonic)
    tools = type(tools)(**{**{name: getattr(tools, name) for name in tools.__slots__}, "watch": Watches(trace)})
    stages = [make_stage(f"s{number}", "sleep 0.02") for number in range(5)]
    stages += [make_stage("bad", "exit 1"), make_stage("lost", "true", needs=("bad",)), make_stage('"\n\u202e', "true")]
    execute_plan(make_place(tmp_path, *stages), tools, jobs=jobs)
    events = check_format(trace.write(ending="ended"))
    states = {event["name"]: event["args"]["state"] for event in events if event.get("cat") == "stage"}
    assert states == {**{f"s{number}": "ran" for number in range(5)}, "bad": "failed", '"\n\u202e': "ran"}
    assert max(event["tid"] for event in events) == jobs
    running = [event for event in events if event["name"] == "running"]
    assert len(running) == 7

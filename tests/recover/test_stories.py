"""What a journal tells, and what a resume makes of it."""

import pytest

from lanemark.recover.checkpoint import Checkpoint, Part
from lanemark.recover.journal import Checkpointed, Entry, Heartbeat, Restored, RunEnd, RunStart, StageEnd, StageStart
from lanemark.recover.resume import compare_runs, plan_resume
from lanemark.recover.story import explain_loss, replay_journal

DIGEST = "0" * 64
STAGES = {"gen": "1", "mig": "2", "app": "3"}
WRITES = {"gen": ("dist/",), "mig": ("db/",), "app": ("app.out",)}


def start(**rest):
    return RunStart(**{"run": "r1", "lane": "standard", "stages": STAGES, "source": "s", **rest})


def story(*events):
    return replay_journal([Entry(seq=number, at="now", event=event) for number, event in enumerate((start(), *events), 1)])


def ran(stage, *, key=None, checkpoint="c9", state="ran"):
    return StageEnd(stage=stage, state=state, key=key, checkpoint=checkpoint)


def began(stage):
    return StageStart(stage=stage, writes=WRITES[stage])


def last(*paths):
    parts = tuple(Part(path=path, items=DIGEST, identity=DIGEST) for path in paths or ("dist/", "db/", "app.out"))
    return Checkpoint(id="c9", order=1, created="", generator="", when="stage", parts=parts)


def plan(told, now=None, checkpoint=None, stands=lambda _: True):
    return plan_resume(told, now or start(run="r2"), checkpoint or last(), WRITES, stands)


def test_a_stage_that_started_and_did_not_end_was_interrupted():
    told = story(Checkpointed(id="c0"), began("gen"), ran("gen"), began("app"))
    assert (list(told.finished), told.interrupted, told.dirty, told.checkpoint) == (
        ["gen"],
        {"app": ("app.out",)},
        ("app.out",),
        "c9",
    )


def test_a_failed_stage_leaves_dirt_and_one_that_worked_after_it_does_not():
    assert story(began("gen"), ran("gen", state="failed", checkpoint="")).dirty == ("dist/",)
    assert story(began("gen"), ran("gen", state="failed", checkpoint=""), began("gen"), ran("gen")).dirty == ()


def test_what_was_put_back_is_not_dirty():
    told = story(began("gen"), Restored(id="c0", undo="c1", paths=("dist/",)))
    assert told.dirty == ()


def test_no_journal_tells_nothing():
    assert replay_journal([]) is None


def test_a_resume_goes_on_behind_what_holds_and_rolls_back_what_was_interrupted():
    found = plan(story(Checkpointed(id="c0"), began("gen"), ran("gen", key="k"), began("mig"), ran("mig"), began("app")))
    assert (list(found.finished), found.rollback, found.missing, found.again) == (["gen", "mig"], ("app.out",), (), ("app",))
    assert (found.why_not, found.notes) == ((), ())


def test_an_untracked_stage_holds_only_while_the_checkout_is_what_it_was():
    told = story(began("mig"), ran("mig"))
    assert list(plan(told).finished) == ["mig"]
    for source in ("other", ""):
        found = plan(told, start(run="r2", source=source))
        assert not found.finished
        assert "declares no inputs" in found.notes[0]


def test_a_tracked_stage_holds_whatever_the_checkout_is_because_its_key_is_asked_for():
    assert list(plan(story(began("gen"), ran("gen", key="k")), start(run="r2", source="")).finished) == ["gen"]


def test_an_output_that_was_changed_makes_its_stage_run_again():
    found = plan(story(began("gen"), ran("gen", key="k")), stands=lambda _: False)
    assert (list(found.finished), found.rollback) == ([], ())
    assert "dist/ is not what it left" in found.notes[0]


def test_what_another_machine_does_not_have_comes_back():
    found = plan(story(began("gen"), ran("gen", key="k")), stands=lambda _: None)
    assert (list(found.finished), found.missing) == (["gen"], ("dist/",))


def test_a_stage_whose_result_could_not_be_kept_runs_again():
    found = plan(story(began("gen"), ran("gen", key="k", checkpoint="")))
    assert (list(found.finished), found.rollback) == ([], ("dist/",))


def test_state_that_an_interrupted_stage_shares_does_not_take_back_who_finished():
    told = story(
        began("gen"), ran("gen"), StageStart(stage="mig", writes=("db/",)), ran("mig"), StageStart(stage="app", writes=("db/",))
    )
    found = plan_resume(told, start(run="r2"), last(), {**WRITES, "app": ("db/",)}, lambda path: path != "db/")
    assert (list(found.finished), found.rollback) == (["gen", "mig"], ("db/",))


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (start(lane="heavy"), "the lane was standard and is heavy now"),
        (start(stages={"gen": "1", "mig": "2"}), "stage app is not part of it any more"),
        (start(stages={**STAGES, "new": "4"}), "stage new is new in it"),
        (start(stages={**STAGES, "mig": "9"}), "stage mig is declared otherwise now"),
        (start(around="other"), "the machine or the variables that stages get are others"),
    ],
)
def test_a_run_that_would_be_another_one_does_not_go_on(now, why):
    assert compare_runs(start(), now) == (why,)
    assert plan(story(began("gen"), ran("gen")), now).why_not == (why,)


def test_without_its_last_checkpoint_a_run_does_not_go_on():
    told = story(began("gen"), ran("gen"))
    assert plan_resume(told, start(run="r2"), None, WRITES, lambda _: True).why_not


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ((RunEnd(state="cancelled"),), "cancelled"),
        ((RunEnd(state="failed"),), "a stage failed"),
        ((Heartbeat(rss=9 << 30, available=100 << 20, disk_free=1 << 40),), "probably out of memory"),
        ((Heartbeat(rss=1 << 30, available=9 << 30, disk_free=1 << 20),), "the disk was full"),
        ((Heartbeat(rss=1 << 30, available=9 << 30, disk_free=1 << 40),), "killed"),
        ((Heartbeat(),), "killed"),
        ((), "killed"),
    ],
)
def test_how_a_run_was_lost(events, words):
    assert words in explain_loss(story(*events))

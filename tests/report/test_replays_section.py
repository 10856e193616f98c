"""What was not run again, in words: which stages, from where, what it saved, and nothing of it in a stranger's words."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from markdown_reader import skeleton
from report_builders import BASE, ran, result

from lanemark.report.replays import MOST_NAMED, origin_words, replay_sentence, replayed_stages
from lanemark.report.voice import MARKDOWN
from lanemark.result import Outcome, Pair, Replay

OLD = Replay(created="2026-11-20T10:00:00Z", wall_s=12.0, run_id=123, commit=BASE)


def replayed(stage, **more):
    return Outcome(stage=stage, state="replayed", replay=msgspec.structs.replace(OLD, **more))


def pair(head, base=None):
    return Pair(head=result(outcomes=tuple(head)), base=None if base is None else result("base", outcomes=tuple(base)))


def test_nothing_is_said_where_everything_ran():
    assert replay_sentence(pair([ran("unit")], [ran("unit")])) == ""


def test_each_stage_is_named_once_with_its_sides_and_runs():
    told = pair([replayed("unit"), ran("lint")], [replayed("unit", run_id=124), replayed("lint", run_id=0, wall_s=1.0)])
    assert replay_sentence(told) == (
        "Not run again, because nothing they read changed: unit (head and base, from run 123, 2026-11-20 and from run 124, 2026-11-20),"
        " lint (base, from an earlier run, 2026-11-20). That saved 25 s."
    )
    assert [(one.stage, one.sides) for one in replayed_stages(told)] == [("unit", "head and base"), ("lint", "base")]


def test_many_stages_are_counted():
    told = replay_sentence(pair([replayed(f"s{number}") for number in range(MOST_NAMED + 3)]))
    assert "s5 (head, from run 123, 2026-11-20) and 3 more." in told
    assert "s6" not in told


def test_origin_has_a_commit_only_where_that_is_one():
    assert origin_words(OLD) == f"from run 123 on {BASE[:7]}, 2026-11-20"
    assert origin_words(msgspec.structs.replace(OLD, commit="evil`x`", created="<script>", run_id=-4)) == "from an earlier run"
    assert origin_words(None) == ""


def test_time_that_no_run_can_have_saved_is_not_told():
    for wall_s in (-1.0, 1e300):
        assert "saved" not in replay_sentence(pair([replayed("unit", wall_s=wall_s)]))


@given(st.text(max_size=80), st.text(max_size=40), st.text(max_size=20))
def test_hostile_names_are_text_and_nothing_else(stage, commit, created):
    said = replay_sentence(pair([replayed(stage, commit=commit, created=created)]), MARKDOWN)
    assert said.startswith("Not run again")
    assert "\n" not in said
    assert skeleton(said) == ["DOCUMENT_FRAGMENT", "p"]

import msgspec
import pytest

from judge.facts import measured, policy, ran, result, samples
from lanemark.compare.types import Comparison
from lanemark.judge.overall import judge
from lanemark.judge.types import PastRun
from lanemark.metric import Usage

WALLS = tuple(1.0 + 0.01 * ((7 * place) % 11) for place in range(14))
NONE = Comparison(reason="not asked for")


def past(walls=WALLS, *, share=0.9, machine="m1"):
    return [
        PastRun(
            result=result(ran("unit"), experiment=f"p{place}", machine=machine, samples=samples("unit", [wall] * 3, share=share))
        )
        for place, wall in enumerate(walls)
    ]


def judged(wall, known, *, share=0.9, **facts):
    facts = {"samples": samples("unit", [wall] * 3, share=share)} | facts
    return judge(measured(ran("unit"), baseline="none", **facts), NONE, policy(), past=known)


@pytest.mark.parametrize(("wall", "found"), [(1.5, 1), (0.6, 1), (1.05, 0)])
def test_a_figure_outside_what_the_past_predicts_is_found_on_either_side(wall, found):
    assert len(judged(wall, past()).surprises) == found


@pytest.mark.parametrize(("share", "metric"), [(0.9, "cpu"), (0.1, "wall")])
def test_the_primary_metric_is_looked_at_with_its_bounds(share, metric):
    (one,) = judged(2.0, past(share=share), share=share).surprises
    assert (one.stage, one.metric, one.runs) == ("unit", metric, 14)
    assert one.value == pytest.approx(2.0 if metric == "wall" else 1.8)
    assert one.low < (1.0 if metric == "wall" else 0.9) < one.high < one.value


def test_a_surprise_gates_nothing():
    calm, loud = judged(1.05, past()), judged(9.0, past())
    assert loud.surprises
    assert (loud.verdict, loud.exit_status, loud.gates, loud.notices) == (
        calm.verdict,
        calm.exit_status,
        calm.gates,
        calm.notices,
    )


def test_fewer_than_ten_runs_or_another_machine_predict_nothing():
    assert judged(9.0, past(WALLS[:9])).surprises == ()
    assert judged(9.0, past(WALLS[:10])).surprises != ()
    assert judged(9.0, past(machine="m2")).surprises == ()
    assert judged(9.0, [*past(WALLS[:9]), *past(WALLS[9:], machine="m2")]).surprises == ()


def test_a_deciding_run_alone_is_not_held_against_medians_of_samples():
    assert judged(9.0, past(), samples=()).surprises == ()


def test_past_runs_whose_figures_cannot_be_are_not_counted():
    known = past()
    for place in range(5):
        forged = msgspec.structs.replace(known[place].result.samples[0], usage=Usage(wall_s=-1.0, user_s=-1.0, system_s=0.0))
        known[place] = msgspec.structs.replace(
            known[place], result=msgspec.structs.replace(known[place].result, samples=(forged,))
        )
    assert judged(9.0, known).surprises == ()

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.errors import DataError
from lanemark.stats.family import holm

CHANCES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def rejected_by_holm(chances: list[float], alpha: float) -> set[int]:
    """The procedure as Holm wrote it: from the smallest on, reject while p <= alpha / (what is left), then stop."""
    found: set[int] = set()
    for rank, index in enumerate(sorted(range(len(chances)), key=chances.__getitem__)):
        if chances[index] * (len(chances) - rank) > alpha:
            break
        found.add(index)
    return found


@given(CHANCES, st.floats(0.001, 0.999))
def test_rejecting_adjusted_chances_at_alpha_is_holms_procedure(chances, alpha):
    adjusted = holm(chances)
    assert {index for index, chance in enumerate(adjusted) if chance <= alpha} == rejected_by_holm(chances, alpha)


def test_the_adjusted_chances_of_a_worked_example():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


@given(CHANCES)
def test_adjusting_never_lowers_and_stays_between_one_question_and_bonferroni(chances):
    for plain, adjusted in zip(chances, holm(chances), strict=True):
        assert plain <= adjusted <= min(1.0, max(plain, plain * len(chances), *chances) * len(chances))
    assert min(holm(chances)) == pytest.approx(min(1.0, min(chances) * len(chances)))


@given(CHANCES, st.randoms())
def test_the_order_of_the_questions_does_not_matter(chances, random):
    shuffled = chances[:]
    random.shuffle(shuffled)
    assert sorted(holm(shuffled)) == sorted(holm(chances))


def test_a_family_of_true_nulls_is_seldom_wrong_about_even_one():
    draw = np.random.default_rng(6)
    wrong = sum(min(holm(list(draw.random(20)))) <= 0.05 for _ in range(4000))
    assert 140 <= wrong <= 250  # 4.9 % by theory: 195 of 4,000, and four standard errors


def test_no_questions_and_one_question():
    assert holm([]) == ()
    assert holm([0.03]) == (0.03,)


@pytest.mark.parametrize("bad", [-0.01, 1.01, math.nan])
def test_what_is_no_chance_is_refused(bad):
    with pytest.raises(DataError, match="p-value"):
        holm([0.5, bad])

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.facts import band, difference, effect
from lanemark.config.types import Lane
from lanemark.judge.bands import BUILT_IN, bands_of, weigh_effect
from lanemark.judge.types import Verdict

SLOW = effect(0.15, 0.12, 0.18)
RANK = {Verdict.PASS: 0, Verdict.UNKNOWN: 1, Verdict.WARN: 2, Verdict.FAIL: 3}

# band: warn from 3 %, fail from 10 %, unless the row says otherwise
TABLE = {
    "slower and sure": (effect(0.15, 0.12, 0.18), {}, "fail", ()),
    "just at the limit": (effect(0.10, 0.071, 0.12), {}, "fail", ()),
    "slow, but perhaps below warn": (effect(0.15, 0.03, 0.27), {}, "warn", ("unstable",)),
    "slightly slower and sure": (effect(0.05, 0.01, 0.06), {}, "warn", ()),
    "just at the warn limit": (effect(0.03, 0.001, 0.04), {}, "warn", ()),
    "slower, perhaps not": (effect(0.05, 0.0, 0.06), {}, "unknown", ()),
    "equal and sure": (effect(0.0, -0.01, 0.029), {}, "pass", ()),
    "equal, perhaps at the limit": (effect(0.0, -0.01, 0.03), {}, "unknown", ()),
    "equal and very noisy": (effect(0.0, -0.2, 0.2), {}, "unknown", ("unstable",)),
    "surely slower by less than warn": (effect(0.02, 0.01, 0.025), {}, "pass", ()),
    "faster": (effect(-0.2, -0.22, -0.18), {}, "pass", ("improved",)),
    "faster by less than warn": (effect(-0.02, -0.025, -0.01), {}, "pass", ()),
    "no bounds": (effect(0.5, None, None, pairs=5), {}, "unknown", ("few-pairs",)),
    "bounded by extremes": (effect(0.15, 0.12, 0.18, pairs=3), {}, "fail", ("few-pairs",)),
    "only fail, reached": (effect(0.15, 0.01, 0.2), {"warn": None}, "fail", ()),
    "only fail, reached by luck": (effect(0.15, 0.0, 0.2), {"warn": None}, "unknown", ()),
    "only fail, below": (effect(0.05, 0.04, 0.09), {"warn": None}, "pass", ()),
    "only fail, perhaps reached": (effect(0.05, 0.04, 0.11), {"warn": None}, "unknown", ()),
    "only warn": (effect(5.0, 4.0, 6.0), {"fail": None}, "warn", ("unstable",)),
    "no limit at all": (effect(0.0, 0.0, 0.0), {"warn": None, "fail": None}, "unknown", ()),
    "below the floor": (effect(0.15, 0.12, 0.18), {"floor": 0.2}, "pass", ()),
    "perhaps below the floor": (effect(0.15, 0.12, 0.25), {"floor": 0.2}, "unknown", ("unstable",)),
    "over the floor": (effect(0.25, 0.22, 0.27), {"floor": 0.2}, "fail", ()),
}


@pytest.mark.parametrize("case", TABLE)
def test_a_band_weighs(case):
    found, limits, verdict, tags = TABLE[case]
    finding = weigh_effect(difference(found), band(**limits), confirm=False)
    assert (finding.verdict, finding.tags) == (verdict, tags)
    assert finding.reason


CONFIRMATIONS = {
    "none": (None, "warn"),
    "agrees": (effect(0.12, 0.02, 0.15), "fail"),
    "smaller": (effect(0.09, 0.08, 0.10), "warn"),
    "perhaps nothing": (effect(0.12, 0.0, 0.3), "warn"),
    "without bounds": (effect(0.12, None, None, pairs=4), "warn"),
}


@pytest.mark.parametrize("case", CONFIRMATIONS)
def test_a_fail_counts_only_when_a_second_batch_agrees(case):
    second, verdict = CONFIRMATIONS[case]
    finding = weigh_effect(difference(SLOW, second), band(), confirm=True)
    assert finding.verdict == verdict
    assert ("unconfirmed" in finding.tags) == (verdict == "warn")


def test_the_floor_is_in_the_metrics_unit():
    # 5 ms of floor on a stage of 10 ms is half of it; on one of 10 s it is nothing.
    assert weigh_effect(difference(SLOW, base=0.010), band(floor=0.005), confirm=False).verdict == "pass"
    assert weigh_effect(difference(SLOW, base=10.0), band(floor=0.005), confirm=False).verdict == "fail"


def test_from_nothing_to_something_is_over_the_floor():
    huge = effect(1e6, 9e5, 2e6)
    assert weigh_effect(difference(huge, base=0.0), band(floor=0.005), confirm=False).verdict == "fail"


def test_a_reason_says_the_change_its_bounds_and_the_limit():
    reason = weigh_effect(difference(SLOW, effect(0.14, 0.11, 0.17)), band(), confirm=True).reason
    assert reason == (
        "+15.0 % (+12.0 % to +18.0 %, 10 pairs) reaches the limit of 10 %;"
        " a second batch shows +14.0 % (+11.0 % to +17.0 %, 10 pairs)"
    )


def test_an_unknown_says_what_would_have_been_seen_and_five_pairs_do_not_boast():
    noisy = weigh_effect(difference(effect(0.0, -0.2, 0.2, noise=0.1)), band(), confirm=False)
    assert noisy.reason.endswith("a change of about 17.6 % would have been seen")
    few = weigh_effect(difference(effect(0.0, None, None, pairs=1, noise=0.0)), band(), confirm=True)
    assert few.reason == "1 pair, and 9 are the least; they are too few to say what they could have shown"


FIGURE = st.floats(min_value=-0.9, max_value=3)
LIMIT = st.none() | st.floats(min_value=0.001, max_value=1)


@st.composite
def weighed(draw):
    low, value, high = sorted([draw(FIGURE), draw(FIGURE), draw(FIGURE)])
    warn, fail = draw(LIMIT), draw(LIMIT)
    if warn is not None and fail is not None:
        warn, fail = sorted([warn, fail])
    return effect(value, low, high), band(warn=warn, fail=fail, floor=draw(st.sampled_from([0.0, 0.05])))


@given(weighed(), st.floats(min_value=1.0, max_value=3))
def test_a_slower_head_is_never_judged_better(case, factor):
    found, limits = case
    shifted = effect(*[max(figure, (1 + figure) * factor - 1) for figure in (found.value, found.low, found.high)])
    before = weigh_effect(difference(found), limits, confirm=False).verdict
    after = weigh_effect(difference(shifted), limits, confirm=False).verdict
    assert RANK[after] >= RANK[before]


@given(weighed())
def test_confirmation_only_softens_and_only_to_a_warn(case):
    found, limits = case
    alone = weigh_effect(difference(found), limits, confirm=False).verdict
    confirmed = weigh_effect(difference(found), limits, confirm=True).verdict
    assert confirmed == (Verdict.WARN if alone is Verdict.FAIL else alone)
    assert weigh_effect(difference(found, found), limits, confirm=True).verdict == alone or found.low <= 0


@given(weighed(), st.sets(st.sampled_from(["value", "low", "high"]), min_size=1))
def test_what_is_not_a_number_never_passes(case, broken):
    found, limits = case
    lost = msgspec.structs.replace(found, **dict.fromkeys(broken, math.nan))
    assert weigh_effect(difference(lost), limits, confirm=False).verdict is not Verdict.PASS
    none = msgspec.structs.replace(found, **dict.fromkeys(broken - {"value"} or {"low"}))
    assert weigh_effect(difference(none), limits, confirm=False).verdict is Verdict.UNKNOWN
    assert weigh_effect(difference(None), limits, confirm=False).verdict is Verdict.UNKNOWN


def lane(*bands):
    return Lane(name="standard", line=1, bands=bands)


def test_only_the_primary_metric_has_a_built_in_band():
    assert bands_of(lane(), "unit", "cpu") == (BUILT_IN["cpu"],)
    assert bands_of(lane(), "unit", "wall") == (BUILT_IN["wall"],)
    assert not any(built_in.written for built_in in BUILT_IN.values())


def test_a_written_band_wins_over_the_default_and_that_over_the_built_in():
    default, own, other = band("cpu", stage="default", warn=0.5), band("cpu", warn=0.6), band("wall", stage="other")
    assert bands_of(lane(default), "unit", "cpu") == (default,)
    assert bands_of(lane(own, default), "unit", "cpu") == (own,)
    assert bands_of(lane(other), "unit", "cpu") == (BUILT_IN["cpu"],)


def test_a_band_on_another_metric_leaves_the_primary_its_own():
    memory = band("rss_peak")
    assert bands_of(lane(memory), "unit", "wall") == (BUILT_IN["wall"], memory)

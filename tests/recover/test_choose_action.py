"""What is done, how often, and after how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.recover.breaker import FAILURES, OPEN_S, Breaker
from lanemark.recover.choose import MOST_TRIES, backoff_s, choose_action
from lanemark.recover.types import Diagnosis
from lanemark.result import Try


def choose(
    cause, before=0, *, allowed=5, now=0.0, breaker=None, random=lambda: 0.5, limit_s=None, longest=None, rerun=False, **more
):
    found = Diagnosis(cause=cause, confidence="likely", signs=("x",), **more)
    tries = tuple(Try(cause=cause, evidence="x", action="x") for _ in range(before))
    return choose_action(
        found,
        "unit",
        tries,
        allowed=allowed,
        random=random,
        breaker=breaker or Breaker(),
        now=now,
        limit_s=limit_s,
        longest=longest,
        rerun=rerun,
    )


@pytest.mark.parametrize("cause", sorted(MOST_TRIES))
def test_each_class_has_its_bound(cause):
    more = {"manager": "pip", "integrity": True} if cause == "install" else {}
    kind = {
        "network": "wait",
        "out-of-memory": "alone",
        "disk-full": "free-disk",
        "install": "purge",
        "test-failure": "rerun-failed",
    }
    extra = {"limit_s": 100.0, "longest": {"unit": 50.0}, "rerun": True}
    most = MOST_TRIES[cause]
    assert choose(cause, most - 1, **extra, **more).kind == kind.get(cause, "retry")
    assert choose(cause, most, **extra, **more).kind == "none"
    assert choose(cause, 0, allowed=0, **extra, **more).kind == "none"


@pytest.mark.parametrize(
    "cause",
    ["test-failure", "flaky", "permission", "cancelled", "interrupted", "crash", "config", "unknown", "install"],
)
def test_what_is_never_tried_again_says_why(cause):
    chosen = choose(cause)
    assert chosen.kind == "none"
    assert chosen.why_not


@given(st.integers(1, 9), st.floats(0, 0.999))
def test_the_pause_grows_and_is_spread_over_all_of_it(again, chance):
    top = min(30.0, 2.0**again)
    assert backoff_s(again, lambda: chance) == pytest.approx(chance * top)


def test_a_server_is_left_alone_as_long_as_it_asks_up_to_a_minute():
    assert choose("network", retry_after_s=17.0).pause_s == 17.0
    assert choose("network", retry_after_s=3000.0).pause_s == 60.0
    assert choose("network", random=lambda: 0.9, retry_after_s=0.1).pause_s == 1.8


def test_a_host_that_failed_three_times_is_left_alone_and_then_asked_by_one():
    breaker, hosts = Breaker(), ("a.example",)
    for second in range(FAILURES):
        assert breaker.wait_s(hosts, second) == 0.0
        breaker.note_failure(hosts, second)
    assert breaker.open_hosts == hosts
    assert breaker.wait_s(hosts, 3.0) == OPEN_S - 1.0
    assert choose("network", hosts=hosts, breaker=breaker, now=3.0).pause_s == OPEN_S - 1.0
    assert breaker.wait_s(hosts, 40.0) == 0.0
    assert breaker.wait_s(hosts, 41.0) == OPEN_S, "one probe is enough"
    breaker.note_failure(hosts, 41.0)
    assert breaker.wait_s(hosts, 42.0) == OPEN_S - 1.0
    breaker.note_success(hosts)
    assert breaker.wait_s(hosts, 43.0) == 0.0
    assert breaker.wait_s(("b.example",), 3.0) == 0.0


def test_a_rule_of_the_user_allows_what_its_class_does_not():
    assert choose("crash", retries=1).kind == "retry"
    assert choose("crash", 1, retries=1).kind == "none"
    assert choose("network", retries=0).kind == "none"


@pytest.mark.parametrize(
    ("longest", "kind"), [({}, "retry"), ({"unit": 79.0}, "retry"), ({"unit": 81.0}, "none"), ({"other": 99.0}, "retry")]
)
def test_a_timeout_is_tried_again_once_unless_earlier_runs_say_that_the_limit_is_too_short(longest, kind):
    assert choose("timeout", limit_s=100.0, longest=longest).kind == kind
    assert choose("timeout", 1, limit_s=100.0, longest=longest).kind == "none"

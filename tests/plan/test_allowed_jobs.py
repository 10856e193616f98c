import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.plan.jobs import allowed_jobs


def test_two_breaches_in_a_row_leave_one_at_a_time_and_say_why():
    jobs, why = allowed_jobs(4, [True, True, False])
    assert jobs == 1
    assert "instead of up to 4 side by side" in why
    assert "the last two runs" in why


@pytest.mark.parametrize("breaches", [[], [True], [False, True, True], [True, False, True], [False]])
def test_one_good_run_among_the_last_two_or_too_few_runs_leave_all(breaches):
    assert allowed_jobs(4, breaches) == (4, "")


@given(st.integers(-3, 50), st.lists(st.booleans()))
def test_never_more_than_asked_never_none_and_a_reason_exactly_where_it_is_fewer(asked, breaches):
    jobs, why = allowed_jobs(asked, breaches)
    assert 1 <= jobs <= max(asked, 1)
    assert bool(why) == (jobs < asked)

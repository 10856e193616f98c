"""What is said of checkpoints and recoveries, and the shares that follow from their figures."""

import pytest

from lanemark.report.recoveries import recovery_words
from lanemark.result import Failure, Outcome, Try
from lanemark.result.recoveries import Recoveries, count_recoveries

AGAIN = (Try(cause="network", evidence="e", action="a"),)
FAILED = Failure(kind="exit", evidence="exit status 1")


def test_stages_that_failed_ran_again_and_worked_are_counted_apart():
    outcomes = [
        Outcome(stage="well", state="ran"),
        Outcome(stage="got over", state="ran", tries=AGAIN),
        Outcome(stage="flaky", state="ran", tries=AGAIN, flaky=("t",)),
        Outcome(stage="in vain", state="failed", tries=AGAIN, failure=FAILED),
        Outcome(stage="at once", state="failed", failure=FAILED),
        Outcome(stage="not begun", state="skipped"),
    ]
    found = count_recoveries(outcomes, Recoveries(checkpoints=2))
    assert (found.failed, found.tried, found.recovered, found.checkpoints) == (4, 3, 2, 2)
    assert found.success_rate == pytest.approx(2 / 3)
    assert "2 of 3 stages that ran again after a failure worked" in recovery_words(found)


def test_no_data_is_no_share_and_nothing_is_said():
    assert (Recoveries().dedup, Recoveries().success_rate) == (None, None)
    assert recovery_words(count_recoveries([Outcome(stage="well", state="ran")])) == ""


def test_every_figure_has_its_unit():
    one = Recoveries(
        checkpoints=3,
        create_s=0.0125,
        covered_bytes=4096,
        new_bytes=1024,
        restores=1,
        restore_s=0.5,
        verify_s=0.25,
        restored_bytes=9,
    )
    assert one.dedup == 0.75
    assert recovery_words(one) == (
        "3 checkpoints in 12.5 ms, 1 KiB new of 4 KiB; files put back once in 500 ms, 250 ms of them to check it, 9 B written"
    )


def test_more_new_bytes_than_covered_ones_share_nothing():
    assert Recoveries(covered_bytes=10, new_bytes=20).dedup == 0

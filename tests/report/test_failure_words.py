"""What the four reports say of a failure: its class, the evidence, what was tried, the last lines, the next step."""

from typing import get_args

import msgspec
import pytest
from report_builders import failed_stage, model, ran, result

from lanemark.report.comment import write_comment
from lanemark.report.console import write_console
from lanemark.report.failures import CAUSE_WORDS
from lanemark.report.page import write_page
from lanemark.report.summary import write_summary
from lanemark.result import Cause, Failure, Outcome, Try
from lanemark.units import seconds

TRY = Try(
    cause="network",
    confidence="likely",
    evidence="exit status 7",
    action="waited 2.5 s for pypi.org and ran it again",
    wall_s=1.5,
    pause_s=2.5,
)
FAILURE = Failure(
    kind="exit",
    evidence="exit status 7",
    status=7,
    tail="first\nlast words",
    cause="network",
    confidence="likely",
    signs=("curl: (7) Failed to connect", "not tried again: it ran 2 times, and no more are allowed"),
)


def told(outcome, *gates):
    return model(*gates, head=result(outcomes=(ran("install"), outcome)))


@pytest.mark.parametrize("write", [write_comment, write_summary, write_console, write_page])
def test_a_failure_is_told_in_full(write):
    text = " ".join(
        write(told(Outcome(stage="unit", state="failed", failure=FAILURE, tries=(TRY,)), failed_stage())).replace("`", "").split()
    )
    assert "the network failed (network, likely)" in text
    assert "curl: (7) Failed to connect" in text
    assert "no more are allowed" in text
    assert f"try 1 failed after {seconds(1.5)} (network, likely), waited 2.5 s for pypi.org and ran it again" in text
    assert "last words" in text
    assert "run the job again; if it happens often, give the stage retries" in text


@pytest.mark.parametrize("write", [write_comment, write_summary, write_console, write_page])
def test_a_failure_that_nobody_looked_into_has_no_empty_words(write):
    bare = msgspec.structs.replace(FAILURE, cause="unknown", signs=())
    text = write(told(Outcome(stage="unit", state="failed", failure=bare), failed_stage()))
    assert "the reason is not known" not in text
    assert "vidence:" not in text


@pytest.mark.parametrize("write", [write_summary, write_page])
def test_a_stage_that_was_tried_again_says_so_in_its_row(write):
    text = write(told(ran("unit", tries=(TRY,)))).replace("`", "")
    assert "try 1 failed after" in text


@pytest.mark.parametrize("write", [write_summary, write_page])
def test_a_flaky_stage_has_a_word_of_its_own(write):
    assert f"passed (flaky), {seconds(3.0)}" in write(told(ran("unit", flaky=("t1",)))).replace("`", "")


def test_every_class_has_words():
    assert set(CAUSE_WORDS) == set(get_args(Cause))

"""Rules for the whole suite.

Where `LANEMARK_REQUIRE=1` is set (continuous integration), a test that skips itself because a tool is missing fails instead:
nothing is left out there without anybody noticing. What no tool can mend (another system, being root) is skipped with a reason
that begins with `impossible here:`.
"""

import os
import signal

import pytest


def pytest_configure():
    """Hear interrupts again: a shell starts what it puts in the background ignoring them, and every test would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def refuse_skip(report):
    """Turn a skipped report into a failed one; an expected failure is not a skip."""
    if os.environ.get("LANEMARK_REQUIRE") != "1" or not report.skipped or hasattr(report, "wasxfail"):
        return report
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not reason.removeprefix("Skipped: ").startswith("impossible here:"):
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, and LANEMARK_REQUIRE=1 allows no skips: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Refuse the skip of one test."""
    return refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Refuse the skip of a whole module."""
    return refuse_skip((yield))

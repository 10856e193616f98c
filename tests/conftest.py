"""Rules for the whole suite.

Where `LANEMARK_REQUIRE=1` is set (continuous integration), a test that skips itself because a tool is missing fails instead:
nothing is left out there without anybody noticing.
"""

import os

import pytest


def refuse_skip(report):
    """Turn a skipped report into a failed one; an expected failure is not a skip."""
    if os.environ.get("LANEMARK_REQUIRE") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
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

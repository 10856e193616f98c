"""What must be said about reports of tests; no gate looks at them, a stage's exit status is what counts."""

from lanemark.config.types import Config, Lane
from lanemark.judge.coverage import writes_any
from lanemark.result import Result


def suite_notices(head: Result, policy: Config, lane: Lane) -> list[str]:
    """Return a sentence for each declared report of tests that cannot be read, and one where tests failed and no stage did."""
    tests = head.tests
    if tests is None:
        return []
    said = [
        f"The report of tests {one.path[:200]} is {one.state}, so what is said about tests is not whole: {one.reason}."
        for one in tests.reports
        if one.state != "read" and writes_any(policy, lane, [one.path])
    ]
    broken = tests.failures + tests.errors
    if broken and all(outcome.state in ("ran", "replayed") for outcome in head.outcomes):
        failed = "1 test failed" if broken == 1 else f"{broken:,} tests failed"
        said.append(f"By the reports of tests {failed}, although every stage succeeded.")
    return said

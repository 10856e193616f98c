"""A stage that prints without end has failed, for a reason of its own."""

from dataclasses import replace

from bench import make_place, make_stage, make_tools
from lanemark.process.spawn import Spawner
from lanemark.report.stages import FAILURE_WORDS
from lanemark.run.stage import execute_stage


def test_a_flood_is_a_failure_that_says_so(tmp_path):
    tools = replace(make_tools(tmp_path), processes=Spawner(log_limit=1 << 21))
    done = execute_stage(
        "unit", make_place(tmp_path, make_stage("unit", "echo start; head -c 5000000 /dev/zero | tr '\\0' x")), tools
    )
    failure = done.outcome.failure
    assert (done.outcome.state, failure.kind) == ("failed", "flood")
    assert "printed more than 2 MiB" in failure.evidence
    assert failure.kind in FAILURE_WORDS

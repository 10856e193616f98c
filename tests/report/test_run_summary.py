"""The job summary of a run: hostile names and logs stay text, and every failure has its next step."""

from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options

from lanemark.metric import Usage
from lanemark.report.run_summary import MOST_STAGES, write_run_summary
from lanemark.result import Failure, Outcome, Try
from lanemark.result.recoveries import Recoveries, count_recoveries

HOSTILE = "a`b|<img src=x>\n## @everyone ![x](http://e.example/i.png)"


def write(*outcomes, why=None, cancelled=False, lane="standard"):
    return write_run_summary(lane, outcomes, why or {}, count_recoveries(outcomes, Recoveries()), cancelled=cancelled)


def test_a_run_that_worked_says_so_and_why_each_stage_ran():
    text = write(
        Outcome(stage="unit", state="ran", usage=Usage(wall_s=1.5, user_s=1.0, system_s=0.25)),
        Outcome(stage="lint", state="replayed"),
        why={"unit": "input a changed"},
    )
    assert text.startswith("### Lanemark: lane `standard` worked: 2 stages.\n")
    assert "| `unit` | done | 1.5 s | input a changed |" in text
    assert "| `lint` | not run again |  |  |" in text
    assert "resume" not in text


def test_a_failure_has_its_class_its_evidence_every_try_the_next_step_and_the_end_of_its_log():
    failure = Failure(
        kind="exit",
        evidence="exit status 7",
        status=7,
        tail="curl: no",
        cause="network",
        confidence="likely",
        signs=("curl: (7)",),
    )
    again = Try(cause="network", confidence="likely", evidence="e", action="waited 2 s and ran it again", wall_s=1.0)
    text = write(Outcome(stage="-get it", state="failed", failure=failure, tries=(again,)))
    assert "lane `standard` failed: 1 of 1 stage." in text
    assert "**`-get it`** failed: exit status 7; the network failed (network, likely)" in text
    assert "- Evidence: curl: (7)" in text
    assert "- try 1 failed after 1 s (network, likely), waited 2 s and ran it again" in text
    assert "`lanemark run --lane standard -- '-get it'`" in text
    assert "curl: no" in text
    assert "0 of 1 stage that ran again after a failure worked" in text
    assert "`lanemark run --resume`" in text


def test_hostile_names_reasons_and_logs_stay_text():
    failure = Failure(kind="exit", evidence=HOSTILE, tail=f"```\n{HOSTILE}", signs=(HOSTILE,))
    text = write(Outcome(stage=HOSTILE, state="failed", failure=failure), why={HOSTILE: HOSTILE}, lane=HOSTILE, cancelled=True)
    page = github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE)
    assert "<img" not in page
    assert "<h2" not in page
    assert "@everyone" not in page
    assert page.count("<tr>") == 2, "the head and one row"


def test_thousands_of_stages_are_cut_and_counted():
    text = write(*(Outcome(stage=f"s{number}", state="ran") for number in range(MOST_STAGES + 7)))
    assert text.count("| done |") == MOST_STAGES
    assert "7 more stages are in run.json." in text

"""lanemark release gate: may this commit ship?"""

import sys
from collections.abc import Mapping, Sequence

from lanemark.cli.console import Parser, print_data
from lanemark.cli.workflow import write_outputs, write_summary
from lanemark.errors import UsageError
from lanemark.escape import prose, visible
from lanemark.event import COMMIT
from lanemark.judge.types import Verdict
from lanemark.release.decide import decide_release
from lanemark.release.types import Decision, Required
from lanemark.settings import Settings
from lanemark.wiring.release import ask_facts

STATUS: Mapping[Verdict, int] = {Verdict.PASS: 0, Verdict.FAIL: 3, Verdict.UNKNOWN: 5}
"""A release fails closed: what is not known does not ship."""

WORDS: Mapping[Verdict, str] = {Verdict.PASS: "may ship", Verdict.FAIL: "may not ship", Verdict.UNKNOWN: "may not ship: unknown"}


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Decide whether a commit may ship, by checks that no pull request can have made."""
    if not arguments or arguments[0] != "gate":
        raise UsageError("lanemark release takes `gate`", help="lanemark release gate --help")
    parser = Parser(prog="lanemark release gate", description="May this commit ship? Reads GitHub, writes nothing there.")
    parser.add_argument("--commit", default=settings.commit, metavar="SHA", help="the whole id of the commit (GITHUB_SHA)")
    parser.add_argument("--branch", default="", help="the branch it must be on (the default branch)")
    parser.add_argument(
        "--expect",
        default="",
        metavar="CHECKS",
        help="checks it must have, as JOB=WORKFLOW FILE, one a line or with commas between",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments[1:])
    required = read_required(options.expect)
    if not COMMIT.fullmatch(options.commit):
        raise UsageError(f"{options.commit!r} is not the whole id of a commit", help="git rev-parse HEAD prints it")
    facts = ask_facts(settings, options.commit, (one.name for one in required), options.branch)
    decision = decide_release(facts, required)
    write_outputs(settings, {"verdict": decision.verdict.value})
    write_summary(settings, f"### Lanemark: {options.commit[:12]} {WORDS[decision.verdict]}. {prose(decision.reason)}\n")
    if options.json:
        print_data(decision_view(options.commit, facts.branch, decision))
    else:
        sys.stdout.write("\n".join(decision_lines(options.commit, decision)) + "\n")
    return STATUS[decision.verdict]


def read_required(text: str) -> tuple[Required, ...]:
    """Return the checks of `--expect`; raise UsageError for what is not JOB=FILE, and for none."""
    found = []
    for entry in filter(None, (part.strip() for part in text.replace(",", "\n").splitlines())):
        name, sign, workflow = entry.rpartition("=")
        if not sign or not name.strip() or not workflow.strip().startswith(".github/workflows/"):
            raise UsageError(
                f"{entry!r} is not JOB=WORKFLOW FILE", help="for example lane-gate=.github/workflows/lane-gate-pr.yml"
            )
        found.append(Required(name=name.strip(), workflow=workflow.strip()))
    if not found:
        raise UsageError("no check is required", help="--expect lane-gate=.github/workflows/lane-gate-pr.yml")
    return tuple(found)


def decision_lines(commit: str, decision: Decision) -> list[str]:
    """Return the decision as people read it: the verdict, a line for each check, and what was not believed."""
    lines = [f"{commit[:12]} {WORDS[decision.verdict]}: {decision.reason}"]
    lines += [f"  {one.verdict.value:8} {visible(one.required.name)}: {one.reason}" for one in decision.answers]
    return lines + [f"  ignored  {sentence}" for sentence in decision.ignored]


def decision_view(commit: str, branch: str, decision: Decision) -> dict[str, object]:
    """Return the decision as JSON."""
    return {
        "commit": commit,
        "branch": branch,
        "verdict": decision.verdict.value,
        "reason": decision.reason,
        "checks": [
            {
                "name": one.required.name,
                "workflow": one.required.workflow,
                "verdict": one.verdict.value,
                "reason": one.reason,
                "run": one.run,
            }
            for one in decision.answers
        ],
        "ignored": list(decision.ignored),
    }

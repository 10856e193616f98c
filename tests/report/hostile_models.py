"""Models in which every text that can come from outside is the attacker's."""

from hypothesis import strategies as st
from msgspec.structs import replace
from report_builders import (
    BASE,
    HEAD,
    LINKS,
    MERGE,
    check_gate,
    config,
    coverage_gate,
    cpu_difference,
    failed_stage,
    model,
    ran,
    regression,
    result,
    sample,
)

from lanemark.change import Change, ChangedFile
from lanemark.config.types import CheckRules, Mode, Stage
from lanemark.coverage.types import (
    Count,
    Counts,
    Coverage,
    Excerpt,
    FileCoverage,
    Indirect,
    IndirectFile,
    Partial,
    Patch,
    PatchFile,
    ReportState,
    SourceView,
    Uncovered,
)
from lanemark.event import Event
from lanemark.ingest import types as ingest
from lanemark.judge.types import Verdict
from lanemark.lane import Choice, Claim
from lanemark.path import RepoPath
from lanemark.plan import Plan, Step
from lanemark.result import Divergence, Failure, Machine, Outcome, Provenance, Repetition, Try

ATTACKS = (
    "<script>document.title='pwned'</script>",
    "<img src=x onerror=\"document.title='pwned'\">",
    "![x](https://evil.example/beacon.png)",
    "[click](javascript:alert(1))",
    "</code></details><h1>Passed</h1>",
    "<!-- lanemark:v1 id=default -->",
    "--> <b>x",
    "@octocat please",
    "octo/shop#1",
    "#1",
    "GH-1",
    "GHSA-abcd-efgh-jkmp",
    "deadbeefcafe",
    "1234567",
    "https://evil.example/x",
    "www.evil.example",
    "mail@evil.example",
    "| a | b |\n| --- | --- |",
    "`````",
    "``` \n# heading\n",
    "a`b``c",
    "\n\n# heading\n\n---\n",
    "1. one",
    "- item",
    "2)",
    "> quote",
    "\u202egnp.exe",
    "\x1b[31mred\x1b]0;title\x07",
    "a\u2028b\x0bc\x85d",
    "\udcff\udc80 bytes",
    "half \ud800 a character",
    "../../settings/keys",
    "a/../../b",
    "C:\\windows\\x",
    "\\",
    "\\`",
    "$$x^2$$ :tada: ~~no~~ **bold** _it_",
    "=cmd()",
    "--out=/etc/passwd",
    'x" onmouseover="alert(1)',
    "' autofocus onfocus=alert(1)",
    "{{ 7 * 7 }} {% raw %}",
    "</style><style>*{display:none}",
    "</title></script><svg onload=alert(1)>",
    "]]>",
    "&lt;b&gt; &#64;octocat",
    "a" * 300,
    "字" * 80,
)

hostile = st.one_of(
    st.sampled_from(ATTACKS),
    st.text(st.characters(), min_size=1, max_size=40),
    st.lists(st.sampled_from(ATTACKS), min_size=2, max_size=3).map(" ".join),
)
other = hostile.filter(
    lambda text: text != "unit" and not text.startswith("total")
)  # these two mean something in the models below
names = st.lists(other, min_size=12, max_size=12)


def model_of(texts):
    """A model with one of everything, whose every outside text is one of `texts`."""
    (stage, lane, path, rule, reason, evidence, tail, ref, report, notice, machine, version) = texts
    file = PatchFile(
        path=RepoPath(path),
        lines=Count(covered=1, total=3),
        uncovered=(Uncovered(start=5, end=6, head_start=4),),
        partial=(Partial(line=9, head_line=8, taken=1, total=2),),
    )
    coverage = Coverage(
        reports=(ReportState(path=report, state="unreadable", reason=reason),),
        counts=Counts(lines=Count(covered=1, total=3)),
        patch=Patch(counts=Counts(lines=Count(covered=1, total=3)), files=(file,), unknown=(RepoPath(rule),)),
        unmatched=(report,),
        files=(FileCoverage(path=RepoPath(path), counts=Counts(lines=Count(covered=1, total=3))),),
        indirect=Indirect(lost=1, gained=0, files=(IndirectFile(path=RepoPath(path), lost=(3, 3)),)),
        sources=(SourceView(path=RepoPath(path), excerpts=(Excerpt(start=5, text=f"{tail} {tail}", marks="M"),)),),
    )
    tests = ingest.Tests(
        reports=(ingest.SuiteState(path=report, state="read"),),
        total=3,
        failures=1,
        slowest=(ingest.CaseTime(name=tail, time_s=1.5),),
        broken=(ingest.BrokenCase(name=tail, state="failure", message=evidence),),
        names=(f"new {tail}",),
    )
    head = result(
        event=Event(name="pull_request", repository=lane, number=7, base_ref=ref, head_ref=stage),
        change=Change(
            base=BASE,
            tested=MERGE,
            head=HEAD,
            source="merge-base",
            files=(ChangedFile(path=RepoPath(path), status="A"),),
            complete=False,
            reason=reason,
        ),
        choice=Choice(lane=lane, reason=reason, claims=(Claim(path=RepoPath(path), lane=lane, rule=rule),)),
        plan=Plan(lane=lane, steps=(Step(stage=stage),)),
        outcomes=(
            Outcome(
                stage=stage,
                state="failed",
                failure=Failure(
                    kind="exit",
                    evidence=evidence,
                    status=1,
                    tail="first\n" + tail,
                    cause="network",
                    confidence="likely",
                    signs=(f"sign {evidence}",),
                    tests=(evidence,),
                    failed_tests=1,
                ),
                tries=(Try(cause="network", evidence=evidence, signs=(evidence,), action=f"waited for {evidence}"),),
            ),
            ran("unit", unmeasured=evidence),
        ),
        samples=(sample(stage, 1, 1.0), sample("unit", 1, 2.0)),
        coverage=coverage,
        tests=tests,
        repetitions=(Repetition(stage=stage, runs=2, differing=(Divergence(path=RepoPath(path), where=evidence),), more=2),),
        machine=Machine(
            fingerprint="f", cpu=machine, cores=2, memory_bytes=1 << 30, system=machine, image=version, python=version
        ),
        provenance=Provenance(started=version, version=version),
    )
    gates = (
        failed_stage(stage, reason=evidence),
        regression(gate=f"standard/{stage}.cpu", reason=reason),
        regression(Verdict.UNKNOWN, gate=stage, reason=reason, value=None),
        regression(Verdict.PASS, gate=f"standard/{stage}.wall", reason=reason, mode=Mode.WARN),
        check_gate(gate=f"standard/{stage}.deterministic", reason=f"{path} {evidence}"),
        check_gate(Verdict.UNKNOWN, gate=f"standard/{stage}.memory_stable", reason=reason, value=None),
        coverage_gate(reason=reason),
        coverage_gate(Verdict.WARN, gate=f"coverage.flag:{ref}.lines", reason=reason),
    )
    differences = (cpu_difference(stage=stage, reason=reason), cpu_difference())
    return model(
        *gates,
        head=head,
        base=result("base", samples=(sample(stage, 1, 1.1, order=1),), tests=replace(tests, names=(f"old {reason}",))),
        differences=differences,
        notices=(notice,),
        links=LINKS,
        policy=config(stages={stage: Stage(name=stage, line=1, run="x", checks=CheckRules(deterministic=2))}),
    )

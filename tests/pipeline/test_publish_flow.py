"""From a pull request event to what stands on GitHub, as the Action's commands run it: real git, real processes, the emulator."""

import json

import pytest
from pipeline_site import CONFIG, Site

from emulator.server import GitHubEmulator
from emulator.state import Repo
from repositories import commit, git, merge_commit

MARK = "::warning file=a.py,line=1,endLine=1,title=Not covered by tests::No test reaches this changed line."
"""What a token that may not make check runs leaves on the lines of the change."""


@pytest.fixture
def site(tmp_path):
    with GitHubEmulator() as hub:
        yield Site(tmp_path, hub)


def test_a_new_pull_request_is_told_and_the_next_push_edits_the_same_comment(site):
    head = site.push({"a.py": "2\n", "hits": "0\n"})
    ran = site.act("gate", event=site.event(head), token=site.hub.token)
    assert ran.returncode == 4, ran.told
    (first,) = site.comments()
    assert first.startswith("<!-- lanemark:v1")
    assert "failed" in first
    assert site.checks(head) == {"Lanemark SLA": "success", "Lanemark coverage": "failure"}, first
    assert "verdict<<" in ran.output
    assert "Lanemark: failed" in ran.summary
    better = site.push({"hits": "3\n"})
    assert site.act("gate", event=site.event(better), token=site.hub.token, run=101).returncode == 0
    (second,) = site.comments()
    assert "passed" in second.splitlines()[1]
    assert site.checks(better)["Lanemark coverage"] == "success"


def test_uncovered_changed_lines_are_annotated_at_the_head(site):
    head = site.push({"a.py": "2\n", "hits": "0\n"})
    site.act("gate", event=site.event(head), token=site.hub.token)
    (check,) = [number for number, one in site.hub.checks.items() if one["name"] == "Lanemark coverage"]
    (note,) = site.hub.annotations[check]
    assert (note["path"], note["start_line"], note["end_line"]) == ("a.py", 1, 1)


def test_hostile_names_never_speak_to_the_runner(site):
    names = ["::add-mask::a.py", "##[add-mask]b.py", "c\n::error::pwned.py"]
    head = site.push({**dict.fromkeys(names, "x\n"), "a.py": "2\n", "hits": "0\n"})
    ran = site.act("gate", event=site.event(head), token=site.hub.read_token)
    assert ran.returncode == 4, ran.told
    guard, marks = "", 0
    for line in ran.told.splitlines():
        if line.startswith("::stop-commands::"):
            guard = line.removeprefix("::stop-commands::")
        elif guard and line == f"::{guard}::":
            guard = ""
        elif not guard and line == MARK:
            marks += 1
        elif not guard:
            assert not line.lstrip().startswith("::") or line.startswith(("::group::", "::endgroup::")), line
        assert "##[" not in line
    assert (guard, marks) == ("", 1)
    verdict = ran.stdout.splitlines()
    assert verdict[0].startswith("::stop-commands::")
    assert f"::{verdict[0].removeprefix('::stop-commands::')}::" in verdict


def test_a_broken_configuration_is_told_in_the_summary_and_as_output(site):
    head = site.push({".github/lanemark.yml": CONFIG.replace("default: true", "defualt: true")})
    ran = site.act("gate", event=site.event(head))
    assert ran.returncode == 8
    assert "no verdict" in ran.summary
    assert "`.github/lanemark.yml:5:5`" in ran.summary
    assert "\nerror\n" in ran.output


def test_a_fork_cannot_be_told_and_its_verdict_still_stands(site):
    head = site.push({"a.py": "2\n"}, repo=Repo("fork/shop", 99))
    ran = site.act("gate", event=site.event(head, repository_id=99), token=site.hub.read_token)
    assert ran.returncode == 0, ran.told
    assert site.comments() == []
    assert "pull-requests: write" in ran.told or "not written" in ran.told
    assert "Lanemark: passed" in ran.summary


def test_a_dead_api_changes_no_verdict(site):
    head = site.push({"a.py": "2\n"})
    ran = site.act("gate", event=site.event(head), token=site.hub.token, api="http://127.0.0.1:9")
    assert ran.returncode == 0
    assert "not published" in ran.told


def split(site, head, *, run=200, repository_id=4242, owner="octo-org"):
    """Measure without a token, keep the artifact, and return the event that lane-publish gets."""
    event = site.event(head, repository_id=repository_id)
    ran = site.act("measure", event=event, run=run)
    assert ran.returncode == 0, ran.told
    out = site.work / ".lanemark/out"
    files = {
        f"{side}/result.json": (out / side / "result.json").read_bytes() for side in ("head", "base") if (out / side).exists()
    }
    site.hub.add_run(
        run, head_sha=head, event="pull_request", head_branch="feature", head_repo=Repo(f"{owner}/shop", repository_id)
    )
    site.hub.add_artifact(run, "lanemark-measure-standard-0-1", files)
    return site.run_event(head, run, repository_id=repository_id, owner=owner)


def test_a_fork_is_told_by_the_trusted_half(site):
    head = site.push({"a.py": "2\n", "hits": "0\n"}, repo=Repo("fork/shop", 99))
    event = split(site, head, repository_id=99, owner="fork")
    ran = site.act("publish", event=event, name="workflow_run", token=site.hub.token, run=201, workspace=site.folder)
    assert ran.returncode == 0, ran.told
    (comment,) = site.comments()
    assert "failed" in comment
    assert site.checks(head)["Lanemark coverage"] == "failure"


def test_the_trusted_half_uses_the_base_sides_policy(site):
    head = site.push({"a.py": "2\n", "hits": "0\n", ".github/lanemark.yml": CONFIG.replace("lines: 80%", "lines: 0%")})
    ran = site.act("publish", event=split(site, head), name="workflow_run", token=site.hub.token, run=201, workspace=site.folder)
    assert ran.returncode == 0, ran.told
    assert "failed" in site.comments()[0]
    assert "edits the configuration" in site.comments()[0]


def test_a_measured_lane_that_is_too_light_is_unknown(site):
    head = site.push({"a.py": "2\n"})
    event = split(site, head)
    artifact = next(iter(site.hub.artifacts.values()))
    forged = (site.work / ".lanemark/out/head/result.json").read_text().replace('"lane": "standard"', '"lane": "docs"')
    base = (site.work / ".lanemark/out/base/result.json").read_text().replace('"lane": "standard"', '"lane": "docs"')
    del site.hub.artifacts[artifact.id]
    site.hub.add_artifact(200, "lanemark-measure-docs-0-1", {"head/result.json": forged, "base/result.json": base})
    ran = site.act("publish", event=event, name="workflow_run", token=site.hub.token, run=201, workspace=site.folder)
    assert ran.returncode == 0, ran.told
    assert "no verdict" in site.comments()[0]
    assert "needs standard" in site.comments()[0]


@pytest.mark.parametrize(
    ("expect", "told"), [(".github/workflows/other.yml", False), ("a.yml\n.github/workflows/lane-gate-pr.yml", True)]
)
def test_only_runs_of_the_expected_workflow_are_told_of(site, expect, told):
    head = site.push({"a.py": "2\n"})
    ran = site.act(
        "publish",
        f"--expect={expect}",
        event=split(site, head),
        name="workflow_run",
        token=site.hub.token,
        run=201,
        workspace=site.folder,
    )
    assert ran.returncode == 0, ran.told
    assert bool(site.comments()) is told


@pytest.mark.parametrize("forged", [b"{}", b"NaN", b"[" * 5000])
def test_a_forged_result_is_not_published(site, forged):
    head = site.push({"a.py": "2\n"})
    event = split(site, head)
    site.hub.artifacts.clear()
    site.hub.add_artifact(200, "lanemark-measure-standard-0-1", {"head/result.json": forged})
    ran = site.act("publish", event=event, name="workflow_run", token=site.hub.token, run=201, workspace=site.folder)
    assert ran.returncode == 6
    assert site.comments() == []
    assert "head/result.json" in ran.told


def test_a_result_that_calls_itself_adopting_is_not_softened(site):
    head = site.push({"a.py": "2\n", "hits": "0\n"})
    split(site, head)
    path = site.work / ".lanemark/out/head/result.json"
    path.write_text(path.read_text().replace('"adopting": false', '"adopting": true'))
    ran = site.act("verdict", "--results", ".lanemark/out", event=site.event(head), token=site.hub.read_token, run=202)
    assert ran.returncode == 4, ran.told


@pytest.mark.parametrize("forged", ["--output=x", "0", "a" * 39])
def test_a_commit_that_is_none_is_refused(site, forged):
    head = site.push({"a.py": "2\n"})
    split(site, head)
    path = site.work / ".lanemark/out/head/result.json"
    path.write_text(path.read_text().replace(f'"base": "{site.base}"', f'"base": "{forged}"'))
    ran = site.act("verdict", "--results", ".lanemark/out", event=site.event(head), token=site.hub.read_token, run=202)
    assert ran.returncode == 5
    assert "names a commit that is none" in ran.told


def test_a_cancelled_measurement_has_no_verdict(site):
    head = site.push({"a.py": "2\n"})
    split(site, head)
    words = ("verdict", "--results", ".lanemark/out", '--needs={"measure": {"result": "cancelled", "outputs": {}}}')
    ran = site.act(*words, event=site.event(head), token=site.hub.read_token, run=202)
    assert ran.returncode == 10
    assert "cancelled" in ran.told


def test_a_result_of_another_commit_is_not_published(site):
    old = site.push({"a.py": "2\n"})
    split(site, old)
    head = site.push({"a.py": "3\n"})
    site.hub.runs.clear()
    site.hub.add_run(200, head_sha=head, event="pull_request", head_branch="feature")
    ran = site.act(
        "publish", event=site.run_event(head, 200), name="workflow_run", token=site.hub.token, run=201, workspace=site.folder
    )
    assert ran.returncode == 6
    assert "another commit" in ran.told


def test_when_github_is_down_publish_is_6(site):
    head = site.push({"a.py": "2\n"})
    event = split(site, head)
    ran = site.act(
        "publish",
        event=event,
        name="workflow_run",
        token=site.hub.token,
        run=201,
        api="http://127.0.0.1:9",
        workspace=site.folder,
    )
    assert ran.returncode == 6


def test_a_dead_api_changes_no_verdict_of_the_required_job_either(site):
    head = site.push({"a.py": "2\n"})
    split(site, head)
    words = ("verdict", "--results", ".lanemark/out")
    ran = site.act(*words, event=site.event(head), token=site.hub.read_token, run=202, api="http://127.0.0.1:9")
    assert ran.returncode == 0, ran.told
    assert "could not be asked" in ran.told
    assert "Lanemark: passed" in ran.summary


def test_the_required_job_does_not_believe_a_measured_lane(site):
    head = site.push({"a.py": "2\n"})
    split(site, head)
    out = site.work / ".lanemark/out"
    for side in ("head", "base"):
        path = out / side / "result.json"
        path.write_text(path.read_text().replace('"lane": "standard"', '"lane": "docs"'))
    words = ("verdict", "--results", ".lanemark/out")
    ran = site.act(*words, event=site.event(head), token=site.hub.read_token, run=202)
    assert ran.returncode == 5
    assert "needs standard" in ran.summary
    assert "no verdict" in ran.summary
    asked = site.act(*words, "--lane=docs", event=site.event(head), token=site.hub.read_token, run=203)
    assert asked.returncode == 0, "the workflow itself asked for this lane"


@pytest.mark.parametrize("token", ["none", "read", "write"])
def test_remarks_on_lines_are_workflow_commands_where_no_check_run_can_be_made(site, token):
    head = site.push({"a.py": "2\n", "hits": "0\n"})
    given = {"none": None, "read": site.hub.read_token, "write": site.hub.token}[token]
    ran = site.act("gate", event=site.event(head), token=given)
    assert ran.returncode == 4, ran.told
    assert ran.told.splitlines().count(MARK) == (token != "write")


def test_a_comment_that_failed_says_that_it_is_resolved_and_keeps_saying_so(site):
    head = site.push({"a.py": "2\n", "hits": "0\n"})
    site.act("publish", event=split(site, head), name="workflow_run", token=site.hub.token, run=201, workspace=site.folder)
    assert "**Resolved:**" not in site.comments()[0]
    better = site.push({"hits": "3\n"})
    event = split(site, better, run=210)
    for run in (211, 212):
        site.act("publish", event=event, name="workflow_run", token=site.hub.token, run=run, workspace=site.folder)
        (comment,) = site.comments()
        assert f"**Resolved:** an earlier run, of commit `{head[:7]}`, failed." in comment


def test_a_dry_run_prints_every_request_and_sends_none(site):
    head = site.push({"a.py": "2\n"})
    event = split(site, head)
    ran = site.act("publish", "--dry-run", event=event, name="workflow_run", token=site.hub.token, run=201, workspace=site.folder)
    assert ran.returncode == 0, ran.told
    requests = json.loads(ran.stdout)
    assert [request["method"] for request in requests] == ["POST"] * 3
    assert site.comments() == []


ARTIFACT = CONFIG.replace("measure: {pairs", "measure: {baseline: artifact, pairs")


def record(site, run=50, *, repo=None, branch="main", forge=lambda data: data):
    """Record the base as lane-baseline.yml does, and keep its artifact."""
    git(site.work, "checkout", "-q", "--detach", site.base)
    own = {"id": 4242, "full_name": site.hub.own.name, "default_branch": "main"}
    ran = site.act(
        "record",
        event={"repository": own, "before": "0" * 40, "after": site.base, "ref": "refs/heads/main"},
        name="push",
        run=run,
    )
    assert ran.returncode == 0, ran.told
    data = forge((site.work / ".lanemark/out/head/result.json").read_bytes())
    site.hub.add_run(run, head_sha=site.base, head_branch=branch, head_repo=repo)
    site.hub.add_artifact(run, f"lanemark-baseline-standard-{site.base}-1", {"head/result.json": data})


@pytest.fixture
def artifact_site(site):
    site.base = commit(site.work, {".github/lanemark.yml": ARTIFACT, "a.py": "10\n"})
    site.hub.add_history(site.base)
    site.hub.add_text(site.base, ".github/lanemark.yml", ARTIFACT)
    return site


def test_artifact_mode_compares_with_a_trusted_run_and_names_its_commit_and_age(artifact_site):
    site = artifact_site
    record(site)
    head = site.push({"a.py": "2\n"})
    ran = site.act("gate", event=site.event(head), token=site.hub.token)
    assert ran.returncode == 0, ran.told
    (comment,) = site.comments()
    assert "passed" in comment.splitlines()[1], comment
    assert site.base[:7] in comment
    assert "run 50" in comment


UNTOUCHED = """\
echo "<coverage><packages><package><classes><class filename='b.py'><lines>" > coverage.xml
echo "<line number='1' hits='$(cat hits)'/><line number='2' hits='1'/></lines></class>" >> coverage.xml
echo "<class filename='a.py'><lines><line number='1' hits='1'/></lines></class></classes></package></packages></coverage>" >> coverage.xml
"""


def test_lines_that_a_change_does_not_touch_are_told_against_the_run_of_its_base_and_of_no_other(artifact_site):
    site = artifact_site
    site.base = commit(site.work, {"unit.sh": UNTOUCHED, "b.py": "1\n2\n"})
    site.hub.add_history(site.base)
    site.hub.add_text(site.base, ".github/lanemark.yml", ARTIFACT)
    record(site)
    recorded = site.base
    moved = UNTOUCHED.replace("number='2'", "number='3'").replace("number='1' hits='$(cat", "number='2' hits='$(cat")
    head = site.push({"a.py": "2\n", "hits": "0\n", "b.py": "0\n1\n2\n", "unit.sh": moved})
    ran = site.act("gate", event=site.event(head), token=site.hub.token)
    (comment,) = site.comments()
    assert "Lines this change does not touch: 1 no longer covered, 0 newly covered" in comment, ran.told
    assert "| `b.py` | 2 |" in comment
    git(site.work, "checkout", "-q", "-f", recorded)
    site.base = commit(site.work, {"docs/y": "1\n"})
    site.hub.add_history(recorded, site.base)
    site.hub.add_text(site.base, ".github/lanemark.yml", ARTIFACT)
    merge_commit(site.work, site.base, head)
    ran = site.act("gate", event=site.event(head), token=site.hub.token, run=101)
    (comment,) = site.comments()
    assert "because the baseline is of an older commit than the one that this change is compared with" in comment, ran.told


def test_a_baseline_about_another_commit_is_not_compared_with(artifact_site):
    site = artifact_site
    record(site, forge=lambda data: data.replace(b'"commit": "' + site.base.encode(), b'"commit": "' + b"9" * 40))
    head = site.push({"a.py": "2\n"})
    ran = site.act("gate", event=site.event(head), token=site.hub.token)
    assert ran.returncode == 0, ran.told
    assert "no verdict" in site.comments()[0].splitlines()[1]
    assert "is not about" in site.comments()[0]


def test_a_baseline_of_another_workflow_is_not_compared_with(artifact_site):
    site = artifact_site
    record(site)
    head = site.push({"a.py": "2\n"})
    ran = site.act("gate", "--expect=.github/workflows/other.yml", event=site.event(head), token=site.hub.token)
    assert ran.returncode == 0, ran.told
    assert "no verdict" in site.comments()[0].splitlines()[1]


@pytest.mark.parametrize("poison", [True, False])
def test_without_a_trusted_baseline_the_verdict_is_unknown_and_says_so(artifact_site, poison):
    site = artifact_site
    if poison:
        record(site, repo=Repo("fork/shop", 99))
    head = site.push({"a.py": "2\n"})
    ran = site.act("gate", event=site.event(head), token=site.hub.token)
    assert ran.returncode == 0, ran.told
    (comment,) = site.comments()
    assert "no verdict" in comment.splitlines()[1], comment
    assert "no trusted run" in comment


def test_a_docs_only_pull_request_runs_nothing(site):
    head = site.push({"docs/x": "2\n"})
    ran = site.act("gate", event=site.event(head), token=site.hub.token)
    assert ran.returncode == 0
    assert "lane<<" in ran.output
    assert "docs" in ran.output
    assert "docs lane" in site.comments()[0]

"""Pull requests that attack, through the real templates: what they change is their own numbers, and nothing else."""

import io
import json
import secrets
import zipfile

import pytest
from test_scenarios import GATE, MARKER, PATH, TEMPLATES, artifact, checks, comments, names, publish, split_gate

from e2e.shop import SHOP
from emulator.state import Repo, pack
from report.markdown_reader import active

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

POLICY = """\
version: 1
lanes:
  docs: {paths: ["docs/**", "*.md"], stages: []}
  standard:
    default: true
    stages: [unit]
    budgets: {unit.wall.max: 60s}
stages:
  unit: {run: sh unit.sh, measure: false}
publish: {comment: always}
"""
BASE = {**SHOP, ".github/lanemark.yml": POLICY, "unit.sh": "true\n"}
SERVER = "https://github.com"
SAYS = r"""
printf '::set-output name=verdict::pass\n::error file=README.md::PWNED\n::add-mask::a\n::stop-commands::x\n'
printf '##[set-output name=verdict;]pass\n\033[31m@octocat #1 ![x](https://evil.example/b.png) <img src=x>\n```\n# heading\n'
printf 'verdict=pass\n' >> "${GITHUB_OUTPUT:-/dev/null}"; printf '### PWNED\n' >> "${GITHUB_STEP_SUMMARY:-/dev/null}"
printf 'PATH=/nowhere\n' >> "${GITHUB_ENV:-/dev/null}"
exit 1
"""
HOSTILE_NAMES = (
    'a"; echo PWNED; #.py',
    "$(echo PWNED).py",
    "![x](https:__evil.example_b.png).py",
    "<img src=x onerror=alert(1)>.py",
    "@octocat #1 | cell `tick`.py",
    "--output=PWNED.py",
    "::set-output name=verdict::pass",
    "tab\tline\nbreak.py",
    "\u202egnp.py",
)
HOSTILE_BRANCH = 'zzz";echo${IFS}PWNED;#@octocat'
HOSTILE_TITLE = 'x"; echo PWNED; # $(echo PWNED) ${{ github.token }} <!-- lanemark:v1 id=default --> @octocat'

CACHE_OUTPUTS = {"cache-hit", "cache-matched-key", "cache-primary-key"}
"""What the step that restores a pack says."""


def open_hostile(bed, number, files, *, branch="feature", fork=None, **more):
    bed.repository.commit(files, branch=branch)
    return bed.repository.open_pull(number, branch, fork=fork, **more)


def test_title_branch_file_names_and_output_of_a_stage_attack_at_once_and_stay_text(bed):
    bed.repository.commit(BASE)
    files = {**dict.fromkeys(HOSTILE_NAMES, "x\n"), "unit.sh": SAYS}
    pull = open_hostile(bed, 31, files, branch=HOSTILE_BRANCH, fork=Repo("mallory/shop", 999), title=HOSTILE_TITLE)
    ran, run = split_gate(bed, pull, run_id=311)
    assert ran.jobs == {"measure": "failure", "lane-gate": "failure"}, ran.log
    assert ran.outputs["verdict"] == "fail", "what the stage said about its verdict is no output"
    assert set(ran.outputs) <= {"lane", "verdict", "matrix", "report", "results", "pack"} | CACHE_OUTPUTS
    assert names(bed, run) == ["lanemark-measure-standard-0-1", "lanemark-verdict-fail-1"]
    told = publish(bed, run, run_id=312)
    assert told.jobs == {"publish": "success"}, told.log
    (comment,) = comments(bed, 31)
    assert comment.body.startswith(MARKER)
    assert active(comment.body, server=SERVER) == []
    for check in checks(bed, pull.head_sha).values():
        assert active(check["output"]["summary"], server=SERVER) == []
    assert active(artifact(bed, "lanemark-verdict-fail-1")["summary.md"].decode(), server=SERVER) == []
    assert "PWNED" not in [line.partition("] ")[2].strip() for line in (ran.log + told.log).splitlines()]
    assert [exchange.method for exchange in bed.hub.sent() if exchange.method != "GET"] == ["POST", "POST"]


HUNT = """\
import json, os, pathlib, sys
needle, loot = sys.argv[1].encode()[::-1], sys.argv[2]
found, processes, files = [], 0, 0
def look(where, data):
    if needle in data:
        found.append(where)
look("own environment", repr(sorted(os.environ.items())).encode())
for place in pathlib.Path("/proc").iterdir():
    if place.name.isdigit() and place.name != str(os.getpid()):
        for name in ("environ", "cmdline"):
            try:
                data = (place / name).read_bytes()
            except OSError:
                continue
            processes += 1
            look(f"{name} of a process", data)
for start in {os.getcwd(), os.environ.get("HOME", "."), os.environ.get("RUNNER_TEMP", "."), os.environ.get("GITHUB_WORKSPACE", ".")}:
    for folder, _, names in os.walk(start):
        for name in names:
            try:
                data = (pathlib.Path(folder) / name).read_bytes()
            except OSError:
                continue
            files += 1
            look(f"file {name}", data)
pathlib.Path(loot).write_text(json.dumps({"found": sorted(set(found)), "processes": processes, "files": files}))
"""


@pytest.mark.parametrize("form", ["measure", "gate"])
def test_a_stage_that_hunts_for_the_token_finds_none_where_none_may_be(bed, tmp_path, form):
    """In `measure` there is none. In `gate` it stands beside the stage and can be had, as docs/security.md says."""
    canary = f"ghs_{secrets.token_hex(18)}"
    bed.hub.tokens[canary] = form == "gate"
    loot = tmp_path / "loot.json"
    backwards = canary[::-1]  # so that the command line of the hunter is not what it finds
    bed.repository.commit(BASE)
    pull = open_hostile(bed, 32, {"hunt.py": HUNT, "unit.sh": f"python3 hunt.py {backwards} {loot}\n"})
    if form == "gate":
        ran = bed.run(GATE, "pull_request", bed.repository.pull_event(pull, "opened"), run_id=321, token=canary)
    else:
        event = bed.repository.pull_event(pull, "opened")
        ran = bed.run(TEMPLATES / "lane-gate-pr.yml", "pull_request", event, run_id=321, token=canary)
    assert set(ran.jobs.values()) == {"success"}, ran.log
    told = json.loads(loot.read_text())
    assert told["processes"] > 5
    assert told["files"] > 5
    assert told["found"] == (["environ of a process"] if form == "gate" else [])
    left = ran.log + "".join(data.decode("latin-1") for each in bed.hub.artifacts.values() for data in unpacked(bed, each.id))
    assert canary not in left, "no log, page, output or artifact holds the token"


def unpacked(bed, artifact_id):
    with zipfile.ZipFile(io.BytesIO(bed.hub.blobs[artifact_id])) as archive:
        return [archive.read(entry) for entry in archive.namelist()]


def test_a_pull_request_that_relaxes_its_own_policy_is_judged_by_the_old_one(bed):
    strict = POLICY.replace("unit.wall.max: 60s", "unit.wall.max: 1ms")
    bed.repository.commit({**BASE, ".github/lanemark.yml": strict, "unit.sh": "sleep 0.05\n"})
    pull = open_hostile(bed, 33, {".github/lanemark.yml": strict.replace("1ms", "100s"), "a.py": "1\n"})
    ran, run = split_gate(bed, pull, run_id=331)
    assert ran.jobs == {"measure": "success", "lane-gate": "failure"}, ran.log
    assert ran.outputs["verdict"] == "fail"
    assert publish(bed, run, run_id=332).jobs == {"publish": "success"}
    (comment,) = comments(bed, 33)
    assert "### Lanemark: failed." in comment.body
    assert "1 ms" in comment.body
    assert "edits the configuration" in comment.body
    assert checks(bed, pull.head_sha)["Lanemark SLA"]["conclusion"] == "failure"


def forge(data, **changes):
    return json.dumps({**json.loads(data), **changes}).encode()


def duplicated(files):
    """The same zip with a second `head/result.json`, which `pack` cannot make."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("head/result.json", files["head/result.json"])
    return target.getvalue()


def test_forged_artifacts_reach_no_other_pull_request_and_no_green(bed):
    bed.repository.commit({**BASE, "unit.sh": "exit 1\n"})
    bed.repository.commit({"b.py": "1\n"}, branch="victim")
    bed.repository.open_pull(41, "victim")
    pull = open_hostile(bed, 34, {"a.py": "1\n"}, fork=Repo("mallory/shop", 999))
    ran, run = split_gate(bed, pull, run_id=341)
    assert ran.outputs["verdict"] == "fail", ran.log
    honest = artifact(bed, "lanemark-measure-standard-0-1")
    result = honest["head/result.json"]
    event = json.loads(result)["event"]
    twice = result.replace(b'"schema"', b'"schema":1,"schema"', 1)
    refused = {
        "another commit": pack(
            {**honest, "head/result.json": forge(result, change={**json.loads(result)["change"], "head": "d" * 40})}
        ),
        "not a number": pack({**honest, "head/result.json": result.replace(b'"started"', b'"x":NaN,"started"', 1)}),
        "a key twice": pack({**honest, "head/result.json": twice}),
        "an unknown key": pack({**honest, "head/result.json": forge(result, verdict="pass")}),
        "a file twice": duplicated(honest),
        "a way out": pack({**honest, "../../evil": b"x"}),
    }
    for number, (name, archive) in enumerate(refused.items()):
        plant(bed, run, archive)
        told = publish(bed, run, run_id=3420 + number)
        assert told.jobs == {"publish": "failure"}, (name, told.log)
        assert "nothing was published" in told.log, name
        assert "Traceback" not in told.log, name
        assert (comments(bed, 34), comments(bed, 41), bed.hub.checks) == ([], [], {}), name

    plant(bed, run, pack({**honest, "head/result.json": forge(result, event={**event, "number": 41})}), verdict="pass")
    run.conclusion = "success"
    told = publish(bed, run, run_id=3430)
    assert told.jobs == {"publish": "success"}, told.log
    assert comments(bed, 41) == []
    (comment,) = comments(bed, 34)
    assert "### Lanemark: failed." in comment.body
    assert "The run itself said pass; judged again by the policy of the base branch it is fail." in comment.body
    assert {posted["head_sha"] for posted in bed.hub.checks.values()} == {pull.head_sha}


def plant(bed, run, archive, verdict="fail"):
    """Let the run have left this archive instead, and this verdict of its own."""
    bed.hub.artifacts.clear()
    bed.hub.add_artifact(run.id, "lanemark-measure-standard-0-1", archive)
    bed.hub.add_artifact(run.id, f"lanemark-verdict-{verdict}-1", {"verdict.json": "{}"})


def test_two_forks_with_one_branch_name_are_told_apart(bed):
    bed.repository.commit(BASE)
    other = open_hostile(bed, 42, {"eve.py": "1\n"}, branch="eve", fork=Repo("eve/shop", 998))
    pull = open_hostile(bed, 35, {"mallory.py": "1\n"}, branch="mallory", fork=Repo("mallory/shop", 999))
    other.head_ref = pull.head_ref = "feature"
    ran, run = split_gate(bed, pull, run_id=351, conclusion="success")
    assert ran.jobs == {"measure": "success", "lane-gate": "success"}, ran.log
    assert publish(bed, run, run_id=352).jobs == {"publish": "success"}
    assert len(comments(bed, 35)) == 1
    assert comments(bed, 42) == []
    assert checks(bed, other.head_sha) == {}
    run.head_repo = Repo("eve/shop", 998)
    told = publish(bed, run, run_id=353)
    assert "No open pull request has the commit of this run." in told.log
    assert (len(comments(bed, 35)), comments(bed, 42)) == (1, [])


def test_a_second_attempt_is_told_instead_of_the_first(bed):
    bed.repository.commit({**BASE, "unit.sh": "test -e flag\n"})
    pull = open_hostile(bed, 36, {"a.py": "1\n"})
    first, run = split_gate(bed, pull, run_id=361)
    assert first.outputs["verdict"] == "fail"
    assert publish(bed, run, run_id=362).jobs == {"publish": "success"}
    (comment,) = comments(bed, 36)
    assert "### Lanemark: failed." in comment.body
    event = bed.repository.pull_event(pull, "opened")
    again = bed.run(TEMPLATES / "lane-gate-pr.yml", "pull_request", event, run_id=361, attempt=2, token=bed.hub.read_token)
    assert names(bed, again) == [f"lanemark-{what}-{n}" for what in ("measure-standard-0", "verdict-fail") for n in (1, 2)]
    run.attempt = 2
    assert publish(bed, run, run_id=363).jobs == {"publish": "success"}
    (edited,) = comments(bed, 36)
    assert edited.id == comment.id
    fetched = [exchange.path.split("/")[-2] for exchange in bed.hub.sent("GET", r"artifacts/\d+/zip")]
    newest = {each.name: str(each.id) for each in bed.hub.artifacts.values()}
    assert fetched == [newest["lanemark-measure-standard-0-1"], newest["lanemark-measure-standard-0-2"]]


@pytest.mark.parametrize(
    ("event", "conclusion"), [("pull_request", "cancelled"), ("pull_request", "skipped"), ("push", "success")]
)
def test_what_has_nothing_to_say_starts_no_publishing(bed, event, conclusion):
    bed.repository.commit(BASE)
    pull = open_hostile(bed, 37, {"a.py": "1\n"})
    run = bed.hub.add_run(371, head_sha=pull.head_sha, event=event, head_branch="feature", conclusion=conclusion, path=PATH)
    told = publish(bed, run, run_id=372)
    assert "success" not in told.jobs.values(), told.log
    assert bed.hub.sent() == []


def test_a_merge_group_has_no_pull_request_to_tell(bed):
    bed.repository.commit(BASE)
    pull = open_hostile(bed, 38, {"a.py": "1\n"})
    queued = bed.repository.queue(pull)
    ran = bed.run(TEMPLATES / "lane-gate-pr.yml", "merge_group", queued, run_id=381, token=bed.hub.read_token)
    assert ran.jobs == {"measure": "success", "lane-gate": "success"}, ran.log
    group = queued["merge_group"]
    run = bed.hub.add_run(
        381, head_sha=group["head_sha"], event="merge_group", head_branch=group["head_ref"].removeprefix("refs/heads/"), path=PATH
    )
    told = publish(bed, run, run_id=382)
    assert told.jobs == {"publish": "success"}, told.log
    assert (comments(bed, 38), bed.hub.checks) == ([], {})


HEAVY = POLICY.replace(
    "stages:\n  unit:", "  heavy: {stages: [unit, whole]}\nstages:\n  whole: {run: sh unit.sh, measure: false}\n  unit:"
)


def test_the_heavy_lane_runs_in_the_queue_and_only_there(bed):
    template = TEMPLATES / "lane-merge-queue.yml"
    bed.repository.commit({**BASE, ".github/lanemark.yml": HEAVY})
    pull = open_hostile(bed, 39, {"a.py": "1\n"})
    waiting = bed.run(template, "pull_request", bed.repository.pull_event(pull, "opened"), run_id=391)
    assert waiting.jobs == {"lane-heavy": "success"}, waiting.log
    assert names(bed, waiting) == []
    queued = bed.run(template, "merge_group", bed.repository.queue(pull), run_id=392)
    assert queued.jobs == {"lane-heavy": "success"}, queued.log
    assert (queued.outputs["lane"], queued.outputs["verdict"]) == ("heavy", "pass")
    assert names(bed, queued) == ["lanemark-verdict-pass-1"]
    stages = json.loads(artifact(bed, "lanemark-verdict-pass-1")["head/result.json"])["outcomes"]
    assert {outcome["stage"] for outcome in stages} == {"unit", "whole"}
    assert bed.hub.sent() == [], "no token, so GitHub is not asked"


@pytest.mark.parametrize("files", [{"docs/usage.md": "# More\n"}, {"shop/new.py": "A = 1\n"}], ids=["docs", "code"])
def test_the_docs_template_runs_the_docs_lane_whatever_changed_and_says_so(bed, files):
    policy = POLICY.replace('"*.md"], stages: []', '"*.md"], stages: [links]').replace(
        "stages:\n  unit:", 'stages:\n  links: {run: "true", measure: false}\n  unit:'
    )
    bed.repository.commit({**BASE, ".github/lanemark.yml": policy})
    pull = open_hostile(bed, 40, files)
    ran = bed.run(TEMPLATES / "lane-docs.yml", "pull_request", bed.repository.pull_event(pull, "opened"), run_id=401)
    assert ran.jobs == {"lane-gate": "success"}, ran.log
    assert (ran.outputs["lane"], ran.outputs["verdict"]) == ("docs", "pass")
    summary = artifact(bed, "lanemark-verdict-pass-1")["summary.md"].decode()
    assert ("would get standard" in summary) is ("shop/new.py" in files)
    assert bed.hub.sent() == []

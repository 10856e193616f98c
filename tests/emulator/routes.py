"""What each request does: one function an operation, chosen by method and path."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from emulator.description import example
from emulator.shapes import Shapes
from emulator.state import Run, State, now

DOCS = "https://docs.github.com/rest"
MAX_PER_PAGE = 100
MAX_PULL_FILES = 3000
MAX_TEXT = 65_536


@dataclass(frozen=True)
class Asked:
    """A request that may be answered: who, what, and where links begin."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    state: State
    shapes: Shapes
    api: str
    blob_url: Callable[[int], str]


@dataclass(frozen=True)
class Answer:
    """Status, JSON (None: no body) and headers."""

    status: int
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def refuse(status: int, message: str) -> Answer:
    """Return an error as GitHub words one."""
    return Answer(status, {"message": message, "documentation_url": DOCS, "status": str(status)})


Handler = Callable[..., Answer]
_ROUTES: list[tuple[str, re.Pattern[str], Handler]] = []


def route(method: str, pattern: str) -> Callable[[Handler], Handler]:
    """Register a handler for paths below the repository; groups of the pattern are its arguments."""

    def register(handler: Handler) -> Handler:
        _ROUTES.append((method, re.compile(pattern), handler))
        return handler

    return register


def answer(asked: Asked) -> Answer:
    """Do what is asked and say what GitHub would."""
    if asked.path == "/rate_limit":
        return _rate_limit()
    root = f"/repos/{asked.state.own.name}"
    if not asked.path.startswith(root):
        return refuse(404, "Not Found")
    below = asked.path.removeprefix(root)
    for method, pattern, handler in _ROUTES:
        found = pattern.fullmatch(below)
        if method == asked.method and found:
            return handler(asked, *found.groups())
    return refuse(404, "Not Found")


def _rate_limit() -> Answer:
    return Answer(200, example("rate-limit-overview"))


def _page(asked: Asked, items: list[Any], wrap: str = "") -> Answer:
    """Return one page with the Link header that leads to the others; `wrap` names the list inside an object with a count."""
    per_page = min(int(asked.query.get("per_page", 30)), MAX_PER_PAGE)
    page = int(asked.query.get("page", 1))
    last = max(1, -(-len(items) // per_page))

    def link(number: int, rel: str) -> str:
        return f'<{asked.api}{asked.path}?{urlencode({**asked.query, "page": number})}>; rel="{rel}"'

    links: list[str] = []
    if page > 1:
        links += [link(page - 1, "prev"), link(1, "first")]
    if page < last:
        links += [link(page + 1, "next"), link(last, "last")]
    shown = items[(page - 1) * per_page : page * per_page]
    body = {"total_count": len(items), wrap: shown} if wrap else shown
    return Answer(200, body, {"Link": ", ".join(links)} if links else {})


@route("GET", "")
def _repository(asked: Asked) -> Answer:
    return Answer(200, asked.shapes.full_repository())


@route("GET", "/pulls")
def _pulls(asked: Asked) -> Answer:
    state, head, base = asked.query.get("state", "open"), asked.query.get("head"), asked.query.get("base")
    found = [
        pull
        for number, pull in sorted(asked.state.pulls.items(), reverse=True)
        if state in ("all", pull.state)
        and (head is None or (pull.head_repo and head == f"{pull.head_repo.owner}:{pull.head_ref}"))
        and (base is None or base == pull.base_ref)
    ]
    return _page(asked, [asked.shapes.listed_pull(pull) for pull in found])


@route("GET", r"/pulls/(\d+)")
def _pull(asked: Asked, number: str) -> Answer:
    pull = asked.state.pulls.get(int(number))
    return Answer(200, asked.shapes.pull(pull)) if pull else refuse(404, "Not Found")


@route("GET", r"/pulls/(\d+)/files")
def _pull_files(asked: Asked, number: str) -> Answer:
    pull = asked.state.pulls.get(int(number))
    if pull is None:
        return refuse(404, "Not Found")
    return _page(asked, [asked.shapes.file(each) for each in pull.files[:MAX_PULL_FILES]])


@route("GET", r"/issues/(\d+)/comments")
def _comments(asked: Asked, number: str) -> Answer:
    if int(number) not in asked.state.pulls:
        return refuse(404, "Not Found")
    return _page(asked, [asked.shapes.comment(each) for each in asked.state.listed_comments(int(number))])


@route("POST", r"/issues/(\d+)/comments")
def _post_comment(asked: Asked, number: str) -> Answer:
    if int(number) not in asked.state.pulls:
        return refuse(404, "Not Found")
    if len(asked.body["body"]) > MAX_TEXT:
        return _too_long()
    comment = asked.state.add_comment(int(number), asked.body["body"], born=time.monotonic())
    return Answer(201, asked.shapes.comment(comment))


@route("GET", r"/issues/(\d+)/events")
def _label_events(asked: Asked, number: str) -> Answer:
    if int(number) not in asked.state.pulls:
        return refuse(404, "Not Found")
    found = [each for each in asked.state.label_events if each.number == int(number)]
    return _page(asked, [asked.shapes.label_event(each) for each in found])


@route("GET", r"/collaborators/([^/]+)/permission")
def _permission(asked: Asked, quoted: str) -> Answer:
    login = unquote(quoted)
    role = asked.state.roles.get(login)
    return refuse(404, f"{login} is not a user") if role is None else Answer(200, asked.shapes.permission(login, role))


@route("GET", r"/issues/comments/(\d+)")
def _comment(asked: Asked, comment_id: str) -> Answer:
    comment = asked.state.comments.get(int(comment_id))
    return Answer(200, asked.shapes.comment(comment)) if comment else refuse(404, "Not Found")


@route("PATCH", r"/issues/comments/(\d+)")
def _patch_comment(asked: Asked, comment_id: str) -> Answer:
    comment = asked.state.comments.get(int(comment_id))
    if comment is None:
        return refuse(404, "Not Found")
    if len(asked.body["body"]) > MAX_TEXT:
        return _too_long()
    comment.body, comment.updated = asked.body["body"], now()
    return Answer(200, asked.shapes.comment(comment))


@route("DELETE", r"/issues/comments/(\d+)")
def _delete_comment(asked: Asked, comment_id: str) -> Answer:
    if asked.state.comments.pop(int(comment_id), None) is None:
        return refuse(404, "Not Found")
    return Answer(204)


def _too_long() -> Answer:
    return refuse(422, "Validation Failed: body is too long (maximum is 65536 characters)")


@route("POST", "/check-runs")
def _post_check(asked: Asked) -> Answer:
    if asked.body.get("status") == "completed" and not asked.body.get("conclusion"):
        return refuse(422, "Invalid request.\n\n`conclusion` is required when `status` is completed.")
    check_id = asked.state.next_id()
    asked.state.annotations[check_id] = list((asked.body.get("output") or {}).get("annotations") or [])
    asked.state.checks[check_id] = dict(asked.body)
    return Answer(201, asked.shapes.check(check_id, asked.body))


@route("GET", r"/check-runs/(\d+)")
def _check(asked: Asked, check_id: str) -> Answer:
    posted = asked.state.checks.get(int(check_id))
    return Answer(200, asked.shapes.check(int(check_id), posted)) if posted else refuse(404, "Not Found")


@route("PATCH", r"/check-runs/(\d+)")
def _patch_check(asked: Asked, check_id: str) -> Answer:
    posted = asked.state.checks.get(int(check_id))
    if posted is None:
        return refuse(404, "Not Found")
    output = {**(posted.get("output") or {}), **(asked.body.get("output") or {})}
    asked.state.annotations[int(check_id)] += (asked.body.get("output") or {}).get("annotations") or []
    posted.update({**asked.body, "output": output})
    return Answer(200, asked.shapes.check(int(check_id), posted))


@route("GET", r"/check-runs/(\d+)/annotations")
def _annotations(asked: Asked, check_id: str) -> Answer:
    return _page(asked, [asked.shapes.annotation(each) for each in asked.state.annotations.get(int(check_id), [])])


@route("GET", r"/commits/([^/]+)/check-runs")
def _checks(asked: Asked, ref: str) -> Answer:
    name = asked.query.get("check_name")
    found = [
        (i, each) for i, each in sorted(asked.state.checks.items()) if each["head_sha"] == ref and name in (None, each["name"])
    ]
    if asked.query.get("filter", "latest") == "latest":
        found = list({each["name"]: (i, each) for i, each in found}.values())
    return _page(asked, [asked.shapes.check(i, each) for i, each in found], "check_runs")


@route("GET", "/commits")
def _commits(asked: Asked) -> Answer:
    chain = asked.state.chain(asked.query.get("sha", "main"))
    return _page(asked, [asked.shapes.commit(sha) for sha in chain]) if chain else refuse(404, "Not Found")


@route("GET", r"/commits/([0-9a-f]{40})/pulls")
def _pulls_of_commit(asked: Asked, sha: str) -> Answer:
    found = [pull for pull in asked.state.pulls.values() if pull.head_sha == sha]
    return _page(asked, [asked.shapes.listed_pull(pull) for pull in found])


@route("GET", r"/compare/([0-9a-f]{40})\.\.\.([^/]+)")
def _compare(asked: Asked, base: str, head: str) -> Answer:
    before, after = asked.state.chain(base), asked.state.chain(head)
    merge_base = next((sha for sha in before if sha in after), None)
    return refuse(404, "Not Found") if merge_base is None else Answer(200, asked.shapes.comparison(base, head, merge_base))


@route("GET", r"/contents/(.+)")
def _contents(asked: Asked, quoted: str) -> Answer:
    path = unquote(quoted)
    data = asked.state.contents.get((asked.query.get("ref", asked.state.branches.get("main", "")), path))
    return refuse(404, "Not Found") if data is None else Answer(200, asked.shapes.file_content(path, data))


def _matching_runs(asked: Asked) -> list[Run]:
    """The filters of a runs list; `status` may be a status or a conclusion, as at GitHub."""
    wanted = {"branch": "head_branch", "event": "event", "head_sha": "head_sha"}
    return [
        run
        for run in sorted(asked.state.runs.values(), key=lambda each: each.id, reverse=True)
        if all(key not in asked.query or getattr(run, attribute) == asked.query[key] for key, attribute in wanted.items())
        and asked.query.get("status") in (None, run.conclusion, "completed" if run.conclusion else "in_progress")
    ]


@route("GET", "/actions/runs")
def _runs(asked: Asked) -> Answer:
    return _page(asked, [asked.shapes.run(run) for run in _matching_runs(asked)], "workflow_runs")


@route("GET", r"/actions/workflows/([^/]+)/runs")
def _workflow_runs(asked: Asked, file: str) -> Answer:
    path = f".github/workflows/{unquote(file)}"
    if all(run.path != path for run in asked.state.runs.values()):
        return refuse(404, "Not Found")
    return _page(asked, [asked.shapes.run(run) for run in _matching_runs(asked) if run.path == path], "workflow_runs")


@route("GET", r"/actions/jobs/(\d+)")
def _job(asked: Asked, job_id: str) -> Answer:
    job = asked.state.jobs.get(int(job_id))
    return Answer(200, asked.shapes.job(job)) if job else refuse(404, "Not Found")


@route("GET", r"/actions/runs/(\d+)")
def _run(asked: Asked, run_id: str) -> Answer:
    run = asked.state.runs.get(int(run_id))
    return Answer(200, asked.shapes.run(run)) if run else refuse(404, "Not Found")


@route("GET", r"/actions/runs/(\d+)/artifacts")
def _artifacts(asked: Asked, run_id: str) -> Answer:
    if int(run_id) not in asked.state.runs:
        return refuse(404, "Not Found")
    name = asked.query.get("name")
    newest_first = sorted(asked.state.artifacts.values(), key=lambda each: each.id, reverse=True)
    found = [each for each in newest_first if each.run == run_id and each.done and name in (None, each.name)]
    return _page(asked, [asked.shapes.artifact(each) for each in found], "artifacts")


@route("GET", r"/actions/artifacts/(\d+)")
def _artifact(asked: Asked, artifact_id: str) -> Answer:
    artifact = asked.state.artifacts.get(int(artifact_id))
    return Answer(200, asked.shapes.artifact(artifact)) if artifact and artifact.done else refuse(404, "Not Found")


@route("GET", r"/actions/artifacts/(\d+)/zip")
def _zip(asked: Asked, artifact_id: str) -> Answer:
    artifact = asked.state.artifacts.get(int(artifact_id))
    if artifact is None:
        return refuse(404, "Not Found")
    if artifact.expired:
        return refuse(410, "Artifact has expired")
    return Answer(302, None, {"Location": asked.blob_url(artifact.id)})

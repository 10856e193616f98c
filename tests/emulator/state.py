"""What the emulated GitHub knows: plain records, ids, and the seeds tests plant."""

import hashlib
import io
import itertools
import threading
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

BOT = "github-actions[bot]"


def now() -> str:
    """Return the time as GitHub writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def pack(files: Mapping[str, bytes | str]) -> bytes:
    """Return a zip of `files`, as an artifact is."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


@dataclass(frozen=True)
class Repo:
    """A repository: ours, or a fork of it."""

    name: str
    id: int

    @property
    def owner(self) -> str:
        """The part before the slash."""
        return self.name.partition("/")[0]


@dataclass
class Pull:
    """A pull request; `head_repo` is None once its fork was deleted, `base_repo` None means ours. Files hold GitHub's own keys."""

    number: int
    head_sha: str
    base_sha: str
    head_repo: Repo | None
    head_ref: str
    base_ref: str
    files: list[dict[str, Any]]
    state: str
    labels: tuple[str, ...]
    changed_files: int
    title: str
    base_repo: Repo | None = None


@dataclass
class Comment:
    """A comment; `born` is when it was made, for lists that lag behind."""

    id: int
    number: int
    body: str
    login: str
    kind: str
    born: float
    updated: str = field(default_factory=now)


@dataclass(frozen=True)
class LabelEvent:
    """Somebody set (`labeled`) or took away (`unlabeled`) a label; `actor` is a login."""

    id: int
    number: int
    event: str
    label: str
    actor: str


@dataclass
class Run:
    """A workflow run."""

    id: int
    head_sha: str
    event: str
    head_branch: str
    head_repo: Repo
    conclusion: str | None
    path: str
    attempt: int
    number: int
    created: str


@dataclass(frozen=True)
class Job:
    """A job of a workflow run; the check run of the same id is its own."""

    id: int
    run: Run
    name: str
    attempt: int


@dataclass
class Artifact:
    """An artifact; its bytes are the blob of the same id. `run` is a text because the results service names runs so."""

    id: int
    run: str
    name: str
    done: bool = False
    expired: bool = False
    digest: str = ""
    created: str = field(default_factory=now)


@dataclass
class Fault:
    """What goes wrong, `times` times, after `skip` matching requests went well.

    `status` None drops the connection. `applied` lets the request take effect first, as a proxy's 502 may. With `slow_s` the
    request is only answered late, and nothing is wrong with the answer.
    """

    method: str
    path: str
    status: int | None = 502
    times: int = 1
    skip: int = 0
    applied: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "Server Error"
    slow_s: float = 0.0


@dataclass
class Hold:
    """The request number `number` (from 0) is not answered: `reached` is set when it is here, and it waits for `released`.

    `applied` lets it take effect first. Its client may be killed in the meantime.
    """

    number: int
    applied: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


@dataclass
class Exchange:
    """One request as it came and how it was answered (0: not at all)."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    authorized: bool
    at: float
    status: int = 0


class State:
    """All of it, behind one lock."""

    def __init__(self, repository: str, repository_id: int) -> None:
        self.own = Repo(repository, repository_id)
        self.lock = threading.RLock()
        self._ids = itertools.count(1000)
        self.pulls: dict[int, Pull] = {}
        self.comments: dict[int, Comment] = {}
        self.label_events: list[LabelEvent] = []
        self.roles: dict[str, str] = {}
        self.checks: dict[int, dict[str, Any]] = {}
        self.annotations: dict[int, list[dict[str, Any]]] = {}
        self.runs: dict[int, Run] = {}
        self.jobs: dict[int, Job] = {}
        self.artifacts: dict[int, Artifact] = {}
        self.blobs: dict[int, bytes] = {}
        self.parents: dict[str, str | None] = {}
        self.branches: dict[str, str] = {}
        self.contents: dict[tuple[str, str], bytes] = {}
        self.faults: list[Fault] = []
        self.held: Hold | None = None
        self.exchanges: list[Exchange] = []
        self.violations: list[str] = []
        self.list_lag_s = 0.0
        self.hooks: list[tuple[str, str, Callable[[], object]]] = []

    def next_id(self) -> int:
        """Return an id nothing has yet; ids ascend with age, as GitHub's do."""
        return next(self._ids)

    # Seeds -------------------------------------------------------------------------------------------------------------------

    def add_history(self, *commits: str, branch: str = "main") -> None:
        """Plant a line of commits, oldest first; the branch ends at the last."""
        for parent, commit in zip((None, *commits), commits, strict=False):
            self.parents.setdefault(commit, parent)
        self.branches[branch] = commits[-1]

    def add_pull(
        self,
        number: int,
        *,
        head_sha: str,
        base_sha: str,
        head_repo: Repo | None = None,
        files: Sequence[str | Mapping[str, Any]] = (),
        head_ref: str = "feature",
        base_ref: str = "main",
        state: str = "open",
        labels: Sequence[str] = (),
        changed_files: int | None = None,
        title: str = "A change",
    ) -> Pull:
        """Plant a pull request; a file is a path, or GitHub's keys for one. `changed_files` may lie."""
        shapes = [{"filename": each} if isinstance(each, str) else dict(each) for each in files]
        count = len(shapes) if changed_files is None else changed_files
        self.parents.setdefault(base_sha, None)
        self.parents.setdefault(head_sha, base_sha)
        pull = Pull(
            number=number, head_sha=head_sha, base_sha=base_sha, head_repo=head_repo or self.own, head_ref=head_ref, base_ref=base_ref,
            files=shapes, state=state, labels=tuple(labels), changed_files=count, title=title,
        )  # fmt: skip
        self.pulls[number] = pull
        return pull

    def add_comment(self, number: int, body: str, *, login: str = BOT, kind: str = "Bot", born: float | None = None) -> Comment:
        """Plant a comment; an old one, unless `born` says otherwise."""
        comment = Comment(id=self.next_id(), number=number, body=body, login=login, kind=kind, born=born or 0.0)
        self.comments[comment.id] = comment
        return comment

    def add_label(self, number: int, label: str, actor: str) -> None:
        """Plant a label that `actor` set on a pull request."""
        self.label_events.append(LabelEvent(self.next_id(), number, "labeled", label, actor))
        self.pulls[number].labels = (*self.pulls[number].labels, label)

    def remove_label(self, number: int, label: str, actor: str) -> None:
        """Plant that `actor` took a label away."""
        self.label_events.append(LabelEvent(self.next_id(), number, "unlabeled", label, actor))
        self.pulls[number].labels = tuple(each for each in self.pulls[number].labels if each != label)

    def add_run(
        self,
        run_id: int,
        *,
        head_sha: str,
        event: str = "push",
        head_branch: str = "main",
        head_repo: Repo | None = None,
        conclusion: str | None = "success",
        path: str = ".github/workflows/lane-baseline.yml",
        attempt: int = 1,
        number: int | None = None,
        created: str | None = None,
    ) -> Run:
        """Plant a workflow run."""
        run = Run(
            id=run_id, head_sha=head_sha, event=event, head_branch=head_branch, head_repo=head_repo or self.own, conclusion=conclusion,
            path=path, attempt=attempt, number=number or len(self.runs) + 1, created=created or now(),
        )  # fmt: skip
        self.runs[run_id] = run
        return run

    def add_check(self, name: str, head_sha: str, conclusion: str | None = "success", *, app: str = "github-actions") -> int:
        """Plant a check run that somebody made over the API; return its id."""
        check = self.next_id()
        status = "completed" if conclusion else "in_progress"
        self.checks[check] = {"name": name, "head_sha": head_sha, "status": status, "conclusion": conclusion, "app": app}
        self.annotations[check] = []
        return check

    def add_job(self, run: int, name: str, conclusion: str | None = "success", *, attempt: int = 1) -> int:
        """Plant a job of a run, with the check run that GitHub makes for it; return their id."""
        check = self.add_check(name, self.runs[run].head_sha, conclusion)
        self.jobs[check] = Job(check, self.runs[run], name, attempt)
        return check

    def add_artifact(self, run: int, name: str, files: Mapping[str, bytes | str] | bytes, *, expired: bool = False) -> Artifact:
        """Plant an artifact of a run: files to pack, or the very bytes of the zip."""
        data = files if isinstance(files, bytes) else pack(files)
        artifact = Artifact(id=self.next_id(), run=str(run), name=name, expired=expired)
        self.blobs[artifact.id] = data
        self.artifacts[artifact.id] = finished(artifact, data)
        return self.artifacts[artifact.id]

    def add_text(self, commit: str, path: str, text: str | bytes) -> None:
        """Plant a file of a commit."""
        self.parents.setdefault(commit, None)
        self.contents[(commit, path)] = text.encode() if isinstance(text, str) else text

    def fail(self, method: str, path: str, status: int | None = 502, **more: Any) -> Fault:
        """Plant a fault; `path` is a regular expression that is searched for."""
        fault = Fault(method=method, path=path, status=status, **more)
        self.faults.append(fault)
        return fault

    def hold(self, number: int, *, applied: bool = False) -> Hold:
        """Plant that one request, counted from now, is not answered before it is released."""
        self.held = Hold(len(self.exchanges) + number, applied)
        return self.held

    def after(self, method: str, path: str, action: Callable[[], object]) -> None:
        """Plant what happens once, right after the next matching request was answered: somebody else pushes, closes, comments."""
        self.hooks.append((method, path, action))

    # What lists show -----------------------------------------------------------------------------------------------------------

    def listed_comments(self, number: int) -> list[Comment]:
        """Return the comments a list shows: oldest first, and none that is younger than the lag."""
        seen = time.monotonic() - self.list_lag_s
        return [each for each in self.comments.values() if each.number == number and each.born <= seen]

    def chain(self, ref: str) -> list[str]:
        """Return a commit and its ancestors, nearest first; empty when there is no such commit."""
        commit: str | None = self.branches.get(ref, ref)
        found: list[str] = []
        while commit is not None and commit in self.parents:
            found.append(commit)
            commit = self.parents[commit]
        return found


def finished(artifact: Artifact, data: bytes) -> Artifact:
    """Return the artifact as it is once all of it was uploaded."""
    return replace(artifact, done=True, digest="sha256:" + hashlib.sha256(data).hexdigest())

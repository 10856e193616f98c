"""Records as GitHub's JSON: its own example values, with what the state knows put in. Shapes are right by construction."""

import base64
from typing import Any

from emulator.description import example
from emulator.state import Artifact, Comment, Job, LabelEvent, Pull, Repo, Run, State

PULL_ONLY = (
    "additions", "changed_files", "comments", "commits", "deletions", "maintainer_can_modify", "mergeable", "mergeable_state", "merged",
    "merged_by", "rebaseable", "review_comments",
)  # fmt: skip
"""What a pull request has and its entry in a list has not."""


class Shapes:
    """Knows the address its links begin with."""

    def __init__(self, state: State, api: str) -> None:
        self.state = state
        self.api = api
        self.root = f"{api}/repos/{state.own.name}"
        self.page = f"https://github.com/{state.own.name}"

    def user(self, login: str, kind: str) -> dict[str, Any]:
        """A person or a bot."""
        return {**example("issue-comment")["user"], "login": login, "type": kind, "id": 41898282 if kind == "Bot" else 7}

    def repository(self, repo: Repo) -> dict[str, Any]:
        """Any repository, as it stands inside a pull request."""
        shape = example("pull-request")["base"]["repo"]
        owner = {**shape["owner"], "login": repo.owner}
        return {
            **shape, "id": repo.id, "full_name": repo.name, "name": repo.name.partition("/")[2], "owner": owner,
            "fork": repo != self.state.own, "url": f"{self.api}/repos/{repo.name}", "default_branch": "main", "private": False,
        }  # fmt: skip

    def full_repository(self) -> dict[str, Any]:
        """Our own repository."""
        shape = example("full-repository-default-response")
        own = self.repository(self.state.own)
        keep = {key: own[key] for key in ("id", "full_name", "name", "owner", "fork", "url", "default_branch", "private")}
        for key in ("parent", "source", "template_repository"):
            shape.pop(key, None)
        return {**shape, "language": None, **keep}

    def pull(self, pull: Pull) -> dict[str, Any]:
        """A pull request."""
        shape = example("pull-request")
        head_repo = None if pull.head_repo is None else self.repository(pull.head_repo)
        head_owner = pull.head_repo.owner if pull.head_repo else "unknown"
        shape["head"].update(sha=pull.head_sha, ref=pull.head_ref, repo=head_repo, label=f"{head_owner}:{pull.head_ref}")
        base = self.repository(pull.base_repo or self.state.own)
        shape["base"].update(sha=pull.base_sha, ref=pull.base_ref, repo=base, label=f"{self.state.own.owner}:{pull.base_ref}")
        label = shape["labels"][0]
        additions = sum(self.file(each)["additions"] for each in pull.files)
        deletions = sum(self.file(each)["deletions"] for each in pull.files)
        return {
            **shape, "number": pull.number, "id": 10_000 + pull.number, "state": pull.state, "title": pull.title, "requested_teams": [],
            "labels": [{**label, "name": name} for name in pull.labels], "changed_files": pull.changed_files,
            "additions": additions, "deletions": deletions, "merged": False, "merged_at": None, "merged_by": None,
            "url": f"{self.root}/pulls/{pull.number}", "html_url": f"{self.page}/pull/{pull.number}",
            "closed_at": None if pull.state == "open" else "2026-11-21T12:00:00Z",
        }  # fmt: skip

    def listed_pull(self, pull: Pull) -> dict[str, Any]:
        """A pull request in a list, which says less."""
        return {key: value for key, value in self.pull(pull).items() if key not in PULL_ONLY}

    def file(self, given: dict[str, Any]) -> dict[str, Any]:
        """A changed file: modified by one line, unless `given` says otherwise."""
        shape = example("diff-entry-items")[0]
        shape.update(status="modified", additions=1, deletions=0, changes=1, patch="@@ -1 +1,2 @@\n line\n+line")
        shape.update(given)
        return {key: value for key, value in shape.items() if value is not None}

    def comment(self, comment: Comment) -> dict[str, Any]:
        """A comment."""
        return {
            **example("issue-comment"), "id": comment.id, "body": comment.body, "user": self.user(comment.login, comment.kind),
            "updated_at": comment.updated, "url": f"{self.root}/issues/comments/{comment.id}",
            "issue_url": f"{self.root}/issues/{comment.number}",
            "html_url": f"{self.page}/pull/{comment.number}#issuecomment-{comment.id}",
        }  # fmt: skip

    def label_event(self, event: LabelEvent) -> dict[str, Any]:
        """A label that was set or taken away."""
        shape = example("issue-event-for-issue-items")[0]
        return {
            **shape, "id": event.id, "event": event.event, "actor": self.user(event.actor, "User"), "commit_id": None,
            "commit_url": None, "label": {"name": event.label, "color": "ededed"},
        }  # fmt: skip

    def permission(self, login: str, role: str) -> dict[str, Any]:
        """What somebody may do: GitHub tells `maintain` as write, and `triage` as read."""
        told = {"maintain": "write", "triage": "read"}.get(role, role)
        return {"permission": told, "role_name": role, "user": None if role == "none" else self._collaborator(login, role)}

    def _collaborator(self, login: str, role: str) -> dict[str, Any]:
        shape = example("repository-collaborator-permission-response-if-user-has-admin-permissions")["user"]
        return {**shape, "login": login, "role_name": role}

    def check(self, check_id: int, posted: dict[str, Any]) -> dict[str, Any]:
        """A check run, from the body it was posted with."""
        shape = example("check-run")
        output = posted.get("output") or {}
        if (app := posted.get("app", "github-actions")) == "github-actions":
            shape["app"].update(slug=app, name="GitHub Actions", id=15368)
        else:
            shape["app"].update(slug=app, name=app)
        shape["output"] = {
            "title": output.get("title"), "summary": output.get("summary"), "text": output.get("text"),
            "annotations_count": len(self.state.annotations.get(check_id, [])),
            "annotations_url": f"{self.root}/check-runs/{check_id}/annotations",
        }  # fmt: skip
        return {
            **shape, "id": check_id, "name": posted["name"], "head_sha": posted["head_sha"], "pull_requests": [],
            "status": posted.get("status", "queued"), "conclusion": posted.get("conclusion"),
            "external_id": posted.get("external_id", ""), "url": f"{self.root}/check-runs/{check_id}",
            "html_url": f"{self.page}/runs/{check_id}", "details_url": posted.get("details_url", f"{self.page}/runs/{check_id}"),
        }  # fmt: skip

    def annotation(self, posted: dict[str, Any]) -> dict[str, Any]:
        """One annotation of a check run, as it is read back."""
        shape = example("check-annotation-items")[0]
        blank = {"start_column": None, "end_column": None, "title": None, "raw_details": None}
        return {**shape, **blank, **posted}

    def run(self, run: Run) -> dict[str, Any]:
        """A workflow run; GitHub leaves `pull_requests` empty for forks, so it always is here."""
        shape = example("workflow-run")
        head_keys = shape["head_repository"].keys()
        head = {
            key: value
            for key, value in {**shape["head_repository"], **self.repository(run.head_repo)}.items()
            if key in head_keys
        }
        own = {
            key: value for key, value in {**shape["repository"], **self.repository(self.state.own)}.items() if key in head_keys
        }
        return {
            **shape, "id": run.id, "head_sha": run.head_sha, "event": run.event, "head_branch": run.head_branch, "path": run.path,
            "run_attempt": run.attempt, "run_number": run.number, "created_at": run.created, "updated_at": run.created,
            "run_started_at": run.created, "status": "completed" if run.conclusion else "in_progress", "conclusion": run.conclusion,
            "pull_requests": [], "head_repository": head, "repository": own, "url": f"{self.root}/actions/runs/{run.id}",
            "html_url": f"{self.page}/actions/runs/{run.id}",
        }  # fmt: skip

    def job(self, job: Job) -> dict[str, Any]:
        """A job of a run."""
        posted, run = self.state.checks[job.id], job.run
        return {
            **example("job"), "id": job.id, "run_id": run.id, "run_attempt": job.attempt, "name": job.name, "head_sha": run.head_sha,
            "head_branch": run.head_branch, "status": posted["status"], "conclusion": posted["conclusion"],
            "created_at": run.created, "check_run_url": f"{self.root}/check-runs/{job.id}", "run_url": f"{self.root}/actions/runs/{run.id}",
        }  # fmt: skip

    def artifact(self, artifact: Artifact) -> dict[str, Any]:
        """An artifact of a run."""
        run = self.state.runs.get(int(artifact.run)) if artifact.run.isdecimal() else None
        address = f"{self.root}/actions/artifacts/{artifact.id}"
        of_run = None if run is None else {
            "id": run.id, "repository_id": self.state.own.id, "head_repository_id": run.head_repo.id, "head_branch": run.head_branch,
            "head_sha": run.head_sha,
        }  # fmt: skip
        return {
            **example("artifact"), "id": artifact.id, "name": artifact.name, "expired": artifact.expired, "digest": artifact.digest,
            "size_in_bytes": len(self.state.blobs[artifact.id]), "created_at": artifact.created, "updated_at": artifact.created,
            "url": address, "archive_download_url": f"{address}/zip", "workflow_run": of_run,
        }  # fmt: skip

    def commit(self, sha: str) -> dict[str, Any]:
        """A commit of a list."""
        parent = self.state.parents.get(sha)
        parents = [] if parent is None else [{"sha": parent, "url": f"{self.root}/commits/{parent}"}]
        return {**example("commit-items")[0], "sha": sha, "parents": parents, "url": f"{self.root}/commits/{sha}"}

    def comparison(self, base: str, head: str, merge_base: str) -> dict[str, Any]:
        """Two commits compared; the files are left out, as nothing here reads them."""
        shape = example("commit-comparison")
        ours = [sha for sha in self.state.chain(head) if sha not in set(self.state.chain(merge_base))]
        return {
            **shape, "base_commit": self.commit(base), "merge_base_commit": self.commit(merge_base), "ahead_by": len(ours),
            "behind_by": self.state.chain(base).index(merge_base), "total_commits": len(ours),
            "commits": [self.commit(sha) for sha in reversed(ours)], "files": [],
        }  # fmt: skip

    def file_content(self, path: str, data: bytes) -> dict[str, Any]:
        """A file; beyond 1 MiB GitHub leaves the content out."""
        small = len(data) <= 1 << 20
        content = base64.encodebytes(data).decode() if small else ""
        return {
            **example("content-file-response-if-content-is-a-file"), "path": path, "name": path.rpartition("/")[2], "size": len(data),
            "content": content, "encoding": "base64" if small else "none",
        }  # fmt: skip

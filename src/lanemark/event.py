"""What happened? A workflow's payload as a typed value; everything in it except numbers and digests is hostile text."""

from lanemark.codec import Record


class TriggeringRun(Record, frozen=True, kw_only=True):
    """The run a `workflow_run` event is about, as GitHub (not the run) tells it."""

    id: int
    attempt: int
    number: int
    event: str
    workflow_path: str
    conclusion: str
    head_sha: str
    head_branch: str
    head_repository_id: int
    head_owner: str


class Event(Record, frozen=True, kw_only=True):
    """One trigger: `pull_request`, `merge_group`, `push`, `workflow_run`, `schedule`, `workflow_dispatch`, or `local`.

    Commits are 40-digit hexadecimal or None where the event has none. `base` is what the payload calls base (a branch tip for
    pull requests, the previous tip for pushes), not yet the commit to compare with.
    """

    name: str
    action: str = ""
    repository: str = ""
    repository_id: int = 0
    default_branch: str = ""
    number: int | None = None
    base: str | None = None
    base_ref: str = ""
    head: str | None = None
    head_ref: str = ""
    head_repository_id: int | None = None
    labels: tuple[str, ...] = ()
    run: TriggeringRun | None = None

    @property
    def fork(self) -> bool:
        """Whether the head lives in another repository than the base."""
        return self.head_repository_id is not None and self.head_repository_id != self.repository_id

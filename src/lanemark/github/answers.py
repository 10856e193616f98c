"""The parts of GitHub's answers that are read; fields we do not name are ignored, as GitHub adds new ones at any time."""

import msgspec


class RepositoryPart(msgspec.Struct, frozen=True):
    """A repository."""

    id: int
    full_name: str


class End(msgspec.Struct, frozen=True):
    """One end of a pull request; `repo` is None once a fork was deleted."""

    sha: str
    ref: str
    repo: RepositoryPart | None = None


class Label(msgspec.Struct, frozen=True):
    """A label."""

    name: str


class PullPart(msgspec.Struct, frozen=True):
    """A pull request; `changed_files` is 0 in lists, which do not say it."""

    number: int
    state: str
    head: End
    base: End
    labels: tuple[Label, ...] = ()
    changed_files: int = 0


class FilePart(msgspec.Struct, frozen=True):
    """A changed file; GitHub leaves `patch` out for binaries, and for text it finds too long."""

    filename: str
    status: str
    additions: int
    deletions: int
    previous_filename: str = ""
    sha: str | None = None
    patch: str | None = None


class User(msgspec.Struct, frozen=True):
    """Who wrote something."""

    login: str
    type: str


class CommentPart(msgspec.Struct, frozen=True):
    """A comment; `user` is None for a deleted account."""

    id: int
    body: str = ""
    user: User | None = None


class LabelledPart(msgspec.Struct, frozen=True):
    """Something that happened to a pull request; `label` and `actor` are there where it was about a label."""

    event: str
    actor: User | None = None
    label: Label | None = None


class PermissionPart(msgspec.Struct, frozen=True):
    """What somebody may do in the repository."""

    permission: str


class AppPart(msgspec.Struct, frozen=True):
    """The app that made a check run."""

    slug: str = ""


class CheckPart(msgspec.Struct, frozen=True):
    """A check run; `conclusion` is None until it is completed, `app` for an app that was deleted."""

    id: int
    name: str
    head_sha: str
    external_id: str | None = None
    status: str = ""
    conclusion: str | None = None
    app: AppPart | None = None


class JobPart(msgspec.Struct, frozen=True):
    """A job of a workflow run. Its id is that of the check run which GitHub made for it."""

    id: int
    run_id: int
    name: str
    head_sha: str
    run_attempt: int = 1


class HomePart(msgspec.Struct, frozen=True):
    """The repository that a token is asked about."""

    id: int
    default_branch: str


class CommitPart(msgspec.Struct, frozen=True):
    """A commit."""

    sha: str


class ComparisonPart(msgspec.Struct, frozen=True):
    """Two commits compared."""

    merge_base_commit: CommitPart


class ContentPart(msgspec.Struct, frozen=True):
    """A file at a commit; `content` is Base64 in lines, and left out beyond 1 MiB."""

    type: str
    size: int = 0
    encoding: str = ""
    content: str = ""


class RunPart(msgspec.Struct, frozen=True):
    """A workflow run; `head_repository` is None once a fork was deleted."""

    id: int
    event: str
    head_sha: str
    created_at: str
    run_attempt: int = 1
    run_number: int = 0
    path: str = ""
    conclusion: str | None = None
    head_branch: str | None = None
    head_repository: RepositoryPart | None = None


class RunOfArtifact(msgspec.Struct, frozen=True):
    """Which run made an artifact, by GitHub's word."""

    id: int | None = None
    head_repository_id: int | None = None
    head_sha: str | None = None


class ArtifactPart(msgspec.Struct, frozen=True):
    """An artifact."""

    id: int
    name: str
    size_in_bytes: int
    expired: bool
    digest: str | None = None
    workflow_run: RunOfArtifact | None = None

"""What GitHub knows of a commit that is to be released."""

from dataclasses import dataclass

from lanemark.judge.types import Verdict


@dataclass(frozen=True, slots=True)
class Required:
    """A check that must stand on the commit: the name of a job, and the workflow file whose job it is."""

    name: str
    workflow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The job that gave a check: of which run, of which attempt, and how that run came to be.

    `repository_id` is where the run's head lies, None once a fork was deleted. `head` is the commit the run tested.
    """

    run: int
    attempt: int
    event: str
    workflow: str
    head: str
    repository_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A check run on the commit, under whatever name. Anybody who may write checks can make one; `job` is None for those.

    `conclusion` is empty while it runs. `app` is who made it.
    """

    id: int
    name: str
    app: str
    conclusion: str
    job: Job | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A commit, the branch it should be on and whether it is, our repository, and every claim under a required name."""

    commit: str
    branch: str
    on_branch: bool
    repository_id: int
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said of one required check. `run` is the run that decided, None where none could be believed."""

    required: Required
    verdict: Verdict
    reason: str
    run: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a commit may ship, why, and which claims were not believed."""

    verdict: Verdict
    reason: str
    answers: tuple[Answer, ...]
    ignored: tuple[str, ...]

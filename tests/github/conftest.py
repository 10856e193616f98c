"""An emulated GitHub for each test, and clients that do not wait."""

from collections.abc import Callable, Iterator

import pytest

from emulator.server import GitHubEmulator
from lanemark.event import Event, TriggeringRun
from lanemark.github.client import GitHub
from lanemark.github.patience import Patience

HASTE = Patience(
    between_requests=0, between_writes=0, backoff=0.005, longest_backoff=0.01, secondary_limit=0.01, settle=0.02, timeout=5
)
A, B, C, D = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)


@pytest.fixture
def hub() -> Iterator[GitHubEmulator]:
    with GitHubEmulator() as emulator:
        emulator.add_history(A, B)
        yield emulator


@pytest.fixture
def connect(hub: GitHubEmulator) -> Callable[..., GitHub]:
    def client(token: str = "", patience: Patience = HASTE) -> GitHub:
        return GitHub(token or hub.token, api_url=hub.url, repository=hub.own.name, patience=patience)

    return client


@pytest.fixture
def client(connect: Callable[..., GitHub]) -> GitHub:
    return connect()


@pytest.fixture
def run_event(hub: GitHubEmulator) -> Callable[..., Event]:
    """Make the event that a finished run of a pull request from a fork sends."""

    def event(
        *, head: str = C, repository_id: int = 999, owner: str = "mallory", branch: str = "feature", name: str = "pull_request"
    ) -> Event:
        run = TriggeringRun(
            id=77, attempt=1, number=12, event=name, workflow_path=".github/workflows/lane-gate-pr.yml", conclusion="success",
            head_sha=head, head_branch=branch, head_repository_id=repository_id, head_owner=owner,
        )  # fmt: skip
        return Event(name="workflow_run", repository=hub.own.name, repository_id=hub.own.id, run=run)

    return event


@pytest.fixture
def pull_event(hub: GitHubEmulator) -> Event:
    return Event(name="pull_request", repository=hub.own.name, repository_id=hub.own.id, number=7, head=C, base=B)

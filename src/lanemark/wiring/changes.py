"""GitHub as the reading of a change knows it, for the few times that git cannot or must not tell. Loads the whole client."""

from lanemark.change import Change
from lanemark.event import Event
from lanemark.github.changes import change_of_event, read_text
from lanemark.github.client import GitHub
from lanemark.github.people import labelled_by, may_write
from lanemark.path import RepoPath
from lanemark.settings import Settings


def open_client(settings: Settings) -> GitHub:
    """Return the client; the settings must hold a token and a repository."""
    token = settings.token.value if settings.token else ""
    return GitHub(token, api_url=settings.api_url, repository=settings.repository, server_url=settings.server_url)


def list_change(settings: Settings, event: Event) -> Change | None:
    """Return the change of the event's pull request as GitHub lists it; None where it has none."""
    return change_of_event(open_client(settings), event)


def read_file(settings: Settings, commit: str, path: RepoPath) -> str | None:
    """Return the text of a file of a commit, None where the commit has none."""
    return read_text(open_client(settings), commit, path)


def find_labeller(settings: Settings, number: int, label: str) -> str:
    """Return the login of who set a label on a pull request, empty where nobody is known."""
    return labelled_by(open_client(settings), number, label)


def ask_permission(settings: Settings, login: str) -> bool:
    """Return whether somebody may write to the repository."""
    return may_write(open_client(settings), login)

"""The outside of `lane detect`: git and one file, and GitHub where these cannot tell and a token is there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lanemark.change import Change
from lanemark.errors import DataError, LanemarkError
from lanemark.escape import visible
from lanemark.event import Event
from lanemark.path import RepoPath
from lanemark.pipeline.policy import CONFIG_LIMIT, missing_config
from lanemark.settings import Settings

if TYPE_CHECKING:
    from lanemark.git.repository import Git


def open_checkout(settings: Settings) -> "Git":
    """Return the repository around the current folder; raise NotARepositoryError where there is none."""
    from lanemark.git.repository import Git

    return Git(settings.workspace)


@dataclass(frozen=True, slots=True)
class LastSource:
    """GitHub, of which nothing is loaded until it is asked. Is a `pipeline.prepare.LastSource`."""

    settings: Settings

    def change_of(self, event: Event) -> Change | None:
        """Return the change of the event's pull request as GitHub lists it; None where it has none."""
        from lanemark.wiring.changes import list_change

        return list_change(self.settings, event)

    def text(self, commit: str, path: RepoPath, limit: int) -> str | None:
        """Return a file of `commit`, None where there is none; raise DataError for one beyond `limit` bytes or not UTF-8."""
        from lanemark.wiring.changes import read_file

        text = read_file(self.settings, commit, path)
        if text is not None and len(text.encode()) > limit:
            raise DataError(f"{visible(path)} at commit {commit[:10]}: more than {limit} bytes")
        return text

    def labelled_by(self, number: int, label: str) -> str:
        """Return the login of who set a label on a pull request, empty where nobody is known."""
        from lanemark.wiring.changes import find_labeller

        return find_labeller(self.settings, number, label)

    def may_write(self, login: str) -> bool:
        """Return whether somebody may write to the repository."""
        from lanemark.wiring.changes import ask_permission

        return ask_permission(self.settings, login)


def open_last_source(settings: Settings) -> LastSource | None:
    """Return GitHub for what git cannot tell; None without a token, as in `measure`."""
    return LastSource(settings) if settings.token is not None and settings.repository else None


def read_disk(settings: Settings, name: str) -> str:
    """Return the configuration as it lies on the disk; raise ConfigError where it cannot be read."""
    from lanemark.store.files import DiskFiles

    path = name if name.startswith("/") else f"{settings.workspace}/{name}"
    try:
        return DiskFiles().read(path, limit=CONFIG_LIMIT).decode("utf-8")
    except LanemarkError as fault:
        raise missing_config(name, fault.message) from None
    except UnicodeDecodeError:
        raise missing_config(name, "it is not UTF-8") from None

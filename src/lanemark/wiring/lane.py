"""The outside of `lane detect`: git and one file."""

from typing import TYPE_CHECKING

from lanemark.errors import LanemarkError
from lanemark.pipeline.policy import CONFIG_LIMIT, missing_config
from lanemark.settings import Settings

if TYPE_CHECKING:
    from lanemark.git.repository import Git


def open_checkout(settings: Settings) -> "Git":
    """Return the repository around the current folder; raise NotARepositoryError where there is none."""
    from lanemark.git.repository import Git

    return Git(settings.workspace)


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

"""The outside of `coverage`: only files, so that reading a report loads neither NumPy nor GitHub's client."""

from lanemark.errors import LanemarkError
from lanemark.pipeline.policy import CONFIG_LIMIT
from lanemark.settings import Settings
from lanemark.store.files import DiskFiles


def open_files() -> DiskFiles:
    """Return the disk."""
    return DiskFiles()


def read_config_text(settings: Settings, name: str) -> str | None:
    """Return the configuration as it lies in the workspace, None where there is none."""
    path = name if name.startswith("/") else f"{settings.workspace}/{name}"
    try:
        return DiskFiles().read(path, limit=CONFIG_LIMIT).decode("utf-8")
    except (LanemarkError, UnicodeDecodeError):
        return None

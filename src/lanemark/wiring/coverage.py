"""The outside of `coverage`: only files, so that reading a report loads neither NumPy nor GitHub's client."""

from lanemark.store.files import DiskFiles


def open_files() -> DiskFiles:
    """Return the disk."""
    return DiskFiles()

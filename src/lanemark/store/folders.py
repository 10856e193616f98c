"""Files by name below a folder."""

import os
from collections.abc import Iterator


def find_files(folder: str, name: str, *, depth: int) -> Iterator[str]:
    """Yield the paths of `name` (`head/result.json`) in `folder` and at most `depth` levels below; no link is followed."""
    path = os.path.join(folder, name)
    if os.path.isfile(path) and not os.path.islink(path):
        yield path
    if depth == 0:
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from find_files(entry.path, name, depth=depth - 1)

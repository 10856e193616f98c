"""Changed paths from one `git diff --raw --numstat -z`."""

from lanemark.change import ChangedFile
from lanemark.path import from_bytes

DIFF = (
    "--raw", "--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=none",
    "--abbrev=40", "--no-relative",
)  # fmt: skip


def parse_changes(printed: bytes) -> tuple[ChangedFile, ...]:
    """Return the changes that git printed: first `:modes ids status`, path, then `added TAB deleted TAB path`."""
    fields = printed.split(b"\0")
    found: list[tuple[bytes, list[str]]] = []
    counts: dict[bytes, tuple[int | None, int | None]] = {}
    at = 0
    while at < len(fields) and fields[at].startswith(b":"):
        found.append((fields[at + 1], fields[at][1:].decode("ascii").split(" ")))
        at += 2
    for line in fields[at:]:
        if line:
            added, deleted, path = line.split(b"\t", 2)
            counts[path] = (None, None) if added == b"-" else (int(added), int(deleted))
    return tuple(
        ChangedFile(
            path=from_bytes(path),
            status=meta[4][0],
            old_mode=meta[0],
            new_mode=meta[1],
            added=counts.get(path, (0, 0))[0],
            deleted=counts.get(path, (0, 0))[1],
        )
        for path, meta in found
    )

"""Where a line of the pull request is: links to the head commit on the server we were told, or none."""

import re
from urllib.parse import quote

from lanemark.path import RepoPath, to_bytes
from lanemark.report.types import Links

_COMMIT = re.compile(r"[0-9a-f]{40}")


def is_commit(text: str) -> bool:
    """Tell whether `text` is a whole commit id."""
    return bool(_COMMIT.fullmatch(text))


def plain_path(path: RepoPath) -> bool:
    """Tell whether `path` names one file below the root on every server: no empty, `.` or `..` part, nothing before the root."""
    try:
        to_bytes(path)
    except UnicodeEncodeError:  # half a character that JSON can write but no file system can
        return False
    return all(part not in ("", ".", "..") for part in path.split("/")) and "\\" not in path


def line_link(links: Links, commit: str, path: RepoPath, start: int = 0, end: int = 0) -> str:
    """Return the address of lines of a file at `commit`, empty where server, repository, commit or path do not make one.

    The path is percent-encoded byte by byte, so the address can neither end the link it stands in nor leave the repository.
    """
    if not (links.server and links.repository and is_commit(commit) and plain_path(path)):
        return ""
    lines = f"#L{start}-L{end}" if end > start > 0 else f"#L{start}" if start > 0 else ""
    return f"{links.server}/{links.repository}/blob/{commit}/{quote(to_bytes(path), safe='/')}{lines}"


def short(commit: str) -> str:
    """Return the first seven digits of a commit, the whole text where it is none."""
    return commit[:7] if is_commit(commit) else commit

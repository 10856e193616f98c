"""Gitignore-dialect patterns on repository paths: which line of a list claims a path?"""

import re
from collections.abc import Sequence
from functools import lru_cache

from lanemark.path import RepoPath


class Patterns:
    """A list of patterns; the last line that matches decides, and a `!` line takes back."""

    def __init__(self, lines: Sequence[str]) -> None:
        """Compile `lines`, in the order they stand."""
        self._lines = tuple((_compiled(line.removeprefix("!")), line.startswith("!")) for line in lines)

    def claim(self, path: RepoPath) -> int | None:
        """Return the index of the line that claims `path`, or None."""
        for index in range(len(self._lines) - 1, -1, -1):
            pattern, negative = self._lines[index]
            if pattern.fullmatch(path):
                return None if negative else index
        return None


@lru_cache(maxsize=1024)
def _compiled(line: str) -> re.Pattern[str]:
    """Return one pattern as a regular expression over whole paths."""
    body = line.rstrip("/")
    anchored = "/" in body
    text = "" if anchored else "(?:.*/)?"
    for part in re.findall(r"\*\*/|/\*\*|\*|\?|[^*?/]+|/", body.lstrip("/")):
        text += {"**/": "(?:.*/)?", "/**": "/.+", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
    return re.compile(text + ("/.*" if line.endswith("/") else "(?:/.*)?"), re.DOTALL)

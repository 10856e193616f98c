"""The gitignore dialect: one list of patterns, the last match wins, `!` excludes."""

import re
from collections.abc import Sequence

from lanemark.path import RepoPath


class Patterns:
    """A compiled list of pattern lines."""

    def __init__(self, lines: Sequence[str]) -> None:
        """Compile `lines` in their order."""
        self._rules = tuple((line.startswith("!"), re.compile(_expression(line.removeprefix("!")), re.DOTALL)) for line in lines)

    def claim(self, path: RepoPath) -> int | None:
        """Return the index of the last line that matches `path`, None where none does or that line excludes it."""
        for index in range(len(self._rules) - 1, -1, -1):
            excludes, expression = self._rules[index]
            if expression.fullmatch(path):
                return None if excludes else index
        return None


def _expression(line: str) -> str:
    """Return one pattern as a regular expression over whole paths; a pattern that names a folder claims what is in it."""
    body = line.strip("/")
    anchored = "/" in line.rstrip("/")
    inside = "/.+" if line.endswith("/") else "(?:/.+)?"
    parts = body.split("/")
    found = "" if anchored else "(?:.*/)?"
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "**":
            found += ".+" if last else "(?:.*/)?"
        else:
            found += _segment(part) + ("" if last else "/")
    return found + inside


def _segment(part: str) -> str:
    """Return one path segment: `*` and `?` do not cross a slash, `[…]` is a class."""
    found, position = "", 0
    while position < len(part):
        char = part[position]
        closing = part.find("]", position + 2) if char == "[" else -1
        if closing > 0:
            body = part[position + 1 : closing]
            negated = body[0] in "!^"
            found += f"[{'^' if negated else ''}{re.escape(body[negated:]).replace(chr(92) + '-', '-')}]"
            position = closing
        elif char == "\\" and position + 1 < len(part):
            position += 1
            found += re.escape(part[position])
        else:
            found += {"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char))
        position += 1
    return found

"""The gitignore dialect, one for lanes, stage inputs, coverage excludes and protected paths.

Own, because the library for it costs 38 ms to import and disagrees with git in 0.2 to 0.9 % of random cases; the tests compare
this one with `git check-ignore`. Matching is on bytes, as git's is. One departure: a `!` line counts even where a parent folder
was claimed, which gitignore forbids and nobody expects.
"""

import re
from collections.abc import Sequence

from lanemark.path import RepoPath, to_bytes

NEVER = b"(?!)"
_POSIX = {
    b"alnum": rb"0-9A-Za-z", b"alpha": rb"A-Za-z", b"blank": rb" \t", b"cntrl": rb"\x00-\x1f\x7f", b"digit": rb"0-9",
    b"graph": rb"\x21-\x7e", b"lower": rb"a-z", b"print": rb"\x20-\x7e", b"punct": rb"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    b"space": rb" \t\n\r\f\v", b"upper": rb"A-Z", b"xdigit": rb"0-9A-Fa-f",
}  # fmt: skip


class Patterns:
    """A list of lines, compiled once; the last line that matches a path decides about it."""

    def __init__(self, lines: Sequence[str]) -> None:
        """Compile `lines`; one that means nothing (`check_pattern` says so) matches nothing."""
        self._lines = tuple(lines)
        # One alternation, last line first, with an empty group behind each alternative: a single search finds the deciding line,
        # and the engine skips alternatives by their first literal character.
        parts = [translate(line) + b"()" for line in reversed(self._lines)]
        self._search = re.compile(b"|".join(parts) or NEVER, re.DOTALL)
        self._claims = tuple(not line.startswith("!") for line in reversed(self._lines))

    def claim(self, path: RepoPath) -> int | None:
        """Return the index of the line that claims `path`, None where the last matching line is a `!` line or none matches."""
        found = self._search.match(to_bytes(path))
        if found is None or found.lastindex is None:
            return None
        place = found.lastindex - 1
        return len(self._lines) - 1 - place if self._claims[place] else None


def check_pattern(line: str) -> str | None:
    """Return a sentence about what is wrong with a line, None where it is a pattern."""
    body = line.removeprefix("!")
    if not body.strip() or not body.strip("/"):
        return "the pattern is empty"
    if "\0" in body or "\n" in body:
        return "a pattern is one line"
    if body.startswith("#"):
        return "a line that starts with # is a comment in this dialect; write \\# for a file of that name"
    if (len(body) - len(body.rstrip("\\"))) % 2:
        return "it ends in a backslash, which escapes nothing"
    if re.search(r"(?<!\\)\{[^{}]*,[^{}]*\}", body):
        return "{a,b} is not a brace here, write two lines"
    if body.startswith("./") or any(part in (".", "..") for part in body.split("/")):
        return "paths are relative to the repository's root, without . and .."
    if translate(line) == NEVER:
        return "a [ is not closed"
    return None


def translate(line: str) -> bytes:
    """Return the regular expression that matches, from the start of a path to its end, what `line` matches."""
    raw = _strip_spaces(line.removeprefix("!").encode("utf-8", "surrogateescape"))
    folder = raw.endswith(b"/") and not raw.endswith(b"\\/")
    raw = raw[:-1] if folder else raw
    if not raw or raw.startswith(b"#"):
        return NEVER
    anchored = b"/" in raw
    body = _translate_body(raw.removeprefix(b"/"), anchored=anchored)
    if body is None:
        return NEVER
    below = rb"/.+" if folder else rb"" if body.endswith(rb"/.+") else rb"(?:/.+)?"
    return (b"" if anchored else rb"(?:.+/)?") + body + below + rb"\Z"


def _strip_spaces(raw: bytes) -> bytes:
    """Drop trailing spaces, unless a backslash keeps one."""
    stripped = raw.rstrip(b" ")
    if len(stripped) < len(raw) and (len(stripped) - len(stripped.rstrip(b"\\"))) % 2:
        return stripped + b" "
    return stripped


def _translate_body(raw: bytes, *, anchored: bool) -> bytes | None:
    """Return the expression for a pattern without its outer slashes; None where a `[` is not closed."""
    out, at = b"", 0
    while at < len(raw):
        byte = raw[at : at + 1]
        if byte == b"*":
            end = at
            while raw[end : end + 1] == b"*":
                end += 1
            opens = at == 0 or raw[at - 1 : at] == b"/"
            closes = end == len(raw) or raw[end : end + 1] == b"/"
            if anchored and end - at >= 2 and opens and closes:
                if end == len(raw):
                    return out + rb".+"
                out, at = out + rb"(?:.+/)?", end + 1
            else:
                out, at = out + rb"[^/]*", end
        elif byte == b"?":
            out, at = out + rb"[^/]", at + 1
        elif byte == b"[":
            found = _translate_class(raw, at + 1)
            if found is None:
                return None
            out, at = out + found[0], found[1]
        elif byte == b"\\":
            if at + 1 == len(raw):
                return None
            out, at = out + re.escape(raw[at + 1 : at + 2]), at + 2
        else:
            out, at = out + re.escape(byte), at + 1
    return out


def _translate_class(raw: bytes, at: int) -> tuple[bytes, int] | None:
    """Return the expression of the class that starts at `at`, behind its `[`, and where it ends; None where it does not end."""
    negated = raw[at : at + 1] in (b"!", b"^")
    at += negated
    members, first = b"", True
    while first or raw[at : at + 1] != b"]":
        first = False
        if at >= len(raw):
            return None
        if raw.startswith(b"[:", at):
            end = raw.find(b":]", at)
            if end < 0 or raw[at + 2 : end] not in _POSIX:
                return None
            members, at = members + _POSIX[raw[at + 2 : end]], end + 2
            continue
        low, at = _class_member(raw, at)
        if raw[at : at + 1] == b"-" and raw[at + 1 : at + 2] not in (b"]", b""):
            high, at = _class_member(raw, at + 1)
            if low <= high:
                members += b"%b-%b" % (re.escape(low), re.escape(high))
        else:
            members += re.escape(low)
    if not members:
        return (b"[^/]" if negated else NEVER), at + 1
    return b"(?!/)[%b%b]" % (b"^" if negated else b"", members), at + 1


def _class_member(raw: bytes, at: int) -> tuple[bytes, int]:
    """Return one character of a class, a backslash taken as an escape, and where the next starts."""
    if raw[at : at + 1] == b"\\":
        at += 1
    return raw[at : at + 1], at + 1

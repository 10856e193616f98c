r"""The gitignore dialect, one for lanes, protected paths, stage inputs and coverage excludes.

A pattern without a slash (a trailing one apart) matches a file or folder of that name anywhere; with one it starts at the
repository's root. `*` and `?` stop at a slash, `**` between slashes is any number of folders, `[a-z]` is one character, a
trailing slash means folders only, and whatever matches a folder claims all below it. Case matters, dot files are files. The last
line that matches decides, and `!` takes back.

Two departures from git: a `!` line works even below a folder that an earlier line claimed, and `?` and `[…]` take one character
where git takes one byte.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lanemark.path import RepoPath

NEVER = -1

CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": " \\t\\n\\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
"""What `[[:name:]]` stands for inside a regular expression's set; ASCII, as in git."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One element of a pattern; `text` is its character or characters, for `one` the regular expression of one character.

    `one` is `?` or a set, `stars` a `**` that stands between slashes or ends.
    """

    kind: Literal["literal", "one", "star", "stars", "slash"]
    text: str


class _Odd:
    """Lines that only a regular expression can tell, as one of them; it is compiled when it is first asked."""

    def __init__(self) -> None:
        """Start without a line."""
        self._lines: list[tuple[int, str]] = []
        self._regex: re.Pattern[str] | None = None

    def add(self, index: int, regex: str) -> None:
        """Take one more line, which comes after all the others."""
        self._lines.insert(0, (index, regex))

    def last(self, subject: str) -> int:
        """Return the last line that matches all of `subject`.

        The alternatives stand last line first. Each ends with an empty group that tells which one it was; at its end, because
        the regular expression engine skips an alternative by its first character only if that stands first.
        """
        if self._regex is None:
            self._regex = re.compile("|".join(f"{regex}()" for _, regex in self._lines), re.DOTALL)
        found = self._regex.fullmatch(subject)
        return self._lines[(found.lastindex or 0) - 1][0] if found else NEVER


class Patterns:
    """A list of pattern lines, ready to be asked about many paths."""

    def __init__(self, lines: Sequence[str]) -> None:
        """Read `lines`; a line that `check_pattern` objects to never raises here, at worst it matches nothing."""
        self._negated = tuple(line.startswith("!") for line in lines)
        self._names: dict[str, int] = {}
        self._paths: dict[str, int] = {}
        self._below: dict[str, int] = {}
        self._suffixes: dict[str, int] = {}
        self._folders: dict[str, int] = {"": NEVER}
        self._odd_names: _Odd | None = None
        self._odd_paths: dict[str, _Odd] = {}
        for index, line in enumerate(lines):
            self._read_line(index, line)
        self._lengths = sorted({len(suffix) for suffix in self._suffixes})

    def claim(self, path: RepoPath) -> int | None:
        """Return the index of the last line that matches `path` (a file), None where none does or that line is a `!` line."""
        folder, slash, name = path.rpartition("/")
        index = max(self._under(folder + slash), self._match(path, name))
        return None if index == NEVER or self._negated[index] else index

    def _under(self, folder: str) -> int:
        """Return the last line that claims all below `folder` (with its trailing slash, empty for the root)."""
        known = self._folders.get(folder)
        if known is not None:
            return known
        start = len(folder) - 1
        while (start := folder.rfind("/", 0, start)) >= 0 and folder[: start + 1] not in self._folders:
            pass
        last = self._folders[folder[: start + 1]]
        while start + 1 < len(folder):
            end = folder.index("/", start + 1)
            subject = folder[: end + 1]
            last = max(last, self._match(subject, subject[start + 1 :]), self._below.get(subject, NEVER))
            self._folders[subject] = last
            start = end
        return last

    def _match(self, subject: str, name: str) -> int:
        """Return the last line that matches this very entry; folders bear a trailing slash in `subject` and `name`."""
        last = max(self._names.get(name, NEVER), self._paths.get(subject, NEVER))
        for length in self._lengths:
            last = max(last, self._suffixes.get(name[-length:], NEVER))
        if self._odd_names:
            last = max(last, self._odd_names.last(name))
        if self._odd_paths:
            for start in ("", subject.partition("/")[0]):
                if start in self._odd_paths:
                    last = max(last, self._odd_paths[start].last(subject))
        return last

    def _read_line(self, index: int, line: str) -> None:
        """Put one line where `_match` finds it: plain shapes in tables, odd ones in regular expressions by their first part."""
        text = _strip_spaces(line)
        if text.startswith("#"):
            return
        text = text.removeprefix("!")
        folders_only = text.endswith("/")
        text = text.removesuffix("/")
        anchored = "/" in text
        try:
            pieces = _split(text.removeprefix("/"))
        except ValueError:
            return
        endings = ("/",) if folders_only else ("", "/")
        if _is_plain(pieces):
            table = self._paths if anchored else self._names
            table.update((_text(pieces) + ending, index) for ending in endings)
        elif not folders_only and len(pieces) > 1 and pieces[-1].kind == "stars" and _is_plain(pieces[:-1]):
            self._below[_text(pieces[:-1])] = index
        elif not anchored and len(pieces) > 1 and pieces[0].kind == "star" and _is_plain(pieces[1:]):
            self._suffixes.update((_text(pieces[1:]) + ending, index) for ending in endings)
        elif pieces and anchored:
            start = _parts(pieces)[0]
            odd = self._odd_paths.setdefault(_text(start) if _is_plain(start) else "", _Odd())
            odd.add(index, _regex(pieces) + ("/" if folders_only else "/?"))
        elif pieces:
            self._odd_names = self._odd_names or _Odd()
            self._odd_names.add(index, _regex(pieces) + ("/" if folders_only else "/?"))


def check_pattern(line: str) -> str | None:
    """Return a sentence saying what is wrong with `line` as a pattern and what to write instead, None where nothing is.

    Lines that pass mean here what they mean to git; some that git takes without a word and that never mean what was meant
    (`./a`, `a/**.js`, `{a,b}`) do not pass.
    """
    text = _strip_spaces(line).removeprefix("!")
    if not text.strip():
        return "the pattern is empty"
    if "\0" in text or "\n" in text:
        return "a pattern is one line of text"
    if _strip_spaces(line).startswith("#"):
        return "a pattern that starts with `#` is a comment and matches nothing; write `\\#` for a name that starts with `#`"
    return _wrong_escape(text) or _wrong_parts(text) or _wrong_glob(text)


def _wrong_escape(text: str) -> str | None:
    """Return what is wrong with the backslashes of `text`."""
    bare = text.replace("\\\\", "")
    if bare.endswith("\\"):
        return "the pattern ends with a backslash; a backslash takes the next character as it is, and there is none"
    if re.search(r"\\[\w/]", bare):
        return "a backslash takes the next character as it is; folders are separated by `/`"
    return None


def _wrong_parts(text: str) -> str | None:
    """Return what is wrong with the parts of `text` between its slashes."""
    if not text.strip("/"):
        return "the pattern names nothing; write `**` for every file"
    parts = text.removeprefix("/").removesuffix("/").split("/")
    if ".." in parts:
        return "`..` leaves the repository; patterns start at its root"
    if "." in parts:
        return "`.` matches nothing as a part; patterns start at the repository's root, write `/name` instead of `./name`"
    if "" in parts:
        return "two slashes in a row match nothing; write one"
    return None


def _wrong_glob(text: str) -> str | None:
    """Return what is wrong with the special characters of `text`."""
    plain = re.sub(r"\\.", "", text)
    if braces := re.search(r"\{[^{}]*,[^{}]*\}", plain):
        return f"`{braces[0]}` is not a choice here; write one pattern for each, or `\\{{` for a name with a brace"
    try:
        pieces = _split(text)
    except ValueError as fault:
        return str(fault)
    if any(piece.kind == "star" and len(piece.text) > 1 for piece in pieces):
        return "`**` means any number of folders only between slashes, as in `a/**/*.js`; inside a name write `*`"
    return None


def _strip_spaces(line: str) -> str:
    """Return `line` without the trailing spaces that no backslash keeps."""
    bare = line.rstrip(" ")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if backslashes % 2 and len(bare) < len(line) else bare


def _is_plain(pieces: list[Piece]) -> bool:
    """Whether there is something, and nothing special, in `pieces`."""
    return bool(pieces) and all(piece.kind in ("literal", "slash") for piece in pieces)


def _text(pieces: list[Piece]) -> str:
    """Return plain pieces as the text they match."""
    return "".join(piece.text for piece in pieces)


def _split(text: str) -> list[Piece]:
    """Return the pieces of a pattern; raise ValueError with a sentence where it can match nothing."""
    pieces: list[Piece] = []
    at = 0
    while at < len(text):
        char = text[at]
        start, at = at, at + 1
        if char == "\\":
            if at == len(text):
                raise ValueError("the pattern ends with a backslash")
            pieces.append(Piece("literal", text[at]))
            at += 1
        elif char == "/":
            pieces.append(Piece("slash", "/"))
        elif char == "?":
            pieces.append(Piece("one", "[^/]"))
        elif char == "[":
            regex, at = _read_set(text, at)
            pieces.append(Piece("one", regex))
        elif char == "*":
            at = start + len(text[start:]) - len(text[start:].lstrip("*"))
            alone = text[start - 1 : start] in ("", "/") and text[at : at + 1] in ("", "/")
            pieces.append(Piece("stars" if alone and at - start > 1 else "star", text[start:at]))
        else:
            pieces.append(Piece("literal", char))
    return pieces


def _read_set(text: str, at: int) -> tuple[str, int]:
    """Return the set that opens before `at` as a regular expression, and where the text goes on; as git reads it.

    The first character is never the closing bracket, a range that runs backwards holds only its first character, and no set
    holds a slash.
    """
    negated = text[at : at + 1] in ("!", "^")
    at += negated
    members: list[str] = []
    previous = ""
    first = True
    while first or text[at : at + 1] != "]":
        first = False
        char, low, previous = text[at : at + 1], previous, ""
        if char == "-" and low and text[at + 1 : at + 2] not in ("", "]"):
            at += 1 + (text[at + 1] == "\\")
            high = text[at : at + 1]
            if low <= high:
                members.append(f"{_escape(low)}-{_escape(high)}")
        elif char == "[" and (named := re.compile(r"\[:([^\]]*):\]").match(text, at)):
            if named[1] not in CLASSES:
                raise ValueError(f"`{named[0]}` is not a class of characters; there are {', '.join(CLASSES)}")
            members.append(CLASSES[named[1]])
            at = named.end() - 1
        else:
            at += char == "\\"
            previous = text[at : at + 1]
            members.append(_escape(previous))
        at += 1
        if at >= len(text):
            raise ValueError("a `[` is never closed by `]`; write `\\[` for a name with a bracket")
    return f"(?!/)[{'^' * negated}{''.join(members)}]", at + 1


def _escape(char: str) -> str:
    """Return one character for the inside of a regular expression's set."""
    return char if char.isalnum() else "\\" + char


def _regex(pieces: list[Piece]) -> str:
    """Return a regular expression for whole subjects that takes time linear in their length for every `*` and `**`.

    Between two `**` stands a fixed number of parts, between two `*` a fixed number of characters, so the leftmost place that fits
    is as good as any other and is kept (`(?>…)`): no pattern can make it try all combinations.
    """
    groups: list[list[str]] = [[]]
    for part in _parts(pieces):
        if part[:1] and part[0].kind == "stars":
            groups.append([])
        else:
            groups[-1].append(_part_regex(part))
    if len(groups) == 1:
        return "/".join(groups[0])
    first, *middle, last = groups
    regex = "".join(part + "/" for part in first)
    for group in filter(None, middle):
        regex += "(?>(?:[^/]+/)*?" + "".join(part + "/" for part in group) + ")"
    return regex + ("(?:[^/]+/)*" + "/".join(last) if last else ".+")


def _parts(pieces: list[Piece]) -> list[list[Piece]]:
    """Return the pieces between slashes."""
    parts: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece.kind == "slash":
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def _part_regex(part: list[Piece]) -> str:
    """Return a regular expression for one part, which has no slash."""
    if [piece.kind for piece in part] == ["star"]:
        return "[^/]+"
    runs = [""]
    for piece in part:
        if piece.kind == "star":
            runs.append("")
        else:
            runs[-1] += re.escape(piece.text) if piece.kind == "literal" else piece.text
    first, *middle, last = runs if len(runs) > 1 else (*runs, None)
    regex = first or ""
    regex += "".join(f"(?>[^/]*?{run})" for run in middle if run)
    return regex if last is None else f"{regex}[^/]*{last}"

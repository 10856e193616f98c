"""One line of the gitignore dialect taken apart: its pieces between slashes, and the regular expression they make.

`lanemark.pattern` says what the dialect is; here it is read as git's `wildmatch.c` reads it.
"""

import re
from typing import Literal, NamedTuple

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


_LITERALS = re.compile(r"[^\\/?*\[]+")


class Piece(NamedTuple):
    """One element of a pattern; `text` is its character or characters, for `one` the regular expression of one character.

    `one` is `?` or a set, `stars` a `**` that stands between slashes or ends.
    """

    kind: Literal["literal", "one", "star", "stars", "slash"]
    text: str


def is_plain(part: list[Piece]) -> bool:
    """Whether there is something, and nothing special, in a part."""
    return bool(part) and all(piece.kind == "literal" for piece in part)


def is_stars(part: list[Piece]) -> bool:
    """Whether a part is `**`."""
    return bool(part) and part[0].kind == "stars"


def text_of(part: list[Piece]) -> str:
    """Return a plain part as the text it matches."""
    return "".join(piece.text for piece in part)


def ending_of(part: list[Piece]) -> str:
    """Return what everything that a part matches ends with."""
    tail = ""
    for piece in reversed(part):
        if piece.kind != "literal":
            break
        tail = piece.text + tail
    return tail


def split_glob(text: str) -> list[Piece]:
    """Return the pieces of a pattern; raise ValueError with a sentence where it can match nothing."""
    pieces: list[Piece] = []
    at = 0
    while at < len(text):
        char = text[at]
        start, at = at, at + 1
        if char == "\\":
            if at == len(text):
                raise ValueError("the pattern ends with a backslash")
            if text[at] == "/":
                raise ValueError("a slash cannot be taken as it is; folders are separated by `/`")
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
        elif run := _LITERALS.match(text, start):
            at = run.end()
            pieces.append(Piece("literal", run[0]))
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


def regex_of(parts: list[list[Piece]]) -> str:
    """Return a regular expression for whole subjects that takes time linear in their length for every `*` and `**`.

    Between two `**` stands a fixed number of parts, between two `*` a fixed number of characters, so the leftmost place that fits
    is as good as any other and is kept (`(?>…)`): no pattern can make it try all combinations.
    """
    groups: list[list[str]] = [[]]
    for part in parts:
        if is_stars(part):
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


def parts_of(pieces: list[Piece]) -> list[list[Piece]]:
    """Return the pieces between slashes; of several `**` in a row one says the same."""
    parts: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece.kind == "slash":
            parts.append([])
        else:
            parts[-1].append(piece)
    return [part for part, before in zip(parts, [[], *parts], strict=False) if not (is_stars(part) and is_stars(before))]


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

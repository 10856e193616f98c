"""The YAML that configurations are written in, read quickly; everything beyond it is left to the whole reader.

Loading and running a complete YAML parser takes as long as choosing the lane of ten thousand files. Almost every configuration
needs little of it: block mappings and lists, `[a, b]` and `{a: b}` on one line, text that is plain, in quotes without escapes, or
below a `|`. For that, `read_simple` gives the tree that `document.read_document` would give, to the last place. For anything
else, mistakes first of all, it gives None: only the whole reader refuses. Tests hold both readers equal.
"""

import re
from collections.abc import Callable
from typing import TypeVar

from lanemark.config.document import MAX_BYTES, MAX_NODES, Items, Node, Table, Text
from lanemark.config.problems import Place

_KEY = re.compile(r"([A-Za-z_][A-Za-z0-9_./-]{0,99}):(?= |$)")
_QUOTED = re.compile(r"\"([^\"\\]*)\"|'([^']*)'")
_PLAIN = re.compile(r"(?:[A-Za-z0-9_./$(+~]|-(?=[A-Za-z0-9_./-]))(?:[^ :#]|:(?=[^ ])|(?<=[^ ])#| +(?=[^ :#]))*")
_PLAIN_INSIDE = re.compile(r"(?:[A-Za-z0-9_./$(+~]|-(?=[A-Za-z0-9]))(?:[^] :#,?{}[]|:(?=[A-Za-z0-9_./-])| +(?=[^] :#,?{}[]))*")
_NOTHING_MORE = re.compile(r" *(?:(?<= )#.*)?$")
_DEEPEST = 30
Counted = TypeVar("Counted", Text, Items, Table)


class _NotSimpleError(Exception):
    """Something stands here that only the whole reader knows."""


def read_simple(text: str) -> Node | None:
    """Return the tree of a configuration that is simple throughout, None for every other one."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return None
    lines = text.split("\n")
    if not all(map(str.isprintable, lines)):
        return None
    try:
        return _Simple(lines).read()
    except _NotSimpleError:
        return None


class _Simple:
    """Goes down the lines once; `row` and `column` are where the next content stands, column -1 after the last line.

    A line that fits nowhere ends every list and mapping around it, and then the document is not at its end.
    """

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.row = -1
        self.column = 0
        self.nodes = self.depth = 0

    def read(self) -> Node:
        """Return the whole document, which starts at the margin."""
        self._next_line()
        if self.column != 0:
            raise _NotSimpleError
        root = self._block(0)
        if self.column != -1:
            raise _NotSimpleError
        return root

    def _next_line(self) -> None:
        """Go to the next line that is neither empty nor a comment."""
        for row in range(self.row + 1, len(self.lines)):
            bare = self.lines[row].lstrip(" ")
            if bare and bare[0] != "#":
                self.row, self.column = row, len(self.lines[row]) - len(bare)
                return
        self.row, self.column = len(self.lines), -1

    def _block(self, column: int) -> Node:
        """Return the list or mapping that starts here."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _NotSimpleError
        node: Node = self._items(column) if self.lines[self.row].startswith("- ", column) else self._table(column)
        self.depth -= 1
        return node

    def _items(self, column: int) -> Items:
        """Return the list whose dashes stand in `column`."""
        place = self._place(column)
        items: list[Node] = []
        while self.column == column and self.lines[self.row].startswith("- ", column):
            line = self.lines[self.row]
            at = _skip_spaces(line, column + 1)
            if _KEY.match(line, at):
                items.append(self._block(at))
            else:
                items.append(self._whole(line, at))
        return self._counted(Items(place=place, items=tuple(items)))

    def _table(self, column: int) -> Table:
        """Return the mapping whose keys stand in `column`."""
        place = self._place(column)
        entries: dict[str, tuple[Text, Node]] = {}
        start = column
        while start == column:
            line = self.lines[self.row]
            key, at = self._key(line, column)
            if key.value in entries:
                raise _NotSimpleError
            entries[key.value] = (key, self._value(line, at, column))
            start = self.column
        return self._counted(Table(place=place, entries=tuple(entries.values())))

    def _key(self, line: str, at: int) -> tuple[Text, int]:
        """Return the key at `at`, and where its value may start."""
        found = _KEY.match(line, at)
        if found is None:
            raise _NotSimpleError
        key = self._text(found[1], at, found.end(1), plain=True)
        if key.kind != "text":
            raise _NotSimpleError
        return key, found.end()

    def _value(self, line: str, at: int, column: int) -> Node:
        """Return the value of a key in `column`, on the rest of its line or below."""
        if _NOTHING_MORE.match(line, at):
            self._next_line()
            if self.column > column or (self.column == column and self.lines[self.row].startswith("- ", column)):
                return self._block(self.column)
            raise _NotSimpleError
        at = _skip_spaces(line, at)
        return self._lines_below(at, column) if line[at:].rstrip(" ") == "|" else self._whole(line, at)

    def _lines_below(self, at: int, column: int) -> Text:
        """Return the text below a `|` whose key stands in `column`."""
        first = self.row + 1
        indent = len(self.lines[first]) - len(self.lines[first].lstrip(" ")) if first < len(self.lines) else 0
        if indent <= column:
            raise _NotSimpleError
        node, end = self._text("", at, at + 1, plain=False), first
        while end < len(self.lines) and (not self.lines[end] or self.lines[end].startswith(" " * indent)):
            if self.lines[end] and not self.lines[end].strip(" "):
                raise _NotSimpleError
            end += 1
        value = "\n".join(line[indent:] for line in self.lines[first:end]).rstrip("\n") + "\n"
        if end == len(self.lines) and self.lines[-1]:  # the file ends without a line's end, and so does the text
            raise _NotSimpleError
        self.row = end - 1
        self._next_line()
        return Text(place=node.place, value=value, plain=False)

    def _whole(self, line: str, at: int) -> Node:
        """Return the value that takes the rest of the line."""
        node, end = self._flow(line, at, self._plain)
        if not _NOTHING_MORE.match(line, end):
            raise _NotSimpleError
        self._next_line()
        return node

    def _flow(self, line: str, at: int, plain: Callable[[str, int], tuple[Text, int]]) -> tuple[Node, int]:
        """Return what starts at `at` and ends on this line, and where it ends."""
        first = line[at : at + 1]
        if first in ("[", "{"):
            self.depth += 1
            if self.depth > _DEEPEST:
                raise _NotSimpleError
            children, end = self._inside(line, at, "]" if first == "[" else "}")
            self.depth -= 1
            place = Place(line=self.row + 1, column=at + 1, width=end - at)
            if first == "[":
                return self._counted(Items(place=place, items=tuple(value for _, value in children))), end
            entries = {key.value: (key, value) for key, value in children if key}
            if len(entries) != len(children):
                raise _NotSimpleError
            return self._counted(Table(place=place, entries=tuple(entries.values()))), end
        if quoted := _QUOTED.match(line, at):
            value = quoted[1] if quoted[1] is not None else quoted[2]
            return self._text(value, at, quoted.end(), plain=False), quoted.end()
        return plain(line, at)

    def _inside(self, line: str, at: int, close: str) -> tuple[list[tuple[Text | None, Node]], int]:
        """Return what stands between the bracket at `at` and the one that closes it: values, with keys in `{}`."""
        found: list[tuple[Text | None, Node]] = []
        at = _skip_spaces(line, at + 1)
        if line.startswith(close, at):
            return found, at + 1
        while True:
            key = None
            if close == "}":
                key, at = self._key(line, at)
                at = _skip_spaces(line, at)
            value, at = self._flow(line, at, self._plain_inside)
            found.append((key, value))
            at = _skip_spaces(line, at)
            if line.startswith(close, at):
                return found, at + 1
            if not line.startswith(",", at):
                raise _NotSimpleError
            at = _skip_spaces(line, at + 1)

    def _plain(self, line: str, at: int) -> tuple[Text, int]:
        """Return text without quotes that ends with the line or before a comment."""
        return self._matched(_PLAIN, line, at)

    def _plain_inside(self, line: str, at: int) -> tuple[Text, int]:
        """Return text without quotes that ends before a comma or bracket."""
        return self._matched(_PLAIN_INSIDE, line, at)

    def _matched(self, pattern: re.Pattern[str], line: str, at: int) -> tuple[Text, int]:
        """Return the text that `pattern` finds at `at`."""
        found = pattern.match(line, at)
        if found is None:
            raise _NotSimpleError
        return self._text(found[0], at, found.end(), plain=True), found.end()

    def _text(self, value: str, at: int, end: int, *, plain: bool) -> Text:
        """Return a scalar that stands in this line from `at` to `end`."""
        return self._counted(Text(place=Place(line=self.row + 1, column=at + 1, width=end - at), value=value, plain=plain))

    def _place(self, column: int) -> Place:
        """Return the place of something that starts here and goes on over the line's end."""
        return Place(line=self.row + 1, column=column + 1, width=len(self.lines[self.row].rstrip()) - column)

    def _counted(self, node: Counted) -> Counted:
        """Return `node` after counting it."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _NotSimpleError
        return node


def _skip_spaces(line: str, at: int) -> int:
    """Return where the next character from `at` on stands that is no space."""
    while line.startswith(" ", at):
        at += 1
    return at

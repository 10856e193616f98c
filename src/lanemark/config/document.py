"""YAML as a tree in which every key and value knows its place, built only while it stays small.

The parser's events are read one by one, so a bomb is refused at the event that goes over a limit, before anything is built
from it. Text stays text: what `5%`, `true` or `1` means is decided where the value is wanted, so YAML 1.1 and 1.2 cannot differ.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from lanemark.config.problems import Place, Problems, quoted

MAX_BYTES = 256 << 10
MAX_DEPTH = 50
MAX_ALIASES = 100
MAX_NODES = 20_000
"""Limits of one file; a node counts again for every alias that repeats it."""

Kind = Literal["text", "number", "truth", "nothing"]
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTH = frozenset({"true", "True", "TRUE", "false", "False", "FALSE"})
_NUMBER = re.compile(
    r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One scalar as it was written; `plain` means without quotes."""

    place: Place
    value: str
    plain: bool

    @property
    def kind(self) -> Kind:
        """What YAML 1.2's core schema takes the scalar for."""
        if not self.plain:
            return "text"
        if self.value in _NOTHING:
            return "nothing"
        if self.value in _TRUTH:
            return "truth"
        return "number" if _NUMBER.fullmatch(self.value) else "text"

    def part(self, start: int, length: int) -> Place:
        """Return the place of a part of a one-line scalar, for a caret below that part only."""
        if self.place.width != len(self.value) + (0 if self.plain else 2):
            return self.place
        column = self.place.column + start + (0 if self.plain else 1)
        return Place(line=self.place.line, column=column, width=length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list."""

    place: Place
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A mapping; its keys are text and stand once."""

    place: Place
    entries: tuple[tuple[Text, "Node"], ...]


Node = Text | Items | Table


def read_document(text: str, problems: Problems) -> Node | None:
    """Return the one document of `text`, None where it is empty.

    Raise ConfigError at once where it is not YAML or over a limit; duplicate keys and keys that are not text are added to
    `problems` and left out.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        problems.refuse("LG101", problems.start, f"the file is longer than {MAX_BYTES >> 10} KiB", help="a few hundred lines do")
    return _Builder(problems).build(_events(text, problems))


def _events(text: str, problems: Problems) -> Iterator[Any]:
    """Yield ruamel's parse events; what its scanner refuses becomes a problem with its place."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        place = problems.start if mark is None else problems.place(mark.index, mark.index + 1)
        said = " ".join(part for part in (fault.context, fault.problem) if part)
        problems.refuse(
            "LG102", place, f"not YAML: {quoted(said, mark='')}", help="look at the indentation, colons, quotes and brackets here"
        )
    except (YAMLError, ValueError, IndexError, KeyError, AttributeError, TypeError, OverflowError) as fault:
        # hostile bytes reach corners of the scanner that it did not foresee; each of them is the file's mistake, not ours
        said = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        problems.refuse(
            "LG102", problems.start, f"not YAML: {quoted(said, mark='')}", help="remove characters that cannot be printed"
        )


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read."""

    table: bool
    start: Any
    anchor: str | None
    children: list[Node]
    nodes: int = 1
    height: int = 1


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A node that an alias may repeat, with what repeating it costs."""

    node: Node
    nodes: int
    height: int


class _Builder:
    """Builds the tree from events and keeps the limits."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.stack: list[_Open] = []
        self.anchors: dict[str, _Anchored] = {}
        self.nodes = self.aliases = self.documents = 0
        self.root: Node | None = None

    def build(self, events: Iterator[Any]) -> Node | None:
        """Consume all events and return the root."""
        for event in events:
            match type(event).__name__:
                case "DocumentStartEvent":
                    self._start_document(event)
                case "ScalarEvent":
                    self._refuse_tag(event)
                    node = Text(place=self._place(event), value=event.value, plain=not event.style)
                    self._refuse_unwritable(node)
                    self._place_node(event, node, nodes=1, height=0)
                case "AliasEvent":
                    self._repeat(event)
                case "SequenceStartEvent" | "MappingStartEvent":
                    self._open(event)
                case "SequenceEndEvent" | "MappingEndEvent":
                    self._close(event)
                case _:
                    pass
        return self.root

    def _start_document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self._refuse("LG103", event, "a second document starts here", "keep one document and delete the `---` line")
        if event.version or event.tags:
            self._refuse("LG103", event, "YAML directives are not read", "delete the lines that start with `%`")

    def _open(self, event: Any) -> None:
        self._refuse_tag(event)
        table = type(event).__name__ == "MappingStartEvent"
        if len(self.stack) >= MAX_DEPTH:
            self._refuse(
                "LG101", event, f"nested deeper than {MAX_DEPTH} levels", "lists and mappings this deep mean nothing here"
            )
        self.stack.append(_Open(table, event.start_mark, event.anchor, []))
        if event.anchor:
            self.anchors.pop(event.anchor, None)

    def _close(self, event: Any) -> None:
        opened = self.stack.pop()
        place = self.problems.place(opened.start.index, event.end_mark.index)
        node: Node
        if opened.table:
            node = Table(place=place, entries=self._entries(opened.children))
        else:
            node = Items(place=place, items=tuple(opened.children))
        if opened.anchor:
            self.anchors[opened.anchor] = _Anchored(node, opened.nodes, opened.height)
        self._append(event, node, nodes=1, height=opened.height, inside=opened.nodes)

    def _repeat(self, event: Any) -> None:
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            self._refuse("LG101", event, f"more than {MAX_ALIASES} aliases", "write the values out")
        found = self.anchors.get(event.anchor)
        if found is None:
            self._refuse(
                "LG102",
                event,
                f"the alias *{quoted(event.anchor, mark='')} has no finished anchor before it",
                "write the anchor first, or fix its name",
            )
            return
        if len(self.stack) + found.height > MAX_DEPTH:
            self._refuse("LG101", event, f"nested deeper than {MAX_DEPTH} levels", "write less deep values")
        self._append(event, found.node, nodes=found.nodes, height=found.height, inside=found.nodes)

    def _place_node(self, event: Any, node: Text, *, nodes: int, height: int) -> None:
        if event.anchor:
            self.anchors[event.anchor] = _Anchored(node, nodes, height)
        self._append(event, node, nodes=nodes, height=height, inside=nodes)

    def _append(self, event: Any, node: Node, *, nodes: int, height: int, inside: int) -> None:
        """Give a finished node to what encloses it; `nodes` are new ones, `inside` what the encloser grows by."""
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            self._refuse(
                "LG101", event, f"more than {MAX_NODES} values", "a file this long is a mistake, or an attack with aliases"
            )
        if self.stack:
            above = self.stack[-1]
            above.children.append(node)
            above.nodes += inside
            above.height = max(above.height, height + 1)
        else:
            self.root = node

    def _entries(self, children: list[Node]) -> tuple[tuple[Text, Node], ...]:
        """Return the pairs of a mapping whose keys are text and stand once; the rest are problems."""
        kept: dict[str, tuple[Text, Node]] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, Text) or key.kind != "text":
                shown = quoted(key.value) if isinstance(key, Text) and key.value else "a list, a mapping or nothing"
                self.problems.add("LG103", key.place, f"a key must be text, this is {shown}", help="put it in quotes")
            elif key.plain and key.value == "<<":
                self.problems.add(
                    "LG103", key.place, "merge keys (`<<`) are not read", help="give the whole value an alias: `stage: *anchor`"
                )
            elif key.value in kept:
                first = kept[key.value][0].place.line
                self.problems.add(
                    "LG105",
                    key.place,
                    f"the key {quoted(key.value)} stands twice",
                    help=f"it stands first in line {first}; keep one",
                )
            else:
                kept[key.value] = (key, value)
        return tuple(kept.values())

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            self._refuse(
                "LG103", event, f"YAML tags are not read: {quoted(str(event.tag), mark='')}", "delete the tag; put text in quotes"
            )

    def _refuse_unwritable(self, node: Text) -> None:
        if "\0" in node.value or any("\ud800" <= char <= "\udfff" for char in node.value):
            self.problems.refuse(
                "LG102",
                node.place,
                "a character here cannot stand in a command or a file name",
                help="remove the `\\0` or `\\ud800`",
            )

    def _place(self, event: Any) -> Place:
        return self.problems.place(event.start_mark.index, event.end_mark.index)

    def _refuse(self, code: str, event: Any, message: str, help: str) -> None:  # noqa: A002 -- the word users read
        self.problems.refuse(code, self._place(event), message, help=help)

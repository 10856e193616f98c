"""One value of the file at a time: is it the kind that is wanted there? Every answer that is no becomes a problem."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Literal, TypeVar

from lanemark import __version__, units
from lanemark.config.document import Items, Node, Table, Text
from lanemark.config.keys import ALSO, KEYS, NOT_BUILT, TRUTH_WORDS, Block
from lanemark.config.problems import Place, Problems, listed, quoted
from lanemark.config.types import Rule
from lanemark.pattern import check_pattern
from lanemark.units import UNITS, Quantity

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
_WORDS: Mapping[Quantity, tuple[str, str]] = {
    "ratio": ("a percentage", "write {0}%"),
    "points": ("percentage points", "write {0}pp"),
    "seconds": ("a time", "write {0}ms or {0}s for a time"),
    "bytes": ("a size", "write {0}MiB for memory"),
    "count": ("a plain number", "write a number without a unit"),
}
Word = TypeVar("Word", bound=str)


class Fields:
    """The values of one mapping, checked against the keys its block may have.

    `where` is what messages call it (`lanes.docs`), `at` the place of the key it hangs on.
    """

    def __init__(self, table: Table, block: Block, where: str, at: Place, problems: Problems) -> None:
        self.where = where
        self.at = at
        self._values = {key.value: (key, value) for key, value in table.entries}
        for key, _ in table.entries:
            if key.value not in KEYS[block] and not (block == "file" and key.value.startswith("x-")):
                _refuse_key(key, block, where, problems)

    def get(self, key: str) -> Node | None:
        """Return the value of `key`, None where it was not written."""
        found = self._values.get(key)
        return found[1] if found else None

    def place(self, key: str) -> Place:
        """Return the place of `key`, or of the mapping where it was not written."""
        found = self._values.get(key)
        return found[0].place if found else self.at

    def label(self, key: str) -> str:
        """Return what messages call the value of `key`."""
        return f"{self.where}.{key}" if self.where else key


def _refuse_key(key: Text, block: Block, where: str, problems: Problems) -> None:
    """Note a key that is not built yet, or that nobody knows."""
    inside = f" in {where}" if where else ""
    if key.value in NOT_BUILT.get(block, ()):
        problems.add(
            "LG107", key.place, f"{quoted(key.value)}{inside} is not built yet in version {__version__}", help="leave it out"
        )
        return
    known = KEYS[block]
    other = ALSO.get(key.value, "")
    hint = problems.suggestion(key.value, known) or (f'did you mean "{other}"?' if other in known else "")
    last = "take it out; a name that starts with x- is free" if block == "file" else "take it out"
    problems.add(
        "LG104",
        key.place,
        f"unknown key {quoted(key.value)}{inside}",
        notes=[f"known: {listed(sorted(known))}"],
        help=hint or last,
    )


class Reader:
    """Turns nodes into values. Each method returns None (or nothing) after noting what is wrong."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems

    def fields(self, node: Node | None, block: Block, where: str, at: Place) -> Fields | None:
        """Return the mapping `node` as fields of `block`; None where it is absent or something else."""
        if node is None:
            return None
        if not isinstance(node, Table):
            self._refuse_shape(node, where, "a mapping", f"known keys: {listed(KEYS[block])}", at)
            return None
        return Fields(node, block, where, at, self.problems)

    def entries(self, node: Node | None, where: str, at: Place) -> Iterator[tuple[Text, Node]]:
        """Yield the pairs of a mapping with free keys."""
        if isinstance(node, Table):
            yield from node.entries
        elif node is not None:
            self._refuse_shape(node, where, "a mapping", "write `name: value` lines below it", at)

    def items(self, node: Node | None, where: str, at: Place) -> Iterator[Node]:
        """Yield the items of a list."""
        if isinstance(node, Items):
            yield from node.items
        elif isinstance(node, Text) and node.kind == "text":
            help_ = f"write [{quoted(node.value, mark='')}]"
            self.problems.add("LG108", node.place, f"{where or 'the file'} must be a list, this is text", help=help_)
        elif node is not None:
            self._refuse_shape(node, where, "a list", "write [one, two]", at)

    def text(self, node: Node | None, where: str, *, empty: bool = False) -> Text | None:
        """Return text that every YAML reader takes for text; empty only where `empty` says so."""
        if node is None:
            return None
        if not isinstance(node, Text) or node.kind == "nothing":
            self._refuse_shape(node, where, "text", "write it on this line, or below it after `|`", node.place)
            return None
        if node.kind != "text":
            self.problems.add(
                "LG108",
                node.place,
                f"{where} must be text, YAML reads {quoted(node.value)} as a {node.kind}",
                help=_in_quotes(node),
            )
            return None
        if node.plain and node.value.lower() in TRUTH_WORDS:
            self.problems.add(
                "LG111",
                node.place,
                f"{quoted(node.value)} in {where} is true or false for some YAML readers",
                help=_in_quotes(node),
            )
            return None
        if not node.value.strip() and not empty:
            self.problems.add("LG119", node.place, f"{where} is empty", help="write something, or leave the key out")
            return None
        return node

    def texts(self, node: Node | None, where: str, at: Place) -> Iterator[Text]:
        """Yield the texts of a list."""
        for item in self.items(node, where, at):
            text = self.text(item, where)
            if text is not None:
                yield text

    def rules(self, node: Node | None, where: str, at: Place) -> tuple[Rule, ...]:
        """Return a list of patterns, each checked."""
        found = []
        for text in self.texts(node, where, at):
            wrong = check_pattern(text.value)
            if wrong:
                self.problems.add(
                    "LG116",
                    text.place,
                    f"{where}: {quoted(wrong, mark='', limit=200)}",
                    help="patterns are lines of a .gitignore file",
                )
            else:
                found.append(Rule(pattern=text.value, line=text.place.line))
        return tuple(found)

    def word(self, node: Node | None, where: str, choices: Collection[Word]) -> Word | None:
        """Return one of `choices`; a word such as `off` may stand without quotes where it is one of them."""
        if node is None:
            return None
        for choice in choices:
            if isinstance(node, Text) and node.value == choice:
                return choice
        if not isinstance(node, Text):
            self._refuse_shape(node, where, "one word", f"write one of: {listed(choices)}", node.place)
            return None
        hint = self.problems.suggestion(node.value, choices) or (
            'did you mean "off"?' if "off" in choices and _truth(node) is False else ""
        )
        self.problems.add(
            "LG109", node.place, f"{where} cannot be {quoted(node.value)}", notes=[f"known: {listed(choices)}"], help=hint
        )
        return None

    def flag(self, node: Node | None, where: str) -> bool | None:
        """Return true or false; `yes` and its like get a hint, because YAML readers differ about them."""
        if node is None:
            return None
        if isinstance(node, Text) and node.kind == "truth":
            return node.value.lower() == "true"
        if isinstance(node, Text) and _truth(node) is not None:
            wanted = "true" if _truth(node) else "false"
            self.problems.add(
                "LG111",
                node.place,
                f"{quoted(node.value)} is not true or false for every YAML reader",
                help=f"write {wanted}, without quotes",
            )
            return None
        self._refuse_shape(node, where, "true or false", "write true or false, without quotes", node.place)
        return None

    def whole(self, node: Node | None, where: str, *, low: int, high: int) -> int | None:
        """Return a whole number from `low` to `high`."""
        if node is None:
            return None
        if not isinstance(node, Text) or node.kind != "number" or not re.fullmatch(r"0|[1-9][0-9]{0,9}", node.value):
            self._refuse_shape(
                node, where, "a whole number", f"write a number from {low} to {high}, without unit and quotes", node.place
            )
            return None
        if not low <= int(node.value) <= high:
            self.problems.add(
                "LG114", node.place, f"{where} must be from {low} to {high}", help=f"{node.value} is out of this range"
            )
            return None
        return int(node.value)

    def amount(self, node: Node | None, where: str, wanted: Quantity) -> float | None:
        """Return a value with its unit as a ratio, seconds, bytes or a count."""
        if node is None:
            return None
        if not isinstance(node, Text) or node.kind in ("nothing", "truth") or not node.value.strip():
            self._refuse_shape(node, where, _WORDS[wanted][0], _WORDS[wanted][1].format(5), node.place)
            return None
        parsed = units.parse(node.value)
        if parsed is None:
            known = f" and its unit: {listed(UNITS[wanted])}" if UNITS[wanted] else " without a unit"
            self.problems.add(
                "LG113",
                node.place,
                f"{where}: {quoted(node.value)} is not {_WORDS[wanted][0]}",
                help=f"write a number from 0 on{known}",
            )
            return None
        if parsed[0] == wanted:
            return parsed[1]
        self._refuse_unit(node, where, parsed[0], wanted)
        return None

    def positive(self, node: Node | None, where: str) -> float | None:
        """Return a time in seconds that is more than none."""
        found = self.amount(node, where, "seconds")
        if found == 0 and node is not None:
            self.problems.add("LG114", node.place, f"{where} must be more than 0", help="leave it out where there is no limit")
            return None
        return found

    def name(self, key: Text, what: Literal["lane", "stage", "flag"]) -> bool:
        """Whether a key can be a name, which ends up in artifact names, gate ids and file names."""
        if key.plain and key.value.lower() in TRUTH_WORDS:
            self.problems.add(
                "LG111",
                key.place,
                f"{quoted(key.value)} as a {what}'s name is true or false for some YAML readers",
                help=_in_quotes(key),
            )
            return False
        if _NAME.fullmatch(key.value):
            return True
        help_ = "use a-z, 0-9, - and _, at most 50 characters, the first a letter or digit"
        self.problems.add("LG115", key.place, f"{quoted(key.value)} cannot be a {what}'s name", help=help_)
        return False

    def _refuse_unit(self, node: Text, where: str, given: Quantity, wanted: Quantity) -> None:
        """Note a value that measures something else than is wanted here."""
        number = units.number_of(node.value)
        word, advice = _WORDS[wanted]
        if given == "count":
            self.problems.add("LG112", node.place, f"{quoted(node.value)} has no unit", help=advice.format(number))
        elif {given, wanted} == {"ratio", "points"}:
            other = "percent" if given == "ratio" else "percentage points"
            help_ = (
                f"write {number}pp (from 85.0 % down to {85 - min(float(number), 85.0):.1f} %)"
                if wanted == "points"
                else f"write {number}%"
            )
            self.problems.add("LG118", node.place, f"{where} needs {word}, not {other}", help=help_)
        else:
            self.problems.add(
                "LG113",
                node.place,
                f"{where} needs {word}, {quoted(node.value)} is {_WORDS[given][0]}",
                help=advice.format(number),
            )

    def _refuse_shape(self, node: Node, where: str, wanted: str, help_: str, at: Place) -> None:
        """Note a value of the wrong kind."""
        if isinstance(node, Text) and node.kind == "nothing":
            self.problems.add("LG108", at, f"{where or 'the file'} has no value, it must be {wanted}", help=help_)
            return
        given = "a list" if isinstance(node, Items) else "a mapping" if isinstance(node, Table) else quoted(node.value)
        self.problems.add("LG108", node.place, f"{where or 'the file'} must be {wanted}, this is {given}", help=help_)


def _truth(text: Text) -> bool | None:
    """Return what a reader of some YAML version would take the word for."""
    word = text.value.lower()
    return True if word in ("yes", "on", "true") else False if word in ("no", "off", "false") else None


def _in_quotes(text: Text) -> str:
    return f'put it in quotes: "{quoted(text.value, mark="")}"'

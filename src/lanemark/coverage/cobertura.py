"""Cobertura XML, as coverage.py, gcovr, coverlet, Istanbul, PHPUnit and others write it.

`<class filename>` is relative to one of `<sources>`. A line may stand under `<methods>` and again under the class, and a file in
several classes: inside one class the class's own lines count and a method's only fill gaps, classes of one file are merged. All
totals come from the lines; the rates and sums that the report claims are not read.
"""

import math
import re
from collections.abc import Iterable
from typing import TypeVar
from xml.parsers import expat

from lanemark.coverage.merge import absorb_file
from lanemark.coverage.model import MAX_HITS, MAX_LINE, Branches, FileData, ReportData, Taken, better
from lanemark.errors import DataError
from lanemark.markup import MAX_DEPTH, Attributes, parse_markup, root_of

FRACTION = re.compile(r"\((\d{1,9})/(\d{1,9})\)")
"""The part of condition-coverage="50% (1/2)" that is exact."""

MEMORY = 1 << 16
"""Texts of numbers that are remembered, because few different ones make up most of a report."""

MAX_SOURCES = 1000


def claims(head: bytes) -> bool:
    """Return whether a file that starts with `head` is Cobertura; Clover has the same root, with a `clover` attribute."""
    root = root_of(head)
    return root is not None and root[0] == "coverage" and not {"clover", "generated"} & root[1].keys()


def parse(chunks: Iterable[bytes]) -> ReportData:
    """Return the report in `chunks`, or raise DataError saying what is wrong with it and on which line."""
    reading = _Reading()
    parse_markup(chunks, reading.attach)
    return reading.finish()


class _Reading:
    """Where the parser is and what it has seen; each element costs one call of `start` and one of `end`."""

    def __init__(self) -> None:
        self.files: dict[str, FileData] = {}
        self.sources: list[str] = []
        self.text: list[str] = []
        self.skipped = 0
        self.depth = 0
        self.path = ""
        self.own: FileData | None = None  # the lines of the class that is open
        self.target: FileData | None = None  # where lines go: the open method's, else the class's
        self.method = ""
        self.methods: list[tuple[str, FileData]] = []
        self.branched = False
        self.named_functions = False
        self.numbers: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        self.fractions: dict[str, Taken] = {}

    def attach(self, parser: expat.XMLParserType) -> None:
        self.parser = parser
        parser.ordered_attributes = True  # a list is made faster than a dict, and there are millions
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end

    def start(self, name: str, attributes: list[str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise DataError(f"elements stand more than {MAX_DEPTH} deep in each other")
        if name == "line":
            if len(attributes) == 4 and attributes[0] == "number" and attributes[2] == "hits":
                self.add_line(attributes[1], attributes[3])
            else:
                named = _named(attributes)
                self.add_line(named.get("number", ""), named.get("hits", ""), named.get("condition-coverage", ""))
        elif self.depth == 1 and name != "coverage":
            raise DataError(f"Cobertura begins with <coverage>, this with <{name[:40]}>")
        elif name == "class":
            self.open_class(_named(attributes))
        elif name == "method":
            self.open_method(_named(attributes))
        elif name == "source":
            self.text = []
            self.parser.CharacterDataHandler = self.text.append

    def end(self, name: str) -> None:
        self.depth -= 1
        if name == "class":
            self.close_class()
        elif name == "method":
            self.methods.append((self.method, self.target or FileData()))
            self.target = self.own
        elif name == "source":
            self.parser.CharacterDataHandler = None
            self.sources.append("".join(self.text).strip())
            if len(self.sources) > MAX_SOURCES:
                raise DataError(f"more than {MAX_SOURCES} <source> elements")

    def open_class(self, attributes: Attributes) -> None:
        self.path = attributes.get("filename", "")
        if not self.path or self.own is not None:
            raise DataError("a <class> without filename" if not self.path else "a <class> inside a <class>")
        self.own = self.target = FileData(branches=Branches(), functions={})

    def open_method(self, attributes: Attributes) -> None:
        if self.own is None or self.target is not self.own:
            raise DataError("a <method> that is not directly in a <class>")
        self.method = attributes.get("name", "") + attributes.get("signature", "")
        self.target = FileData(branches=Branches())

    def add_line(self, number_text: str, hits_text: str, condition: str = "") -> None:
        target = self.target
        if target is None or target.branches is None:
            raise DataError("a <line> outside of any <class>")
        number = self.numbers.get(number_text)
        if number is None:
            number = _remember(self.numbers, number_text, _line_number(number_text))
        if not 0 < number <= MAX_LINE:
            self.skipped += 1
            return
        hits = self.counts.get(hits_text)
        if hits is None:
            hits = _remember(self.counts, hits_text, _hit_count(hits_text))
        lines = target.lines
        lines[number] = hits if number not in lines else min(lines[number] + hits, MAX_HITS)
        if condition:
            self.add_branch(number, condition, target.branches.counted)

    def add_branch(self, number: int, condition: str, counted: dict[int, Taken]) -> None:
        taken = self.fractions.get(condition)
        if taken is None:
            taken = _remember(self.fractions, condition, _fraction(condition))
        if taken[1]:
            self.branched = True
            counted[number] = better(counted[number], taken) if number in counted else taken

    def close_class(self) -> None:
        file, spare = self.own, FileData(branches=Branches())
        if file is None or file.branches is None or file.functions is None:
            raise DataError("a </class> without <class>")
        for name, method in self.methods:
            if method.lines:
                file.functions[name, min(method.lines)] = max(method.lines.values())
                absorb_file(spare, method)
        if spare.branches is not None:
            file.lines = {**spare.lines, **file.lines}
            file.branches.counted = {**spare.branches.counted, **file.branches.counted}
        self.named_functions = self.named_functions or bool(file.functions)
        if self.path in self.files:
            absorb_file(self.files[self.path], file)
        else:
            self.files[self.path] = file
        self.own = self.target = None
        self.methods = []

    def finish(self) -> ReportData:
        for file in self.files.values():
            if not self.branched:
                file.branches = None
            if not self.named_functions:
                file.functions = None
        return ReportData(files=self.files, sources=tuple(self.sources), skipped=self.skipped)


def _named(attributes: list[str]) -> Attributes:
    """Return [name, value, name, value] by name."""
    return dict(zip(attributes[::2], attributes[1::2], strict=True))


def _line_number(text: str) -> int:
    """Return a line number; one that has too many digits for any file comes out as one past MAX_LINE."""
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()):
        raise DataError(f"a <line> whose number is {text[:40]!r}")
    return int(text) if len(digits) < 10 else MAX_LINE + 1


def _hit_count(text: str) -> int:
    """Return hits as a whole number from 0 to MAX_HITS; a fraction of a hit is a hit, a negative count (an overflow) is none."""
    if len(text) < 19 and text.isascii() and text.isdecimal():
        return int(text)
    try:
        value = float(text[:400])
    except ValueError:
        raise DataError(f"a <line> whose hits are {text[:40]!r}") from None
    if math.isnan(value):
        raise DataError("a <line> whose hits are NaN")
    return 0 if value <= 0 else MAX_HITS if value >= MAX_HITS else math.ceil(value)


def _fraction(text: str) -> Taken:
    """Return the branches taken, of how many; 0 of 0 for a bare percentage, which does not say of how many."""
    fraction = FRACTION.search(text)
    covered, total = (int(fraction[1]), int(fraction[2])) if fraction else (0, 0)
    if covered > total:
        raise DataError(f"a <line> that says {covered} of {total} branches")
    return covered, total


Number = TypeVar("Number", int, Taken)


def _remember(memory: dict[str, Number], text: str, value: Number) -> Number:
    """Return `value`, kept for the next time while there is room."""
    if len(memory) < MEMORY:
        memory[text] = value
    return value

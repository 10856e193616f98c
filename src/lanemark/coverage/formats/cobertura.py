"""Cobertura XML, as coverage.py, gcovr, coverlet, Istanbul, PHPUnit and others write it.

`<class filename>` is relative to one of `<sources>`. A line may stand under `<methods>` and again under the class, and a file
in several classes: inside one class the class's own lines count, a method's only where the class has none (Istanbul lists the
line of each function there, which is no statement). Classes of one file are merged. The rates and sums that the report claims
are not read.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from xml.parsers import expat

from lanemark.coverage.merge import absorb_file
from lanemark.coverage.model import Branches, FileData, Taken, better
from lanemark.coverage.numbers import Remembered, add_lines, hit_count, line_number
from lanemark.coverage.packed import ReportData
from lanemark.errors import DataError
from lanemark.markup import MAX_DEPTH, Attributes, parse_markup, root_of

FRACTION = re.compile(r"\((\d{1,9})/(\d{1,9})\)")
"""The part of condition-coverage="50% (1/2)" that is exact."""

MAX_SOURCES = 1000

MAX_TEXT = 10_000
"""The most pieces of text that are one <source>."""

CLOSING = frozenset({"class", "method", "source"})
"""Elements whose end means something."""


def claims(head: bytes) -> bool:
    """Return whether a file that starts with `head` is Cobertura; Clover has the same root, with other attributes."""
    root = root_of(head)
    return root is not None and root[0] == "coverage" and not {"clover", "generated"} & root[1].keys()


def parse(chunks: Iterable[bytes]) -> ReportData:
    """Return the report in `chunks`, or raise DataError saying what is wrong with it and on which line."""
    reading = _Reading()
    parse_markup(chunks, reading.attach, reading.settle)
    return reading.finish()


class _Reading:
    """Where the parser is and what it has seen.

    There are millions of <line> elements and few others. So a line is only put on a list, and so are the names of elements that
    end; what is on the lists is looked at (`settle`) when another element begins, and after each piece of the report.
    """

    def __init__(self) -> None:
        self.data = ReportData()
        self.sources: list[str] = []
        self.text: list[str] = []
        self.depth = 0
        self.path = ""
        self.own: FileData | None = None  # the lines of the class that is open
        self.target: FileData | None = None  # where lines go: the open method's, else the class's
        self.method = ""
        self.methods: list[tuple[str, FileData]] = []
        self.branched = False
        self.named_functions = False
        self.lines: dict[int, list[str]] = defaultdict(list)  # names and values of <line> attributes, by how many there are
        self.ended: list[str] = []
        self.places = Remembered(_places)
        self.numbers = Remembered(line_number)
        self.hits = Remembered(hit_count)
        self.fractions = Remembered(_fraction)

    def attach(self, parser: expat.XMLParserType) -> None:
        lines, begin = self.lines, self.begin

        def start(name: str, attributes: list[str]) -> None:
            if name == "line":
                lines[len(attributes)].extend(attributes)
            else:
                begin(name, attributes)

        self.parser = parser
        parser.ordered_attributes = True  # a list is made faster than a dict
        parser.StartElementHandler = start
        parser.EndElementHandler = self.ended.append

    def begin(self, name: str, attributes: list[str]) -> None:
        """See an element that is no line begin."""
        self.settle()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise DataError(f"elements stand more than {MAX_DEPTH} deep in each other")
        if self.depth == 1 and name != "coverage":
            raise DataError(f"Cobertura begins with <coverage>, this with <{name[:40]}>")
        if name == "class":
            self.open_class(_named(attributes))
        elif name == "method":
            self.open_method(_named(attributes))
        elif name == "source":
            self.text.clear()
            self.parser.CharacterDataHandler = self.text.append

    def settle(self) -> None:
        """Look at what was collected: the lines first, as elements that end end after them."""
        self.depth += sum(len(texts) // width for width, texts in self.lines.items() if width) - len(self.ended)
        if self.depth > MAX_DEPTH or len(self.text) > MAX_TEXT:
            raise DataError(f"elements stand more than {MAX_DEPTH} deep in each other, or a <source> is longer than any path")
        for width, texts in self.lines.items():
            if texts or not width:
                self.add_lines(texts, width)
                texts.clear()
        for name in [name for name in self.ended if name in CLOSING]:
            self.end(name)
        self.ended.clear()

    def end(self, name: str) -> None:
        if name == "class":
            self.close_class()
        elif name == "method":
            self.methods.append((self.method, self.target or FileData()))
            self.target = self.own
        elif name == "source":
            self.parser.CharacterDataHandler = None
            self.sources.append("".join(self.text).strip())
            self.text.clear()
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

    def add_lines(self, texts: list[str], width: int) -> None:
        """Give lines with `width` texts each to what is open: all at once where they have the same attributes."""
        if self.target is None or self.target.branches is None:
            raise DataError("a <line> outside of any <class>")
        names = tuple(texts[:width:2])
        if any(texts[2 * at :: width].count(name) * width != len(texts) for at, name in enumerate(names)):
            for at in range(0, len(texts), width):
                self.add_lines(texts[at : at + width], width)
            return
        number_at, hits_at, condition_at = self.places[names]
        numbers = list(map(self.numbers.__getitem__, texts[number_at::width]))
        self.data.skipped += add_lines(self.target.lines, numbers, list(map(self.hits.__getitem__, texts[hits_at::width])))
        if condition_at:
            fractions = list(map(self.fractions.__getitem__, texts[condition_at::width]))
            self.add_branches(self.target.branches.counted, numbers, fractions)

    def add_branches(self, counted: dict[int, Taken], numbers: list[int], fractions: list[Taken]) -> None:
        for number, taken in zip(numbers, fractions, strict=True):
            if number and taken[1]:
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
        if not file.lines and spare.branches is not None:
            file.lines, file.branches.counted = spare.lines, spare.branches.counted
        self.named_functions = self.named_functions or bool(file.functions)
        file.branches, file.functions = file.branches if file.branches.counted else None, file.functions or None
        self.data.files.add(self.path, file)
        self.own = self.target = None
        self.methods = []

    def finish(self) -> ReportData:
        self.data.files.complete(branches=self.branched, functions=self.named_functions)
        self.data.sources = tuple(self.sources)
        return self.data


def _named(attributes: list[str]) -> Attributes:
    """Return [name, value, name, value] by name."""
    return dict(zip(attributes[::2], attributes[1::2], strict=True))


def _places(names: tuple[str, ...]) -> tuple[int, int, int]:
    """Return where number, hits and condition of a <line> with these attributes stand; 0 for no condition."""
    at = {name: 2 * index + 1 for index, name in enumerate(names)}
    if "number" not in at or "hits" not in at:
        raise DataError("a <line> without number or hits")
    return at["number"], at["hits"], at.get("condition-coverage", 0)


def _fraction(text: str) -> Taken:
    """Return the branches taken, of how many; 0 of 0 for a bare percentage, which does not say of how many."""
    fraction = FRACTION.search(text)
    covered, total = (int(fraction[1]), int(fraction[2])) if fraction else (0, 0)
    if covered > total:
        raise DataError(f"a <line> that says {covered} of {total} branches")
    return covered, total

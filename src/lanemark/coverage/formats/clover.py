"""Clover XML, as PHPUnit, OpenClover, Istanbul and gcovr write it. The same root as Cobertura, told apart by its attributes.

Most tools write one `stmt` a line, so these are lines; `statements` stays absent. A `cond` of OpenClover counts how often it
was true and false; one of Istanbul has a `count`, and its true and false are arms that were taken and were not.
"""

from collections.abc import Iterable

from lanemark.coverage.formats.elements import read_elements
from lanemark.coverage.model import MAX_HITS, Branches, FileData
from lanemark.coverage.numbers import Remembered, add_lines, hit_count, line_number
from lanemark.coverage.packed import ReportData
from lanemark.errors import DataError
from lanemark.markup import Attributes, root_of


def claims(head: bytes) -> bool:
    """Return whether a file that starts with `head` is Clover's."""
    root = root_of(head)
    return root is not None and root[0] == "coverage" and bool({"clover", "generated"} & root[1].keys())


def parse(chunks: Iterable[bytes]) -> ReportData:
    """Return the report in `chunks`, or raise DataError saying what is wrong with it and on which line."""
    reading = _Reading()
    read_elements(chunks, "coverage", reading.begin, reading.end)
    reading.data.files.complete(branches=reading.branched, functions=reading.named_functions)
    return reading.data


class _Reading:
    """Where the parser is and what it has seen."""

    def __init__(self) -> None:
        self.data = ReportData()
        self.path = ""
        self.file: FileData | None = None
        self.tests = False  # in <testproject>, which is about the tests themselves
        self.branched = False
        self.named_functions = False
        self.numbers = Remembered(line_number)
        self.counts = Remembered(hit_count)

    def begin(self, name: str, attributes: Attributes) -> None:
        """See an element begin."""
        if name == "testproject":
            self.tests = True
        elif self.tests:
            return
        elif name == "line":
            self.add_line(attributes)
        elif name == "file":
            self.path = attributes.get("path") or attributes.get("name", "")
            if not self.path or self.file is not None:
                raise DataError("a <file> without path and name" if not self.path else "a <file> inside a <file>")
            self.file = FileData()

    def end(self, name: str) -> None:
        """See an element end."""
        if name == "testproject":
            self.tests = False
        elif name == "file" and self.file is not None:
            self.data.files.add(self.path, self.file)
            self.file = None

    def add_line(self, attributes: Attributes) -> None:
        """Read <line num type count>, or truecount and falsecount."""
        if self.file is None:
            raise DataError("a <line> outside of any <file>")
        line, kind = self.numbers[attributes.get("num", "")], attributes.get("type", "stmt")
        true, false = (self.counts[attributes.get(name, "0")] for name in ("truecount", "falsecount"))
        hits = self.counts[attributes["count"]] if "count" in attributes else min(true + false, MAX_HITS)
        if kind == "method":
            self.add_method(self.file, attributes, line, hits)
            return
        self.data.skipped += add_lines(self.file.lines, [line], [hits])
        if kind == "cond" and line:
            arms = (true, true + false) if "count" in attributes else ((true > 0) + (false > 0), 2)
            self.add_condition(self.file, line, *arms)

    def add_method(self, file: FileData, attributes: Attributes, line: int, hits: int) -> None:
        """Take a method."""
        self.named_functions = True
        file.functions = {} if file.functions is None else file.functions
        method = attributes.get("signature") or attributes.get("name", ""), line
        file.functions[method] = min(file.functions.get(method, 0) + hits, MAX_HITS)

    def add_condition(self, file: FileData, line: int, taken: int, total: int) -> None:
        """Take a condition; several of one line add up."""
        self.branched = True
        file.branches = file.branches or Branches()
        before = file.branches.counted.get(line, (0, 0))
        file.branches.counted[line] = min(before[0] + taken, MAX_HITS), min(before[1] + total, MAX_HITS)

"""JaCoCo's XML. A line has missed and covered instructions and branches, a method its counter. Hits are not counted: they are 1.

The path is the package and the source file's name: `com/acme/Shop.java`, which stands below some `src/main/java`. Instructions
are bytecode, not statements, so `statements` stays absent. gcovr writes lines without instructions: then only a file's sums are
known.
"""

from collections.abc import Iterable

from lanemark.coverage.formats.elements import read_elements
from lanemark.coverage.model import MAX_HITS, Branches, FileData, better
from lanemark.coverage.numbers import Remembered, hit_count, line_number
from lanemark.coverage.packed import ReportData
from lanemark.coverage.types import Count, Counts
from lanemark.errors import DataError
from lanemark.markup import Attributes, root_of


def claims(head: bytes) -> bool:
    """Return whether a file that starts with `head` is JaCoCo's."""
    root = root_of(head)
    return root is not None and root[0] == "report" and "name" in root[1]


def parse(chunks: Iterable[bytes]) -> ReportData:
    """Return the report in `chunks`, or raise DataError saying what is wrong with it and on which line."""
    reading = _Reading()
    read_elements(chunks, "report", reading.begin, reading.end)
    reading.data.files.complete(branches=reading.branched, functions=reading.named_functions)
    return reading.data


class _Reading:
    """Where the parser is and what it has seen."""

    def __init__(self) -> None:
        self.data = ReportData()
        self.package = ""
        self.path = ""  # of the source file whose lines or methods are read
        self.file: FileData | None = None  # the lines of the source file that is open
        self.methods: FileData | None = None  # the methods of the class that is open
        self.sums: dict[str, Count] = {}  # of the source file that is open
        self.owner = ""
        self.method: tuple[str, int] | None = None
        self.branched = False
        self.named_functions = False
        self.numbers = Remembered(line_number)
        self.counts = Remembered(hit_count)

    def begin(self, name: str, attributes: Attributes) -> None:
        """See an element begin."""
        if name == "line":
            self.add_line(attributes)
        elif name == "counter" and self.method is not None:
            self.add_counter(attributes)
        elif name == "counter" and self.file is not None:
            self.sums[attributes.get("type", "")] = self.read_sum(attributes)
        elif name == "package":
            self.package = attributes.get("name", "").strip("/")
        elif name == "sourcefile":
            self.file = FileData()
            self.open_path(attributes.get("name", ""))
        elif name == "class" and attributes.get("sourcefilename"):
            self.methods = FileData(functions={})
            self.owner = attributes.get("name", "")
            self.open_path(attributes["sourcefilename"])
        elif name == "method" and self.methods is not None:
            line = self.numbers[attributes["line"]] if "line" in attributes else 0
            self.method = f"{self.owner}.{attributes.get('name', '')}{attributes.get('desc', '')}", line

    def end(self, name: str) -> None:
        """See an element end."""
        if name == "method":
            self.method = None
        elif name == "class" and self.methods is not None:
            if self.methods.functions:
                self.named_functions = True
                self.data.files.add(self.path, self.methods)
            self.methods = None
        elif name == "sourcefile" and self.file is not None:
            if self.file.totals is not None:
                self.file.lines.clear()
                self.file.totals = Counts(lines=self.sums.get("LINE"), functions=self.sums.get("METHOD"))
            self.data.files.add(self.path, self.file)
            self.file = None
            self.sums.clear()

    def open_path(self, name: str) -> None:
        """Begin with a source file of the package that is open."""
        if not name:
            raise DataError("a <sourcefile> without name")
        self.path = f"{self.package}/{name}" if self.package else name

    def add_line(self, attributes: Attributes) -> None:
        """Read <line nr mi ci mb cb>."""
        if self.file is None:
            raise DataError("a <line> outside of any <sourcefile>")
        line = self.numbers[attributes.get("nr", "")]
        if not line:
            self.data.skipped += 1
            return
        if not {"mi", "ci"} & attributes.keys():
            self.file.totals = Counts()
        covered = int(self.counts[attributes.get("ci", "0")] > 0)
        self.file.lines[line] = max(self.file.lines.get(line, 0), covered)
        taken, missed = (self.counts[attributes.get(name, "0")] for name in ("cb", "mb"))
        if taken or missed:
            self.branched = True
            self.file.branches = self.file.branches or Branches()
            counted = self.file.branches.counted
            counted[line] = better(counted.get(line, (0, 0)), (taken, taken + missed))

    def read_sum(self, attributes: Attributes) -> Count:
        """Return what a counter says."""
        covered, missed = (self.counts[attributes.get(name, "0")] for name in ("covered", "missed"))
        return Count(covered=covered, total=min(covered + missed, MAX_HITS))

    def add_counter(self, attributes: Attributes) -> None:
        """Read the METHOD counter of the method that is open."""
        if attributes.get("type") == "METHOD" and self.method is not None and self.methods is not None:
            functions = self.methods.functions or {}
            covered = int(self.counts[attributes.get("covered", "0")] > 0)
            functions[self.method] = max(functions.get(self.method, 0), covered)
            self.methods.functions = functions

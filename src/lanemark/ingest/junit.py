"""JUnit XML: the wall time of every test case that passed, in seconds.

A test that failed or was skipped did not do its work, so it has no figure; neither has one without a `time`.
"""

import re
from xml.parsers import expat

from lanemark.errors import DataError
from lanemark.ingest.cursor import HELP
from lanemark.ingest.gather import Gathered
from lanemark.ingest.types import Content, Reading
from lanemark.markup import MAX_DEPTH, Attributes, parse_markup, root_of

_TIME = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+")
"""Surefire writes thousands with commas; `1,234` alone could be either and is refused."""

_ROOTS = ("testsuites", "testsuite")
_UNDONE = frozenset({"failure", "error", "skipped"})


def claims(content: Content) -> bool:
    """Tell by its content whether a file is of this format."""
    root = root_of(content[: 1 << 16]) if isinstance(content, bytes) else None
    return root is not None and root[0] in _ROOTS


def read(content: Content, source: str) -> tuple[Reading, ...]:
    """Return one reading a test case that passed, `classname.name`; raise DataError for XML that is not JUnit's."""
    if not isinstance(content, bytes):
        raise DataError(f"{source}: line 1: this is not XML", help=HELP)
    reading = _Cases(Gathered(source))
    try:
        parse_markup((content,), reading.attach)
    except DataError as fault:
        said = fault.message if fault.message.startswith(source) else f"{source}: {fault.message}"
        raise DataError(said, help=HELP) from None
    return reading.gathered.readings(otherwise="it has no test case that passed and has a time")


class _Cases:
    """Handlers that gather the test cases of one document."""

    def __init__(self, gathered: Gathered) -> None:
        self.gathered = gathered
        self.depth = 0
        self.case: Attributes | None = None
        self.done = True
        self.where = ""

    def attach(self, parser: expat.XMLParserType) -> None:
        """Set the handlers."""
        self.parser = parser
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end

    def start(self, name: str, attributes: Attributes) -> None:
        """See the start of an element."""
        self.depth += 1
        if self.depth == 1 and name not in _ROOTS:
            raise DataError("the root element is not testsuites or testsuite, so this is not JUnit XML")
        if self.depth > MAX_DEPTH:
            raise DataError(f"nested deeper than {MAX_DEPTH} elements")
        if name == "testcase":
            self.case, self.done, self.where = attributes, True, f"line {self.parser.CurrentLineNumber}"
        elif name in _UNDONE:
            self.done = False

    def end(self, name: str) -> None:
        """See the end of an element, and take the test case that ended."""
        self.depth -= 1
        case, self.case = (self.case, None) if name == "testcase" else (None, self.case)
        if case is None or not self.done or not case.get("time", "").strip():
            return
        title = ".".join(part for part in (case.get("classname", "").strip(), case.get("name", "").strip()) if part)
        if not title:
            self.gathered.refuse(self.where, "a test case has neither a name nor a class")
        self.gathered.add(title, "s", (self.seconds(case["time"].strip()),), where=self.where)

    def seconds(self, text: str) -> float:
        """Return a time that can be read in one way only."""
        if _GROUPED.fullmatch(text):
            text = text.replace(",", "")
        if not _TIME.fullmatch(text) or len(text) > 60:
            self.gathered.refuse(self.where, f"the time {text[:40]!a} is not a number of seconds")
        return float(text)

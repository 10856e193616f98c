"""JUnit XML as a row of test cases, for the readers of times and of outcomes. Every file is hostile."""

from xml.parsers import expat

from lanemark.errors import DataError
from lanemark.markup import MAX_DEPTH, Attributes

ROOTS = ("testsuites", "testsuite")
"""What the root element of a document may be called."""


class Cases:
    """Handlers that say when a test case begins, what stands in it, and when it ends; what that means is the readers' matter."""

    def __init__(self) -> None:
        """Begin before the document."""
        self._depth = 0
        self._case: Attributes | None = None

    def attach(self, parser: expat.XMLParserType) -> None:
        """Set the handlers."""
        self.parser = parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end

    def begin(self, case: Attributes) -> None:
        """Take the beginning of a test case."""

    def hold(self, name: str, attributes: Attributes) -> None:
        """Take an element that stands in a test case."""

    def leave(self) -> None:
        """Take the end of any element."""

    def end(self, case: Attributes) -> None:
        """Take the end of a test case."""

    def _start(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth == 1 and name not in ROOTS:
            raise DataError("the root element is not testsuites or testsuite, so this is not JUnit XML")
        if self._depth > MAX_DEPTH:
            raise DataError(f"nested deeper than {MAX_DEPTH} elements")
        if name == "testcase":
            self._case = attributes
            self.begin(attributes)
        elif self._case is not None:
            self.hold(name, attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self.leave()
        if name == "testcase" and self._case is not None:
            self.end(self._case)
            self._case = None

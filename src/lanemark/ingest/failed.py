"""JUnit XML: which tests failed, whatever else the report says."""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.parsers import expat

from lanemark.errors import DataError
from lanemark.markup import MAX_DEPTH, Attributes, parse_markup

MOST_NAMES, MOST_NAME = 50, 300


@dataclass(frozen=True, slots=True)
class Failed:
    """How many test cases of one report failed or could not run, of how many, and what the first of them are called.

    Each name is the class, the name, and the file where the report tells it; any of them may be empty.
    """

    failed: int
    ran: int
    names: tuple[tuple[str, str, str], ...]


def read_failed(chunks: Iterable[bytes]) -> Failed | None:
    """Return what failed in hostile XML, None where its root is not JUnit's; raise DataError for what is no XML at all."""
    cases = _Cases()
    try:
        parse_markup(chunks, cases.attach)
    except _OtherError:
        return None
    return Failed(cases.failed, cases.ran, tuple(cases.names))


class _OtherError(Exception):
    """The document is of another kind."""


class _Cases:
    """Handlers that count test cases."""

    def __init__(self) -> None:
        self.failed = self.ran = 0
        self.names: list[tuple[str, str, str]] = []
        self._depth = 0
        self._case: Attributes | None = None
        self._broken = self._skipped = False

    def attach(self, parser: expat.XMLParserType) -> None:
        """Set the handlers."""
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end

    def _start(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth == 1 and name not in ("testsuites", "testsuite"):
            raise _OtherError
        if self._depth > MAX_DEPTH:
            raise DataError(f"nested deeper than {MAX_DEPTH} elements")
        if name == "testcase":
            self._case, self._broken, self._skipped = attributes, False, False
        elif self._case is not None and name in ("failure", "error"):
            self._broken = True
        elif self._case is not None and name == "skipped":
            self._skipped = True

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name != "testcase" or self._case is None:
            return
        self.ran += not self._skipped
        if self._broken:
            self.failed += 1
            if len(self.names) < MOST_NAMES:
                case = self._case
                told = (case.get("classname", ""), case.get("name", ""), case.get("file", ""))
                self.names.append((told[0][:MOST_NAME], told[1][:MOST_NAME], told[2][:MOST_NAME]))
        self._case = None

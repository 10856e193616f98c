"""JUnit XML: the wall time of every test case that passed, in seconds.

A test that failed or was skipped did not do its work, so it has no figure; neither has one without a `time`.
"""

import re

from lanemark.errors import DataError
from lanemark.ingest.cases import ROOTS, Cases
from lanemark.ingest.cursor import HELP
from lanemark.ingest.gather import Gathered
from lanemark.ingest.types import Content, Reading
from lanemark.markup import Attributes, parse_markup, root_of

_TIME = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+")
"""Surefire writes thousands with commas; `1,234` alone could be either and is refused."""

_UNDONE = frozenset({"failure", "error", "skipped"})


def claims(content: Content) -> bool:
    """Tell by its content whether a file is of this format."""
    root = root_of(content[: 1 << 16]) if isinstance(content, bytes) else None
    return root is not None and root[0] in ROOTS


def read(content: Content, source: str) -> tuple[Reading, ...]:
    """Return one reading a test case that passed, `classname.name`; raise DataError for XML that is not JUnit's."""
    if not isinstance(content, bytes):
        raise DataError(f"{source}: line 1: this is not XML", help=HELP)
    cases = _Passed()
    try:
        parse_markup((content,), cases.attach)
    except DataError as fault:
        raise DataError(f"{source}: {fault.message}", help=HELP) from None
    gathered = Gathered(source)
    for where, attributes in cases.passed:
        title = ".".join(part for part in (attributes.get("classname", "").strip(), attributes.get("name", "").strip()) if part)
        if not title:
            gathered.refuse(where, "a test case has neither a name nor a class")
        gathered.add(title, "s", (_seconds(attributes["time"].strip(), where, gathered),), where=where)
    return gathered.readings(otherwise="it has no test case that passed and has a time")


def _seconds(text: str, where: str, gathered: Gathered) -> float:
    """Return a time that can be read in one way only."""
    plain = text.replace(",", "") if _GROUPED.fullmatch(text) else text
    if not _TIME.fullmatch(plain) or len(plain) > 60:
        gathered.refuse(where, f"the time {text[:40]!a} is not a number of seconds")
    return float(plain)


class _Passed(Cases):
    """Keeps the place and the attributes of every test case of one document that passed and has a time."""

    def __init__(self) -> None:
        super().__init__()
        self.passed: list[tuple[str, Attributes]] = []
        self._done = True
        self._where = ""

    def begin(self, case: Attributes) -> None:  # noqa: ARG002
        """Note where it stands."""
        self._done, self._where = True, f"line {self.parser.CurrentLineNumber}"

    def hold(self, name: str, attributes: Attributes) -> None:  # noqa: ARG002
        """Note what keeps it from having done its work."""
        self._done = self._done and name not in _UNDONE

    def end(self, case: Attributes) -> None:
        """Keep it, if it did its work and says how long that took."""
        if self._done and case.get("time", "").strip():
            self.passed.append((self._where, case))

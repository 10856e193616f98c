"""A file of figures in, readings out: which format it is, and the reader of that format.

A further format is an afternoon: write a module here with `claims(content)`, which tells such a file from all others, and
`read(content, source)`, which gives its readings (look at `pytest_benchmark.py`, the shortest; `Cursor` names the place of every
fault, `Gathered` checks numbers, units and names). Add its line to `FORMATS` and its name to `config.types.MetricFormat`. Make a
fixture with the real tool in `tests/ingest/make_fixtures.py`, and a row in `docs/figures.md`; tests demand both.
"""

from collections.abc import Callable
from typing import NamedTuple

from lanemark.codec import parse
from lanemark.config.types import MetricFormat
from lanemark.errors import DataError
from lanemark.ingest import custom, gobench, google_benchmark, hyperfine, junit, own, pytest_benchmark
from lanemark.ingest.cursor import HELP
from lanemark.ingest.types import Content, Reading

LIMIT = 16 << 20
"""The most bytes of one file."""

_HELP = "Name the format with `format:`, or write the file in one of them; docs/figures.md has all of them."


class Format(NamedTuple):
    """A format: its name in the configuration, whether a file is one (None: never by its content), and its reader."""

    name: MetricFormat
    claims: Callable[[Content], bool] | None
    read: Callable[[Content, str], tuple[Reading, ...]]


FORMATS: tuple[Format, ...] = (
    Format("lanemark", own.claims, own.read),
    Format("pytest-benchmark", pytest_benchmark.claims, pytest_benchmark.read),
    Format("hyperfine", hyperfine.claims, hyperfine.read),
    Format("gobench", gobench.claims, gobench.read),
    Format("google-benchmark", google_benchmark.claims, google_benchmark.read),
    Format("github-action-benchmark", custom.claims, custom.read),
    Format("github-action-benchmark-smaller", None, custom.read_smaller),
    Format("github-action-benchmark-bigger", None, custom.read_bigger),
    Format("junit", junit.claims, junit.read),
)


def read_metrics(data: bytes, *, format: str | None, source: str) -> tuple[Reading, ...]:  # noqa: A002 -- the key users write
    """Return the readings of a file's bytes, at least one; `source` names the file in faults.

    Without `format` the content decides. Raises DataError for an unknown or ambiguous format and for everything that is not as
    its format has it, naming the JSON path or the line.
    """
    if len(data) > LIMIT:
        raise DataError(f"{source}: {len(data):,} bytes, at most {LIMIT:,} are read", help="Write fewer figures.")
    content = content_of(data, source)
    chosen = _detect(content, source) if format is None else _named(format, source)
    return chosen.read(content, source)


def content_of(data: bytes, source: str) -> Content:
    """Return JSON as plain values, XML as its bytes, anything else as text, told apart by the first character."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    first = data.lstrip()[:1]
    if not first:
        raise DataError(f"{source}: the file is empty", help="The stage must write it each time it runs.")
    if first == b"<":
        return data
    if first in (b"{", b"["):
        return _parse_json(data, source)
    return data.decode("utf-8", "replace")


def _parse_json(data: bytes, source: str) -> Content:
    """Return an object or a list; what the codec refuses gets our advice."""
    try:
        found: Content = parse(data, limit=LIMIT, source=source)
    except DataError as fault:
        raise DataError(fault.message, help=HELP) from None
    return found


def _detect(content: Content, source: str) -> Format:
    claiming = [one for one in FORMATS if one.claims is not None and one.claims(content)]
    if len(claiming) == 1:
        return claiming[0]
    if claiming:
        names = " and ".join(one.name for one in claiming)
        raise DataError(f"{source}: its content could be {names}", help="Say which with `format:`.")
    raise DataError(f"{source}: its content is none of the formats {_known()}", help=_HELP)


def _named(name: str, source: str) -> Format:
    found = next((one for one in FORMATS if one.name == name), None)
    if found is None:
        raise DataError(f"{source}: the format {name[:60]!a} is none of {_known()}", help=_HELP)
    return found


def _known() -> str:
    return ", ".join(one.name for one in FORMATS)

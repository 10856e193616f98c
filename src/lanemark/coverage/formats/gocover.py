"""Go's cover profile (`go test -coverprofile`): blocks of statements, from a column of one line to a column of another.

    mode: set
    example.com/shop/cart.go:12.34,15.2 3 1

A block that stands twice was counted by several test programs. Go's own percentage is of statements. A line is covered if any
block that touches it ran: `if err != nil {` ran even where what follows did not. Paths begin with the module's name.
"""

import re
from collections.abc import Iterable

from lanemark.coverage.formats.textlines import number_lines
from lanemark.coverage.model import MAX_HITS, MAX_LINE, FileData, Span
from lanemark.coverage.packed import ReportData
from lanemark.errors import DataError

MODE = re.compile(rb"(?:\xef\xbb\xbf)?\s*mode: (?:set|count|atomic)\s")

BLOCK = re.compile(rb"(.+):(\d{1,9})\.(\d{1,9}),(\d{1,9})\.(\d{1,9}) (\d{1,6}) (\d{1,20})\s*")

MOST_LINES = 50_000_000
"""The most lines that the blocks of one report touch, one touched twice counted twice: short lines may claim long blocks."""

MOST_FILE_LINES = 2_000_000
"""The most lines that the blocks of one file touch, counted the same way: a profile of two lines should not fill the memory."""

MOST_BLOCKS = 1 << 20
"""The most blocks of one file that are gathered before they are packed."""


def claims(head: bytes) -> bool:
    """Return whether a file that starts with `head` is a cover profile."""
    return MODE.match(head) is not None


def parse(chunks: Iterable[bytes]) -> ReportData:
    """Return the report in `chunks`, or raise DataError saying what is wrong with it and on which line."""
    reading = _Reading()
    number_lines(chunks, reading.read_line)
    reading.close_file()
    if not reading.moded:
        raise DataError("it does not begin with `mode: set`, `mode: count` or `mode: atomic`")
    return reading.data


class _Reading:
    """The file whose blocks are read."""

    def __init__(self) -> None:
        self.data = ReportData(modules=True)
        self.moded = False
        self.path = b""
        self.blocks: dict[Span, int] = {}
        self.weights: dict[Span, int] = {}
        self.touched = 0
        self.touched_here = 0  # in the file that is open

    def read_line(self, line: bytes) -> None:
        """Read a block, or the mode, which stands again where profiles were put together."""
        block = BLOCK.fullmatch(line)
        if block is None:
            if line.strip() and not MODE.match(line + b"\n"):
                raise DataError(f"{line[:80].decode('utf-8', 'replace')!r} is no block of a cover profile")
            self.moded = self.moded or bool(line.strip())
            return
        if not self.moded:
            raise DataError("a block before any `mode:`")
        if block[1] != self.path or len(self.blocks) > MOST_BLOCKS:
            self.close_file()
            self.path = block[1]
        self.add_block((int(block[2]), int(block[3]), int(block[4]), int(block[5])), int(block[6]), int(block[7]))

    def add_block(self, span: Span, statements: int, hits: int) -> None:
        """Take a block."""
        first, _, last, _ = span
        if not 0 < first <= last <= MAX_LINE:
            self.data.skipped += 1
            return
        if span not in self.blocks:
            self.touched += last - first + 1
            self.touched_here += last - first + 1
            if self.touched > MOST_LINES or self.touched_here > MOST_FILE_LINES:
                raise DataError(f"its blocks touch more than {MOST_LINES:,} lines, or in one file {MOST_FILE_LINES:,}")
        self.blocks[span] = min(self.blocks.get(span, 0) + hits, MAX_HITS)
        self.weights[span] = max(self.weights.get(span, 0), statements)

    def close_file(self) -> None:
        """Put the file whose blocks were read among the files."""
        if self.blocks:
            lines: dict[int, int] = {}
            for (first, _, last, _), hits in self.blocks.items():
                for line in range(first, last + 1):
                    lines[line] = max(lines.get(line, 0), hits)
            weights = {span: weight for span, weight in self.weights.items() if weight != 1}
            file = FileData(lines=lines, statements=self.blocks, weights=weights)
            self.data.files.add(self.path.decode("utf-8", "surrogateescape"), file)
        self.blocks, self.weights, self.touched_here = {}, {}, 0

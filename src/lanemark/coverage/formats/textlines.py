"""Text formats in pieces that end where a line ends, whatever wrote them and however long they are."""

from collections.abc import Callable, Iterable, Iterator

from lanemark.errors import DataError

MAX_TEXT = 1 << 16
"""The most bytes of one line; the longest are names of C++ templates."""

PIECE = 1 << 17
"""The most bytes that are cut from what the caller gives at once."""

MARK = b"\xef\xbb\xbf"


def whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    r"""Yield the text in blocks of whole lines, each line with `\n` at its end; raise DataError for a line beyond MAX_TEXT.

    A byte order mark, `\r` before `\n`, and a missing last line end are what editors and Windows make of a file, not content.
    """
    rest = b""
    first = True
    for chunk in chunks:
        for at in range(0, len(chunk), PIECE):
            rest += chunk[at : at + PIECE]
            if first and len(rest) >= len(MARK):
                rest, first = rest.removeprefix(MARK), False
            end = rest.rfind(b"\n") + 1
            if end:
                yield _unix(rest[:end])
                rest = rest[end:]
            if len(rest) > MAX_TEXT:
                raise DataError(f"a line is longer than {MAX_TEXT} bytes, so this is no such report")
    if rest.strip():
        yield _unix(rest + b"\n")


def number_lines(chunks: Iterable[bytes], read: Callable[[bytes], None], bulk: Callable[[bytes, int], int] | None = None) -> None:
    """Call `read` with each line, without its end; a DataError that it raises gets the number of the line.

    `bulk` may read many lines at once: it gets a block and where it has come to, and returns where it got to.
    """
    before = 0
    for block in whole_lines(chunks):
        at = 0
        try:
            while at < len(block):
                got = bulk(block, at) if bulk else at
                if got == at:
                    end = block.index(b"\n", at)
                    read(block[at:end])
                    got = end + 1
                at = got
        except DataError as fault:
            raise DataError(f"line {before + block.count(bytes([10]), 0, at) + 1}: {fault.message}") from None
        before += block.count(b"\n")


def _unix(block: bytes) -> bytes:
    r"""Return lines that end in `\n` alone."""
    return block.replace(b"\r\n", b"\n") if b"\r" in block else block

"""Many lines in few numbers."""

from collections.abc import Iterable, Iterator, Sequence

from lanemark.coverage.model import MAX_LINE
from lanemark.errors import DataError
from lanemark.path import RepoPath


def ranges_of(lines: Iterable[int]) -> tuple[int, ...]:
    """Return lines as first and last of each unbroken range, one after the other."""
    found: list[int] = []
    for line in sorted(lines):
        if found and found[-1] == line - 1:
            found[-1] = line
        else:
            found += [line, line]
    return tuple(found)


def pairs_of(ranges: Sequence[int], path: RepoPath) -> Iterator[tuple[int, int]]:
    """Yield first and last line of each range; raise DataError for what no file has (`path` is the file they are of)."""
    if len(ranges) % 2:
        raise DataError(f"coverage of {path}: a range without an end")
    for start, end in zip(ranges[::2], ranges[1::2], strict=True):
        if not 1 <= start <= end <= MAX_LINE:
            raise DataError(f"coverage of {path}: lines {start} to {end} cannot be")
        yield start, end

"""Many lines in few numbers."""

from collections.abc import Iterable


def ranges_of(lines: Iterable[int]) -> tuple[int, ...]:
    """Return lines as first and last of each unbroken range, one after the other."""
    found: list[int] = []
    for line in sorted(lines):
        if found and found[-1] == line - 1:
            found[-1] = line
        else:
            found += [line, line]
    return tuple(found)

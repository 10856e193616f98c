"""The changed files themselves, small enough for a result: so that a page can show which lines no test reaches.

Whoever judges has no checkout. A short file is kept whole, of a long one what lies around its changed lines; files with the most
uncovered changed lines come first, until the room is used up.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from lanemark.change import AddedLines
from lanemark.coverage.model import FileData
from lanemark.coverage.patch import Inside
from lanemark.coverage.types import Excerpt, SourceView
from lanemark.path import RepoPath

WHOLE = 200
"""A file with at most so many lines is kept whole."""

AROUND = 6
"""So many lines before and behind changed ones are kept of a longer file."""

LONGEST = 200
"""The most characters of one line."""

ROOM = 200_000
"""The most characters of all files together."""

MOST_FILES = 100


def source_views(
    files: Mapping[RepoPath, FileData], added: Sequence[AddedLines], text: Callable[[RepoPath], str | None]
) -> tuple[SourceView, ...]:
    """Return the changed files that were measured, those with the most uncovered added lines first, within the room there is."""
    asked = sorted(
        ((change, files[change.path]) for change in added if change.path in files),
        key=lambda one: (-_missed(*one), one[0].path),
    )
    views: list[SourceView] = []
    room = ROOM
    for change, file in asked[:MOST_FILES]:
        source = text(change.path)
        view = None if source is None else _view(source.split("\n"), change, file)
        size = 0 if view is None else sum(len(one.text) + len(one.marks) for one in view.excerpts)
        if view is not None and 0 < size <= room:
            views.append(view)
            room -= size
    return tuple(views)


def _missed(change: AddedLines, file: FileData) -> int:
    """Return how many added lines no test reaches."""
    changed = Inside(change.ranges)
    return sum(hits <= 0 and changed.touches(line, line) for line, hits in file.lines.items())


def _view(lines: Sequence[str], change: AddedLines, file: FileData) -> SourceView:
    """Return one file; only a line feed ends a line, as git and the reports count them."""
    last = len(lines) - (not lines[-1])
    inside = Inside(change.ranges)
    added = {line for one in change.ranges for line in range(one.start, min(one.end, last) + 1)}
    spans = [(1, last)] if last <= WHOLE else _around(sorted(added), last)
    return SourceView(
        path=change.path,
        excerpts=tuple(
            Excerpt(
                start=start,
                text="\n".join(line.removesuffix("\r")[:LONGEST] for line in lines[start - 1 : end]),
                marks="".join(_mark(line, file, inside) for line in range(start, end + 1)),
            )
            for start, end in spans
            if end >= start
        ),
    )


def mark_view(view: SourceView, change: AddedLines, file: FileData) -> SourceView:
    """Return the view of a file with the marks of another measurement; the excerpts' own numbers of lines hold."""
    added = Inside(change.ranges)

    def marked(one: Excerpt) -> Excerpt:
        return replace(one, marks="".join(_mark(one.start + at, file, added) for at in range(len(one.marks))))

    return replace(view, excerpts=tuple(marked(one) for one in view.excerpts))


def _around(lines: Sequence[int], last: int) -> list[tuple[int, int]]:
    """Return first and last line of what lies around some lines, joined where it touches."""
    spans: list[tuple[int, int]] = []
    for line in lines:
        start, end = max(1, line - AROUND), min(last, line + AROUND)
        if spans and start <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _mark(line: int, file: FileData, added: Inside) -> str:
    """Return the letter of one line (see `Excerpt`)."""
    hits = file.lines.get(line)
    taken, total = (0, 0) if file.branches is None else file.branches.at(line)
    mark = "." if hits is None else "m" if hits <= 0 else "p" if taken < total else "h"
    if not added.touches(line, line):
        return mark
    return "+" if mark == "." else mark.upper()

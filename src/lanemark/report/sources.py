"""The measured files by folder, and the changed ones line by line: which lines a test reaches, and which not.

All of it comes from a result, so nothing is believed: not that marks and lines are as many, nor that it is as small as promised.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from lanemark.coverage.merge import add_counts
from lanemark.coverage.types import Excerpt, FileCoverage, SourceView
from lanemark.report.patch import share_words
from lanemark.report.types import Model

MOST_FILES = 1000
"""So many files stand in the tree; those beyond are counted."""

MOST_LINES = 3000
MOST_CHARACTERS = 120_000
"""So much source is shown on one page."""

_MARKS = {"h": "reached", "m": "not reached", "p": "partly", ".": "", "+": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeFile:
    """One measured file: raw path, its share of lines and branches, and where its source is on the page (or empty)."""

    path: str
    lines: str
    branches: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeFolder:
    """One folder (raw path, empty for the root) with the files right in it; `open` where the change touches one of them."""

    path: str
    lines: str
    files: tuple[TreeFile, ...]
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """One line: `state` is `hit`, `miss`, `part` or `none`, `word` says the same for those who see no colour."""

    number: int
    text: str
    state: str
    word: str
    added: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One changed file; each part is lines without a gap."""

    path: str
    anchor: str
    missed: int
    parts: tuple[tuple[SourceLine, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesView:
    """The tree, the number of files it leaves out, the shown files, and the number of changed files that are not shown."""

    folders: tuple[TreeFolder, ...]
    more_files: int
    files: tuple[SourceFile, ...]
    more_sources: int


def sources_view(model: Model) -> SourcesView:
    """Return what the page shows of files; everything is empty without coverage."""
    coverage = model.measured.head.coverage
    if coverage is None:
        return SourcesView(folders=(), more_files=0, files=(), more_sources=0)
    files = tuple(_fitting(coverage.sources))
    anchors = {file.path: file.anchor for file in files}
    shown = sorted(coverage.files, key=lambda file: (file.path not in anchors, file.path))[:MOST_FILES]
    touched = len(coverage.patch.files) if coverage.patch else 0
    return SourcesView(
        folders=tuple(_folders(shown, anchors)),
        more_files=len(coverage.files) - len(shown),
        files=files,
        more_sources=max(0, touched - len(files)),
    )


def _folders(files: Sequence[FileCoverage], anchors: dict[str, str]) -> Iterator[TreeFolder]:
    """Yield the folders of some files in order."""

    def folder(file: FileCoverage) -> str:
        return file.path.rpartition("/")[0]

    for path, group in groupby(sorted(files, key=lambda file: (folder(file), file.path)), key=folder):
        found = tuple(group)
        yield TreeFolder(
            path=path,
            lines=share_words(add_counts(file.counts for file in found).lines),
            files=tuple(
                TreeFile(
                    path=file.path,
                    lines=share_words(file.counts.lines),
                    branches=share_words(file.counts.branches),
                    anchor=anchors.get(file.path, ""),
                )
                for file in found
            ),
            open=any(file.path in anchors for file in found),
        )


def _fitting(views: Sequence[SourceView]) -> Iterator[SourceFile]:
    """Yield the files that fit on the page, whole ones only."""
    lines = characters = 0
    for number, view in enumerate(views, 1):
        parts = tuple(tuple(_lines(one)) for one in view.excerpts)
        lines += sum(map(len, parts))
        characters += sum(len(line.text) for part in parts for line in part)
        if lines > MOST_LINES or characters > MOST_CHARACTERS:
            return
        missed = sum(line.added and line.state == "miss" for part in parts for line in part)
        yield SourceFile(path=view.path, anchor=f"source-{number}", missed=missed, parts=parts)


def _lines(excerpt: Excerpt) -> Iterator[SourceLine]:
    """Yield the lines of an excerpt that have a mark."""
    states = {"h": "hit", "m": "miss", "p": "part"}
    for number, (text, mark) in enumerate(zip(excerpt.text.split("\n"), excerpt.marks, strict=False), excerpt.start):
        low = mark.lower()
        yield SourceLine(
            number=number,
            text=text.expandtabs(4),
            state=states.get(low, "none"),
            word=_MARKS.get(low, ""),
            added=mark == "+" or mark != low,
        )

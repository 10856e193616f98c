"""Coverage of the change: of the added lines that any report measured, which did a test reach?

    changed coverable lines = added lines of the tested commit ∩ measured lines

Added lines that are not measured (comments, blank lines) do not count; one that continues a measured statement counts for it
(`coverage.spans`). 0 of 0 stays 0 of 0. A changed source file that no report mentions is
`unknown` and named, because no tool can tell "no test imports it" from "nothing to measure".
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence

from lanemark.change import AddedLines, AddedRange
from lanemark.coverage.merge import add_counts
from lanemark.coverage.model import FileData, Span, branch_count, share_of, statement_count
from lanemark.coverage.spans import continued_lines, own_ends, report_reaches
from lanemark.coverage.types import Count, Counts, Partial, Patch, PatchFile, Uncovered
from lanemark.path import RepoPath

BRIDGE = 3
"""So many lines that cannot be covered may stand between two uncovered ones of one range; a covered one never does."""

# fmt: off
SOURCE = frozenset(
    [
        "bash", "c", "cc", "cjs", "clj", "cpp", "cs", "cts", "cu", "cxx", "dart", "elm", "erl", "ex", "exs",
        "f90", "fs", "go", "groovy", "h", "hpp", "hrl", "hs", "hxx", "java", "jl", "js", "jsx", "kt", "kts",
        "lua", "m", "mjs", "ml", "mm", "mts", "nim", "pas", "php", "pl", "pm", "ps1", "py", "pyx", "r", "rb",
        "rs", "scala", "sh", "sol", "sql", "svelte", "swift", "ts", "tsx", "v", "vb", "vue", "zig",
    ]
)
# fmt: on
"""Extensions of programs, lower case. Those of the files in the reports come on top."""


MOST_PARTIAL = 1000
"""So many partly covered lines of one file are kept."""

Continued = Mapping[int, int]
"""Added lines that continue a statement, with the line it starts on."""


def patch_coverage(
    files: Mapping[RepoPath, FileData],
    added: Sequence[AddedLines],
    *,
    continued: Mapping[RepoPath, Continued] | None = None,
) -> Patch:
    """Return the coverage of the `added` lines, given the measured `files` (merged), both without the files that do not count.

    `continued` says by file which added lines continue a statement; what a report itself tells of that comes on top.
    """
    extensions = SOURCE | {_extension(path) for path in files}
    known: list[PatchFile] = []
    counts: list[Counts] = [_nothing(files.values())] if files else []
    unknown: list[RepoPath] = []
    for change in sorted(added, key=lambda change: change.path):
        if not change.ranges:
            continue
        file = files.get(change.path)
        if file is None:
            unknown += [change.path] if _extension(change.path) in extensions else []
            continue
        starts = {
            **continued_lines(report_reaches(file), change.ranges, file.lines),
            **(continued or {}).get(change.path, {}),
        }
        part = _changed_counts(file, change.ranges, starts)
        counts.append(part)
        lines = file.lines | {line: file.lines[first] for line, first in starts.items() if first in file.lines}
        known.append(
            PatchFile(
                path=change.path,
                lines=part.lines or Count(covered=0, total=0),
                branches=part.branches,
                uncovered=tuple(found for one in change.ranges for found in uncovered_ranges(lines, one)),
                partial=_partial_lines(file, change.ranges, starts),
            )
        )
    return Patch(counts=add_counts(counts), files=tuple(known), unknown=tuple(unknown))


def uncovered_ranges(lines: Mapping[int, int], added: AddedRange) -> list[Uncovered]:
    """Return the uncovered measured lines of one added range, joined across at most BRIDGE lines that are not measured."""
    spans: list[tuple[int, int]] = []
    broken = True
    for line in sorted(line for line in lines if added.start <= line <= added.end):
        if lines[line] > 0:
            broken = True
            continue
        if broken or line - spans[-1][1] > BRIDGE + 1:
            spans.append((line, line))
        else:
            spans[-1] = (spans[-1][0], line)
        broken = False
    shift = added.head_start - added.start
    return [Uncovered(start=start, end=end, head_start=start + shift if added.head_start else 0) for start, end in spans]


def _partial_lines(file: FileData, ranges: Sequence[AddedRange], starts: Continued) -> tuple[Partial, ...]:
    """Return the changed lines that branch and were reached, but not in all directions."""
    if file.branches is None:
        return ()
    places = {first: line for line, first in starts.items()}
    found: list[Partial] = []
    for first in sorted(file.branches.lines()):
        line = places.get(first, first)
        taken, total = file.branches.at(first)
        within = next((one for one in ranges if one.start <= line <= one.end), None)
        if within is not None and 0 < taken < total:
            head = within.head_start + line - within.start if within.head_start else 0
            found.append(Partial(line=line, head_line=head, taken=taken, total=total))
    return tuple(sorted(found, key=lambda one: one.line)[:MOST_PARTIAL])


def _changed_counts(file: FileData, ranges: Sequence[AddedRange], starts: Continued) -> Counts:
    """Return what of `file` lies on the added lines, and on the `starts` of statements that they continue.

    A function is changed where its first line is, a statement where any of its own lines is (not those of statements inside it).
    """
    inside = Inside(ranges)
    firsts = frozenset(starts.values())

    def changed(line: int) -> bool:
        return inside.touches(line, line) or line in firsts

    lines = [hits for line, hits in file.lines.items() if changed(line)]
    functions = (
        None if file.functions is None else [hits for (_, line), hits in file.functions.items() if inside.touches(line, line)]
    )
    branches = file.branches
    return Counts(
        lines=share_of(lines),
        branches=None if branches is None else branch_count(branches, {at for at in branches.lines() if changed(at)}),
        functions=None if functions is None else share_of(functions),
        statements=None if file.statements is None else statement_count(file, _changed_statements(file, inside)),
    )


def _changed_statements(file: FileData, inside: "Inside") -> list[Span]:
    """Return the statements with an added line of their own: before the first statement that starts inside them."""
    spans = list(file.statements or ())
    ends = own_ends(spans)
    return [span for span, end in zip(spans, ends, strict=True) if inside.touches(span[0], end)]


class Inside:
    """Ranges, in order and apart from each other, to ask quickly."""

    def __init__(self, ranges: Sequence[AddedRange]) -> None:
        self.starts = [one.start for one in ranges]
        self.ends = [one.end for one in ranges]

    def touches(self, first: int, last: int) -> bool:
        """Return whether any line from `first` to `last` is in a range."""
        return bisect_right(self.starts, last) > bisect_left(self.ends, first)


def _nothing(files: Iterable[FileData]) -> Counts:
    """Return 0 of 0 for each kind that any file was measured in: "no changed branch" is not "branches were not measured"."""
    zero = Count(covered=0, total=0)
    parts = list(files)
    return Counts(
        lines=zero,
        branches=zero if any(file.branches is not None for file in parts) else None,
        functions=zero if any(file.functions is not None for file in parts) else None,
        statements=zero if any(file.statements is not None for file in parts) else None,
    )


def _extension(path: str) -> str:
    """Return what follows the last dot of the file's name, lower case; for a name without one the name itself."""
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower()

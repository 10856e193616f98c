"""Where a line of the base stands in the tested commit, what the change took away, and what it changed without touching it."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lanemark.change import FileHunks
from lanemark.coverage.merge import add_counts
from lanemark.coverage.model import Branches, FileData, counts_of
from lanemark.coverage.ranges import ranges_of
from lanemark.coverage.types import Indirect, IndirectFile, Kept
from lanemark.path import RepoPath

MOST_FILES = 200
"""So many files with indirect changes are kept, those with the most lines; the rest is counted."""

MOST_RANGES = 100
"""So many ranges of each of them are kept, from the top of the file."""

Files = Mapping[RepoPath, FileData]


class Moves:
    """The hunks between two commits, to ask where lines went."""

    def __init__(self, files: Sequence[FileHunks]) -> None:
        """Index `files` by their old paths."""
        self._by_old = {file.old_path: file for file in files}

    def path_of(self, old_path: RepoPath) -> RepoPath:
        """Return where a file of the base is now; for a deleted one its old path."""
        file = self._by_old.get(old_path)
        return old_path if file is None else file.path

    def untouched(self, old_path: RepoPath, lines: Iterable[int]) -> dict[int, int]:
        """Return for those of `lines` that the change left as they were the number they have now."""
        file = self._by_old.get(old_path)
        if file is None:
            return {line: line for line in lines}
        firsts = [hunk.old_start if hunk.old else hunk.old_start + 1 for hunk in file.hunks]
        shifts, shift = [0], 0
        for hunk in file.hunks:
            shift += hunk.new - hunk.old
            shifts.append(shift)
        found = {}
        for line in lines:
            at = bisect_right(firsts, line)
            if at and line < firsts[at - 1] + file.hunks[at - 1].old:
                continue
            found[line] = line + shifts[at]
        return found

    def deleted(self, old_path: RepoPath, lines: Iterable[int]) -> set[int]:
        """Return those of `lines` that are gone with nothing in their place; what was replaced is not among them.

        Hunks of another job are hostile: only `lines` are ever counted up.
        """
        file = self._by_old.get(old_path)
        hunks = sorted((hunk.old_start, hunk.old) for hunk in file.hunks if not hunk.new) if file is not None else []
        starts = [start for start, _ in hunks]
        places = ((line, bisect_right(starts, line) - 1) for line in lines)
        return {line for line, at in places if at >= 0 and line < hunks[at][0] + hunks[at][1]}

    def kept(self, old_path: RepoPath, file: FileData) -> FileData:
        """Return the data of a file of the base without what starts on deleted lines."""
        return _without(file, self.deleted(old_path, _starts(file)))


def kept_counts(base: Files, flags: Mapping[str, Files], moves: Moves) -> Kept:
    """Return the base's counts without the lines that the change deletes: what the head can be held to.

    Removing well covered code lowers the share of the rest without anybody testing less.
    """

    def kept(files: Files) -> Iterator[FileData]:
        return (moves.kept(path, file) for path, file in files.items())

    return Kept(
        counts=add_counts(map(counts_of, kept(base))),
        flags={flag: add_counts(map(counts_of, kept(files))) for flag, files in sorted(flags.items()) if flag},
    )


def _starts(file: FileData) -> set[int]:
    """Return the lines on which something of a file starts."""
    found = set(file.lines)
    found.update(file.branches.lines() if file.branches is not None else ())
    found.update(line for _, line in file.functions or ())
    found.update(span[0] for span in file.statements or ())
    return found


def _without(file: FileData, gone: set[int]) -> FileData:
    """Return a file's data without what starts on lines that are gone."""
    if not gone:
        return file
    branches = file.branches
    return FileData(
        lines={line: hits for line, hits in file.lines.items() if line not in gone},
        branches=None
        if branches is None
        else Branches(
            counted={line: taken for line, taken in branches.counted.items() if line not in gone},
            arms={line: arms for line, arms in branches.arms.items() if line not in gone},
        ),
        functions=None
        if file.functions is None
        else {function: hits for function, hits in file.functions.items() if function[1] not in gone},
        statements=None
        if file.statements is None
        else {span: hits for span, hits in file.statements.items() if span[0] not in gone},
        weights=file.weights,
        totals=file.totals,
    )


def indirect_changes(base: Files, head: Files, moves: Moves) -> Indirect:
    """Return the lines that stand as they were, were measured on both sides, and are reached on one side alone."""
    found: list[tuple[int, IndirectFile]] = []
    lost = gained = 0
    for old_path, before in base.items():
        path = moves.path_of(old_path)
        after = head.get(path)
        if after is None:
            continue
        places = moves.untouched(old_path, before.lines)
        both = [(before.lines[old] > 0, new) for old, new in places.items() if new in after.lines]
        gone = [new for reached, new in both if reached and after.lines[new] <= 0]
        come = [new for reached, new in both if not reached and after.lines[new] > 0]
        if gone or come:
            lost, gained = lost + len(gone), gained + len(come)
            ranges = [ranges_of(lines)[: 2 * MOST_RANGES] for lines in (gone, come)]
            found.append((len(gone) + len(come), IndirectFile(path=path, lost=ranges[0], gained=ranges[1])))
    found.sort(key=lambda one: (-one[0], one[1].path))
    return Indirect(
        lost=lost, gained=gained, files=tuple(file for _, file in found[:MOST_FILES]), more=max(0, len(found) - MOST_FILES)
    )

"""Which lines were reached, small enough to keep: so that a change can be held against what another run recorded.

Both sides of a paired run are measured together, and their lines are compared there. An earlier run's result has to bring its
lines along, and the change's own result what became of them since; whoever judges has neither sources nor git.
"""

from collections.abc import Iterator, Mapping, Sequence

from lanemark.change import FileHunks
from lanemark.coverage.merge import add_counts
from lanemark.coverage.model import FileData, counts_of
from lanemark.coverage.moves import Moves, indirect_changes
from lanemark.coverage.ranges import pairs_of, ranges_of
from lanemark.coverage.types import Counts, Coverage, FileLines, Indirect, Kept, Lines
from lanemark.errors import DataError
from lanemark.path import RepoPath

MOST_NUMBERS = 600_000
"""Beyond so many numbers no lines are kept: some 4 MB of a result. A file of 1,000 lines has about 100."""

MOST_LINES = 20_000_000
"""The most lines that kept ranges may unfold to."""

UNREAD = "not every coverage report of both sides was read"


def keep_lines(files: Mapping[RepoPath, FileData], hunks: Sequence[FileHunks] | None) -> Lines:
    """Return the lines of all `files`, with the `hunks` that lead to them from the base (None where there is no base)."""
    kept: list[FileLines] = []
    room = MOST_NUMBERS - sum(4 * len(file.hunks) for file in hunks or ())
    for path in sorted(files):
        lines = files[path].lines
        hit = ranges_of(line for line, hits in lines.items() if hits > 0)
        missed = ranges_of(line for line, hits in lines.items() if hits <= 0)
        room -= len(hit) + len(missed)
        if room < 0:
            return Lines(too_many=True)
        if hit or missed:
            kept.append(FileLines(path=path, hit=hit, missed=missed))
    return Lines(files=tuple(kept), hunks=None if hunks is None else tuple(hunks))


def unknown(why: str) -> Indirect:
    """Return that nobody can tell which untouched lines changed, and why."""
    return Indirect(lost=0, gained=0, unknown=why)


def compare_sides(
    base: Coverage, head: Coverage, files: tuple[Mapping[RepoPath, FileData], Mapping[RepoPath, FileData]], moves: Moves
) -> Indirect:
    """Return what changed between two sides that were measured together; `files` are the base's and the head's."""
    return indirect_changes(*files, moves) if base.whole and head.whole else unknown(UNREAD)


def compare_recorded(base: Coverage | None, base_commit: str, head: Coverage, change_base: str | None) -> Indirect:
    """Return what changed since an earlier run, of commit `base_commit`, recorded its coverage.

    The head's own result tells which lines its change moved since `change_base`; of any other commit nobody knows.
    """
    found = _both_sides(base, base_commit, head, change_base)
    return unknown(found) if isinstance(found, str) else indirect_changes(*found)


def keep_recorded(base: Coverage | None, base_commit: str, head: Coverage, change_base: str | None) -> Kept | None:
    """Return what an earlier run recorded without the lines that the change deletes, None where nobody can tell.

    Of lines alone: a result keeps no line of any other kind. Where reports have totals without lines, nobody can tell either.
    """
    found = _both_sides(base, base_commit, head, change_base)
    if base is None or isinstance(found, str):
        return None
    files, _, moves = found
    every = add_counts(map(counts_of, files.values()))
    left = add_counts(counts_of(moves.kept(path, file)) for path, file in files.items())
    return Kept(counts=Counts(lines=left.lines)) if every.lines == base.counts.lines else None


def _both_sides(
    base: Coverage | None, base_commit: str, head: Coverage, change_base: str | None
) -> "tuple[_Kept, _Kept, Moves] | str":
    """Return the files of both sides and where lines went, or why they are not known."""
    if base is None:
        return "the baseline has no coverage"
    if not (base.whole and head.whole):
        return UNREAD
    if base_commit != change_base:
        return "the baseline is of an older commit than the one that this change is compared with"
    if base.lines is None or head.lines is None or head.lines.hunks is None:
        return "a result does not tell its lines"
    if base.lines.too_many or head.lines.too_many:
        return "a result has too many lines to keep them"
    try:
        return _Kept(base.lines), _Kept(head.lines), Moves(head.lines.hunks)
    except DataError as fault:
        return fault.message


class _Kept(Mapping[RepoPath, FileData]):
    """The files of another run's result, unfolded one at a time."""

    def __init__(self, lines: Lines) -> None:
        """Take hostile lines; raise DataError for what no file has, and for more than anybody has."""
        self._files = {file.path: file for file in lines.files}
        size = sum(end - start + 1 for file in lines.files for start, end in _all_pairs(file))
        if size > MOST_LINES:
            raise DataError(f"a result speaks of more than {MOST_LINES:,} lines")

    def __getitem__(self, path: RepoPath) -> FileData:
        file = self._files[path]
        missed = (line for start, end in pairs_of(file.missed, path) for line in range(start, end + 1))
        lines = dict.fromkeys(missed, 0)
        for start, end in pairs_of(file.hit, path):
            lines.update(dict.fromkeys(range(start, end + 1), 1))
        return FileData(lines=lines)

    def __iter__(self) -> Iterator[RepoPath]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _all_pairs(file: FileLines) -> Iterator[tuple[int, int]]:
    yield from pairs_of(file.hit, file.path)
    yield from pairs_of(file.missed, file.path)

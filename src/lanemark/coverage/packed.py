"""Coverage of many files in little memory: arrays of numbers while nobody asks, `FileData` for the one file that is looked at.

A report of 100 MB has some two million measured lines. As dicts they are 200 MB, as arrays of the narrowest numbers 10 MB.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from lanemark.coverage.merge import absorb_file
from lanemark.coverage.model import Branches, FileData, Function, Span, counts_of
from lanemark.coverage.types import Counts
from lanemark.errors import DataError

Key = TypeVar("Key", bound=str)

Numbers: TypeAlias = "array[int]"  # only a text: arrays cannot be subscripted before Python 3.12

MAX_FILES = 200_000
"""The most files of one report; the Linux kernel has 80,000."""


@dataclass(frozen=True, slots=True)
class PackedBranches:
    """Counted branches as line, taken, total; named arms as line, index into `names`, taken or not."""

    counted: tuple[Numbers, Numbers, Numbers]
    arms: tuple[Numbers, Numbers, Numbers]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One file as arrays, with its counts; kinds that were not measured are None."""

    lines: tuple[Numbers, Numbers]
    branches: PackedBranches | None
    functions: tuple[str | tuple[str, ...], Numbers, Numbers] | None
    statements: tuple[Numbers, Numbers] | None
    weights: tuple[Numbers, Numbers] | None
    totals: Counts | None
    counts: Counts

    @property
    def blind(self) -> bool:
        """As `FileData.blind`."""
        return self.totals is not None and not self.lines[0]

    @property
    def size(self) -> int:
        """Return how many entries there are of all kinds, and one."""
        kinds = (self.lines, self.branches and self.branches.counted, self.branches and self.branches.arms, self.statements)
        return 1 + sum(len(kind[0]) for kind in kinds if kind) + (len(self.functions[1]) if self.functions else 0)


class Files(Mapping[Key, FileData], Generic[Key]):
    """Files by path. What is got is a copy: changing it changes nothing here.

    What several parts of a report say of one file is united two equal parts at a time, so a file in a million parts is no trap.
    """

    def __init__(self) -> None:
        """Begin without any file."""
        self._parts: dict[Key, list[PackedFile]] = {}

    def __getitem__(self, path: Key) -> FileData:
        """Return one file, unpacked."""
        return unpack_file(self._whole(path))

    def __iter__(self) -> Iterator[Key]:
        """Yield the paths in the order they came."""
        return iter(self._parts)

    def __len__(self) -> int:
        """Return how many files there are."""
        return len(self._parts)

    def __contains__(self, path: object) -> bool:
        """Return whether there is such a file, without unpacking it."""
        return path in self._parts

    def add(self, path: Key, file: FileData) -> None:
        """Take in what is said about a file, beside what was said before; raise DataError beyond MAX_FILES."""
        self._add(path, pack_file(file))

    def take(self, path: Key, other: "Files[str]", name: str) -> None:
        """Take in the file that `other` calls `name`, without unpacking it."""
        self._add(path, other._whole(name))  # noqa: SLF001 (the same class)

    def counts(self, path: Key) -> Counts:
        """Return how much of one file was covered, without unpacking it."""
        return self._whole(path).counts

    def blind(self, path: Key) -> bool:
        """Return whether only totals are known of one file."""
        return self._whole(path).blind

    def outline(self, path: Key) -> FileData:
        """Return only which kinds were measured in a file."""
        packed = self._whole(path)
        return FileData(
            branches=None if packed.branches is None else Branches(),
            functions=None if packed.functions is None else {},
            statements=None if packed.statements is None else {},
        )

    def complete(self, *, branches: bool = False, functions: bool = False) -> None:
        """Say that a kind was measured in every file: where nothing was said of it, there is none."""
        for path, parts in self._parts.items():
            packed = self._whole(path)
            if (branches and packed.branches is None) or (functions and packed.functions is None):
                file = unpack_file(packed)
                file.branches = file.branches or (Branches() if branches else None)
                file.functions = {} if functions and file.functions is None else file.functions
                parts[:] = [pack_file(file)]

    def _add(self, path: Key, packed: PackedFile) -> None:
        """Put a part at the end and unite it with those before it that are not much larger."""
        parts = self._parts.get(path)
        if parts is None:
            if len(self._parts) >= MAX_FILES:
                raise DataError(f"more than {MAX_FILES:,} files", help="Split the report.")
            self._parts[path] = [packed]
            return
        parts.append(packed)
        while len(parts) > 1 and parts[-2].size <= 2 * parts[-1].size:
            parts[-2:] = [_unite(parts[-2:])]

    def _whole(self, path: Key) -> PackedFile:
        """Return all that was said of one file as one part."""
        parts = self._parts[path]
        if len(parts) > 1:
            parts[:] = [_unite(parts)]
        return parts[0]


def _unite(parts: Iterable[PackedFile]) -> PackedFile:
    """Return what several parts say together."""
    whole = FileData()
    for part in parts:
        absorb_file(whole, unpack_file(part))
    return pack_file(whole)


@dataclass(slots=True)
class ReportData:
    """One report, read: files by the path as the report writes it, and the roots (`sources`) those paths may be relative to.

    `skipped` counts lines with numbers that no file has (below 1, or beyond MAX_LINE).
    """

    files: Files[str] = field(default_factory=Files)
    sources: tuple[str, ...] = ()
    skipped: int = 0


def pack_file(file: FileData) -> PackedFile:
    """Return `file` as arrays."""
    return PackedFile(
        lines=(narrow(file.lines), narrow(file.lines.values())),
        branches=None if file.branches is None else _pack_branches(file.branches),
        functions=None if file.functions is None else _pack_functions(file.functions),
        statements=None if file.statements is None else _pack_spans(file.statements),
        weights=None if file.weights is None else _pack_spans(file.weights),
        totals=file.totals,
        counts=counts_of(file),
    )


def unpack_file(packed: PackedFile) -> FileData:
    """Return what `pack_file` was given."""
    file = FileData(lines=dict(zip(*packed.lines, strict=True)), totals=packed.totals)
    if packed.branches is not None:
        lines, taken, totals = packed.branches.counted
        file.branches = Branches(counted=dict(zip(lines, zip(taken, totals, strict=True), strict=True)))
        for line, index, was_taken in zip(*packed.branches.arms, strict=True):
            file.branches.arms.setdefault(line, {})[packed.branches.names[index]] = bool(was_taken)
    if packed.functions is not None:
        names, lines, hits = packed.functions
        listed = names if isinstance(names, tuple) else names.split("\n")
        file.functions = dict(zip(zip(listed, lines, strict=True), hits, strict=True)) if lines else {}
    file.statements = None if packed.statements is None else _unpack_spans(*packed.statements)
    file.weights = None if packed.weights is None else _unpack_spans(*packed.weights)
    return file


def narrow(values: Collection[int]) -> Numbers:
    """Return `values` (none of them negative) in the narrowest array that holds them."""
    for code in "BHI":
        with suppress(OverflowError):  # asking for the largest first takes longer than trying
            return array(code, values)
    return array("Q", values)


def _pack_branches(branches: Branches) -> PackedBranches:
    """Return branches as arrays; the names of arms, few and often the same, stand once."""
    taken = branches.counted.values()
    named = [(line, name, was_taken) for line, arms in branches.arms.items() for name, was_taken in arms.items()]
    index: dict[str, int] = {}
    for _, name, _ in named:
        index.setdefault(name, len(index))
    return PackedBranches(
        counted=(narrow(branches.counted), narrow([one for one, _ in taken]), narrow([total for _, total in taken])),
        arms=(
            narrow([line for line, _, _ in named]),
            narrow([index[name] for _, name, _ in named]),
            narrow([was_taken for _, _, was_taken in named]),
        ),
        names=tuple(index),
    )


def _pack_functions(functions: dict[Function, int]) -> tuple[str | tuple[str, ...], Numbers, Numbers]:
    """Return functions as names, lines and hits; the names are one text, unless one of them has a line break."""
    names = tuple(name for name, _ in functions)
    text = "\n".join(names)
    whole = text if text.count("\n") == len(names) - 1 else names
    return whole, narrow([line for _, line in functions]), narrow(functions.values())


def _pack_spans(spans: dict[Span, int]) -> tuple[Numbers, Numbers]:
    """Return spans, four numbers each, and their values."""
    return narrow([number for span in spans for number in span]), narrow(spans.values())


def _unpack_spans(numbers: Numbers, values: Iterable[int]) -> dict[Span, int]:
    """Return what `_pack_spans` was given."""
    each = iter(numbers)
    return dict(zip(zip(each, each, each, each, strict=True), values, strict=True))

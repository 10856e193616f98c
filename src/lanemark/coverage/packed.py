"""Coverage of many files in little memory: columns of numbers while nobody asks, `FileData` for the one file that is looked at.

A report of 100 MB has some two million measured lines. As dicts they are 200 MB, as columns of the narrowest numbers 10 MB.
"""

import struct
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Generic, TypeVar

from msgspec import structs

from lanemark.coverage.merge import absorb_file
from lanemark.coverage.model import Branches, FileData, Function, Span, counts_of
from lanemark.coverage.rising import small_steps
from lanemark.coverage.types import Count, Counts
from lanemark.errors import DataError

Key = TypeVar("Key", bound=str)

Numbers = bytes
"""Whole numbers of one width: the letter that `struct` has for it, then the numbers. (An `array` alone is 80 bytes.)"""

NOTHING = b"B"
"""No numbers."""

NO_COUNTED = (NOTHING, NOTHING, NOTHING)

RISING = ord("+")
"""Begins line numbers that are written as steps."""

STEPS = 1 + struct.calcsize("I")
"""Where the steps begin."""

MAX_FILES = 200_000
"""The most files of one report; the Linux kernel has 80,000."""

MAX_ENTRIES = 5_000_000
"""The most lines, arms and functions of one file; SQLite in one file has 250,000 lines."""


@dataclass(frozen=True, slots=True)
class PackedArms:
    """Named arms of branches, column by column: line, index into `names`, taken or not. Files of one report share `names`."""

    lines: Numbers
    indexes: Numbers
    taken: Numbers
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class PackedFunctions:
    """Functions, column by column; the names are one text where none of them has a line break."""

    names: str | tuple[str, ...]
    lines: Numbers
    hits: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFile:
    """One file as columns of numbers, with its counts; kinds that were not measured are None.

    `counted` are branches as line, taken, total. `statements` and `weights` are spans, four numbers each, and their values.
    """

    lines: Numbers
    hits: Numbers
    counted: tuple[Numbers, Numbers, Numbers] | None = None
    arms: PackedArms | None = None
    functions: PackedFunctions | None = None
    statements: tuple[Numbers, Numbers] | None = None
    weights: tuple[Numbers, Numbers] | None = None
    totals: Counts | None = None
    counts: Counts
    size: int

    @property
    def blind(self) -> bool:
        """As `FileData.blind`."""
        return self.totals is not None and len(self.lines) == 1


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
        """Take in what is said about a file, beside what was said before; raise DataError for more than anybody has."""
        self.put(path, pack_file(file))

    def put(self, path: Key, packed: PackedFile) -> None:
        """As `add`, for a file that is packed already."""
        self._add(path, packed)
        if len(self._parts) > MAX_FILES:
            raise DataError(f"more than {MAX_FILES:,} files", help="Split the report.")
        if self._parts[path][-1].size > MAX_ENTRIES:
            raise DataError(f"more than {MAX_ENTRIES:,} entries for one file, {path[:200]!r}")

    def take(self, path: Key, other: "Files[str]", name: str) -> None:
        """Take in the file that `other` calls `name`, without unpacking it; never refuses what `other` could hold."""
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
            branches=None if packed.counted is None and packed.arms is None else Branches(),
            functions=None if packed.functions is None else {},
            statements=None if packed.statements is None else {},
        )

    def complete(self, *, branches: bool = False, functions: bool = False) -> None:
        """Say that a kind was measured in every file: where nothing was said of it, there is none."""
        for path, parts in self._parts.items():
            packed = self._whole(path)
            nothing = Count(covered=0, total=0)
            if branches and packed.counted is None and packed.arms is None:
                counts = structs.replace(packed.counts, branches=nothing)
                packed = replace(packed, counted=NO_COUNTED, counts=counts)
            if functions and packed.functions is None:
                counts = structs.replace(packed.counts, functions=nothing)
                packed = replace(packed, functions=PackedFunctions("", NOTHING, NOTHING), counts=counts)
            parts[:] = [packed]

    def _add(self, path: Key, packed: PackedFile) -> None:
        """Put a part at the end and unite it with those before it that are not much larger."""
        parts = self._parts.setdefault(path, [])
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

    `skipped` counts lines with numbers that no file has (below 1, or beyond MAX_LINE). `modules` says that the paths begin with
    the name of a module instead of a folder.
    """

    files: Files[str] = field(default_factory=Files)
    sources: tuple[str, ...] = ()
    skipped: int = 0
    modules: bool = False


def pack_file(file: FileData) -> PackedFile:
    """Return `file` in columns."""
    branches, functions = file.branches, file.functions
    kinds = (file.lines, branches and branches.counted, branches and branches.arms, functions, file.statements)
    return PackedFile(
        lines=narrow_lines(list(file.lines)),
        hits=narrow(file.lines.values()),
        counted=None if branches is None else _pack_counted(branches),
        arms=None if branches is None or not branches.arms else _pack_arms(branches),
        functions=None if functions is None else _pack_functions(functions),
        statements=None if file.statements is None else _pack_spans(file.statements),
        weights=None if file.weights is None else _pack_spans(file.weights),
        totals=file.totals,
        counts=counts_of(file),
        size=1 + sum(len(kind) for kind in kinds if kind),
    )


def unpack_file(packed: PackedFile) -> FileData:
    """Return what `pack_file` was given."""
    file = FileData(lines=dict(zip(widen(packed.lines), widen(packed.hits), strict=True)), totals=packed.totals)
    if packed.counted is not None or packed.arms is not None:
        file.branches = Branches()
    if packed.counted is not None and file.branches is not None:
        lines, taken, totals = map(widen, packed.counted)
        file.branches.counted = dict(zip(lines, zip(taken, totals, strict=True), strict=True))
    if packed.arms is not None and file.branches is not None:
        arms, names = packed.arms, packed.arms.names
        for line, index, was_taken in zip(widen(arms.lines), widen(arms.indexes), widen(arms.taken), strict=True):
            file.branches.arms.setdefault(line, {})[names[index]] = bool(was_taken)
    if packed.functions is not None:
        listed, lines = packed.functions.names, widen(packed.functions.lines)
        each = listed if isinstance(listed, tuple) else listed.split("\n") if len(lines) else ()
        file.functions = dict(zip(zip(each, lines, strict=True), widen(packed.functions.hits), strict=True))
    file.statements = None if packed.statements is None else _unpack_spans(*packed.statements)
    file.weights = None if packed.weights is None else _unpack_spans(*packed.weights)
    return file


def narrow(values: Collection[int]) -> Numbers:
    """Return `values` (none of them negative) in the least width that holds them all."""
    with suppress(ValueError):  # trying is faster than asking for the largest first
        return b"B" + bytes(values)
    for code in "HI":
        with suppress(struct.error):
            return code.encode() + struct.pack(f"{len(values)}{code}", *values)
    return b"Q" + struct.pack(f"{len(values)}Q", *values)


def narrow_lines(numbers: Sequence[int]) -> Numbers:
    """Return line numbers as `narrow` does, or, where they rise by at most 255, as a plus sign, the first, and a byte a step."""
    steps = small_steps(numbers) if numbers else None
    return narrow(numbers) if steps is None else b"+" + struct.pack("I", numbers[0]) + steps


def widen(numbers: Numbers) -> Sequence[int]:
    """Return what `narrow` or `narrow_lines` was given."""
    if numbers[0] == RISING:
        return list(accumulate(numbers[STEPS:], initial=struct.unpack_from("I", numbers, 1)[0]))
    return memoryview(numbers)[1:].cast(chr(numbers[0]))  # type: ignore[call-overload, no-any-return]


def pack_functions(names: Sequence[str], lines: Sequence[int], hits: Sequence[int]) -> PackedFunctions:
    """Return functions in columns."""
    text = "\n".join(names)
    whole = text if text.count("\n") == max(len(names) - 1, 0) else tuple(names)
    return PackedFunctions(whole, narrow(lines), narrow(hits))


def _pack_functions(functions: dict[Function, int]) -> PackedFunctions:
    """Return functions in columns."""
    return pack_functions([name for name, _ in functions], [line for _, line in functions], list(functions.values()))


def _pack_counted(branches: Branches) -> tuple[Numbers, Numbers, Numbers]:
    """Return counted branches in columns."""
    counted = branches.counted
    return narrow(counted), narrow([taken for taken, _ in counted.values()]), narrow([total for _, total in counted.values()])


def _pack_arms(branches: Branches) -> PackedArms:
    """Return named arms in columns; their names, few and often the same, stand once."""
    arms = [(line, name, was_taken) for line, named in branches.arms.items() for name, was_taken in named.items()]
    index: dict[str, int] = {}
    for _, name, _ in arms:
        index.setdefault(name, len(index))
    return PackedArms(
        lines=narrow_lines([line for line, _, _ in arms]),
        indexes=narrow([index[name] for _, name, _ in arms]),
        taken=narrow([was_taken for _, _, was_taken in arms]),
        names=tuple(index),
    )


def _pack_spans(spans: dict[Span, int]) -> tuple[Numbers, Numbers]:
    """Return spans and their values."""
    return narrow([number for span in spans for number in span]), narrow(spans.values())


def _unpack_spans(numbers: Numbers, values: Numbers) -> dict[Span, int]:
    """Return what `_pack_spans` was given."""
    each = iter(widen(numbers))
    return dict(zip(zip(each, each, each, each, strict=True), widen(values), strict=True))

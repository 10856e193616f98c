"""What a report says of one file, gathered in columns, for the formats that write a line for each fact.

Nearly always no fact stands twice, and then the columns are packed as they are. Otherwise they go through `FileData`, which
unites them by the rules of `coverage.merge`.
"""

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from lanemark.coverage.model import MAX_HITS, MAX_LINE, Branches, FileData, Function, share_of
from lanemark.coverage.numbers import add_lines
from lanemark.coverage.packed import (
    NO_COUNTED,
    RISING,
    STEPS,
    Numbers,
    PackedArms,
    PackedFile,
    narrow,
    narrow_lines,
    pack_file,
    pack_functions,
)
from lanemark.coverage.rising import pairs_rise
from lanemark.coverage.types import Count, Counts
from lanemark.errors import DataError

MOST = 1 << 20
"""The most facts that are gathered before they are packed, and the most functions and names of arms."""


class ArmNames(dict[tuple[int | str, int | str], int]):
    """The index of each block and branch among the `names`, which all files of a report share."""

    def __init__(self) -> None:
        """Begin without any name."""
        super().__init__()
        self.names: list[str] = []

    def __missing__(self, parts: tuple[int | str, int | str]) -> int:
        """Give a new arm a name."""
        if len(self.names) >= MOST:
            raise DataError(f"more than {MOST:,} different names of branches")
        self.names.append(f"{parts[0]},{parts[1]}")
        self[parts] = index = len(self.names) - 1
        return index


class Columns:
    """The facts of one file so far."""

    def __init__(self, arm_names: ArmNames) -> None:
        """Begin without any."""
        self.names = arm_names.names
        self.numbers: list[int] = []
        self.hits: list[int] = []
        self.arm_lines: list[int] = []
        self.arm_indexes: list[int] = []
        self.arm_taken: list[int] = []
        self.started: list[str] = []  # names of functions
        self.starts: list[int] = []  # their first lines
        self.reached: list[str] = []  # names of functions again
        self.calls: list[int] = []  # their hits

    @property
    def full(self) -> bool:
        """Whether so much was gathered that it should be packed; raise DataError for more functions than any file has."""
        if len(self.started) + len(self.reached) > 2 * MOST:
            raise DataError(f"more than {MOST:,} functions in one record")
        return len(self.numbers) + len(self.arm_lines) > MOST

    def add_functions(self, kind: str, texts: Sequence[str], values: Mapping[str, int]) -> None:
        """Take many functions: first line (FN) or hits (FNDA), name, and so on."""
        names, numbers = (self.started, self.starts) if kind == "FN" else (self.reached, self.calls)
        numbers += map(values.__getitem__, texts[::2])
        names += texts[1::2]

    def pack(self, *, functions: bool = True) -> tuple[PackedFile, int]:
        """Return the facts packed, and how many of them were about lines that no file has; `functions` may be left for later."""
        lines = self._pack_lines()
        arms = self.arm_lines, self.arm_indexes
        plain = _in_file(self.arm_lines) and (pairs_rise(*arms) or _differ(list(zip(*arms, strict=True))))
        if lines is not None and plain and (not functions or (self.started == self.reached and _differ(self.started))):
            return self._pack_plain(lines, functions=functions and bool(self.started)), 0
        return self._pack_united(functions=functions)

    def clear(self, *, functions: bool = True) -> None:
        """Forget the facts."""
        for column in (self.numbers, self.hits, self.arm_lines, self.arm_indexes, self.arm_taken):
            column.clear()
        if functions:
            for names, numbers in ((self.started, self.starts), (self.reached, self.calls)):
                names.clear()
                numbers.clear()

    def _pack_lines(self) -> Numbers | None:
        """Return the line numbers packed if no number stands twice and all are of a file, else None."""
        packed = narrow_lines(self.numbers)
        if packed[0] == RISING:
            return packed if 0 not in packed[STEPS:] and self.numbers[0] > 0 and self.numbers[-1] <= MAX_LINE else None
        return packed if _differ(self.numbers) and _in_file(self.numbers) else None

    def _pack_plain(self, lines: Numbers, *, functions: bool) -> PackedFile:
        """Pack columns in which nothing stands twice."""
        arms, taken = None, bytes(map(bool, self.arm_taken))
        if self.arm_lines:
            arms = PackedArms(narrow_lines(self.arm_lines), narrow(self.arm_indexes), narrow(taken), self.names)
        counts = Counts(
            lines=share_of(self.hits),
            branches=Count(covered=taken.count(1), total=len(taken)) if arms else None,
            functions=share_of(self.calls) if functions else None,
        )
        return PackedFile(
            lines=lines,
            hits=narrow(self.hits),
            counted=NO_COUNTED if arms else None,
            arms=arms,
            functions=pack_functions(self.started, self.starts, self.calls) if functions else None,
            counts=counts,
            size=1 + len(self.numbers) + len(self.arm_lines) + (len(self.started) if functions else 0),
        )

    def _pack_united(self, *, functions: bool) -> tuple[PackedFile, int]:
        """Pack columns in which something stands twice, or is about no line of any file."""
        file = FileData(branches=Branches() if self.arm_lines else None)
        in_file = [line if line <= MAX_LINE else 0 for line in self.numbers]
        skipped = add_lines(file.lines, in_file, self.hits)
        for line, index, taken in zip(self.arm_lines, self.arm_indexes, self.arm_taken, strict=True):
            if not 0 < line <= MAX_LINE or file.branches is None:
                skipped += 1
                continue
            arms = file.branches.arms.setdefault(line, {})
            name = self.names[index]
            arms[name] = taken > 0 or arms.get(name, False)
        if functions:
            file.functions = self._pair_functions() or None
        return pack_file(file), skipped

    def _pair_functions(self) -> dict[Function, int]:
        """Return hits by function: of several with one name, the first line belongs to the first hits, and so on."""
        lines: dict[str, list[int]] = {}
        hits: dict[str, list[int]] = {}
        for found, names, numbers in ((lines, self.started, self.starts), (hits, self.reached, self.calls)):
            for name, number in zip(names, numbers, strict=True):
                found.setdefault(name, []).append(number)
        functions: dict[Function, int] = {}
        for name in lines | hits:
            last = 0
            for line, count in zip_longest(lines.get(name, ()), hits.get(name, ())):
                last = last if line is None else line
                functions[name, last] = min(functions.get((name, last), 0) + (count or 0), MAX_HITS)
        return functions


def _differ(values: Sequence[object]) -> bool:
    """Return whether no value stands twice."""
    return len(set(values)) == len(values)


def _in_file(lines: Sequence[int]) -> bool:
    """Return whether a file can have these lines."""
    return not lines or (min(lines) > 0 and max(lines) <= MAX_LINE)

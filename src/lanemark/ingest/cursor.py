"""A place in hostile JSON: what is asked of it comes in the type that was asked for, or as a fault that names the place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from lanemark.errors import DataError
from lanemark.escape import visible

HELP = "Make the file again with the tool it is from; docs/figures.md has what is read of each format."


@dataclass(frozen=True, slots=True)
class Cursor:
    """A JSON value, and where it stands: `benchmarks[3].stats` below the file called `source`."""

    value: object
    source: str
    path: str = "$"

    def refuse(self, what: str) -> NoReturn:
        """Raise a DataError about this place."""
        raise DataError(f"{self.source}: {self.path}: {what}", help=HELP)

    def has(self, key: str) -> bool:
        """Tell whether this is an object with `key`, whose value is not null."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def at(self, key: str) -> "Cursor":
        """Return the value of `key`; refuse where this is no object, or has no such key."""
        if not isinstance(self.value, dict):
            self.refuse(f"an object is expected, this is {_kind(self.value)}")
        if self.value.get(key) is None:
            self.refuse(f'there is no "{key}"')
        return Cursor(self.value[key], self.source, f"{self.path}.{key}")

    def items(self) -> Iterator["Cursor"]:
        """Yield the values of a list, which has at least one."""
        if not isinstance(self.value, list):
            self.refuse(f"a list is expected, this is {_kind(self.value)}")
        if not self.value:
            self.refuse("the list is empty")
        for index, item in enumerate(self.value):
            yield Cursor(item, self.source, f"{self.path}[{index}]")

    def text(self) -> str:
        """Return text that is not blank."""
        if not isinstance(self.value, str):
            self.refuse(f"text is expected, this is {_kind(self.value)}")
        if not self.value.strip():
            self.refuse("the text is empty")
        return self.value

    def number(self) -> float:
        """Return a number; the codec has refused NaN and infinities before."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.refuse(f"a number is expected, this is {_kind(self.value)}")
        return float(self.value)

    def numbers(self) -> tuple[float, ...]:
        """Return the numbers of a list, which has at least one."""
        if isinstance(self.value, list) and self.value and all(type(one) in (float, int) for one in self.value):
            return tuple(map(float, self.value))  # twenty times faster, for lists of a million rounds
        return tuple(item.number() for item in self.items())


def _kind(value: object) -> str:
    """Return what a JSON value is, in words, with the value where it is short enough to help."""
    if value is None:
        return "null"
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    shown = visible(str(value))
    return f'"{shown[:40]}"' if isinstance(value, str) else shown[:40].lower()

"""The mistakes of one file: collected with their places, shown all at once."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from lanemark.errors import ConfigError, Problem
from lanemark.escape import is_invisible, visible

MOST = 200
"""Problems kept of one file; a file with more has one cause, not two hundred."""
_WIDEST_SNIPPET = 160
_LONGEST_WORD = 80
_MOST_WORDS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands: `line` and `column` count from 1, `width` is in characters of that line."""

    line: int
    column: int
    width: int


class Problems:
    """Collects the problems of the file `name` with the given text."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.start = Place(line=1, column=1, width=1)
        self._lines = text.split("\n")
        self._starts = [0]
        for line in self._lines[:-1]:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._found: list[Problem] = []

    def place(self, start: int, end: int) -> Place:
        """Return the place of the characters `start` to `end` of the text; what goes over a line's end is cut there."""
        row = bisect_right(self._starts, start) - 1
        begin = self._starts[row]
        last = begin + len(self._lines[row].rstrip())
        return Place(line=row + 1, column=start - begin + 1, width=max(min(end, last) - start, 1))

    def add(self, code: str, place: Place, message: str, *, help: str = "", notes: Iterable[str] = ()) -> None:  # noqa: A002 -- the word users read
        """Note one mistake; untrusted words in `message` and `help` have gone through `quoted`."""
        if len(self._found) >= MOST:
            return
        self._found.append(
            Problem(
                code=code,
                path=self.name,
                line=place.line,
                column=place.column,
                width=place.width,
                message=message,
                snippet=self._snippet(place),
                help=help,
                notes=tuple(notes),
            )
        )

    def refuse(self, code: str, place: Place, message: str, *, help: str) -> NoReturn:  # noqa: A002 -- the word users read
        """Note one mistake after which nothing more can be read, and raise."""
        self.add(code, place, message, help=help)
        raise self.error()

    @property
    def count(self) -> int:
        """How many mistakes were noted so far."""
        return len(self._found)

    def raise_found(self) -> None:
        """Raise everything found; do nothing where nothing was."""
        if self._found:
            raise self.error()

    def error(self) -> ConfigError:
        """Return everything found, sorted by place; what an alias repeats is told once."""
        return ConfigError(tuple(dict.fromkeys(sorted(self._found, key=lambda each: (each.line, each.column, each.code)))))

    def suggestion(self, word: str, known: Iterable[str]) -> str:
        """Return `did you mean "…"?` for the nearest known word; empty where none is near, or nobody would read it."""
        if len(self._found) >= MOST or len(word) > _LONGEST_WORD:
            return ""
        from difflib import get_close_matches

        near = get_close_matches(word, list(known)[:_MOST_WORDS], 1, 0.7)
        return f'did you mean "{near[0]}"?' if near else ""

    def _snippet(self, place: Place) -> str:
        """Return the line as a terminal can show it, one column a character; empty where it is too long to help."""
        line = self._lines[place.line - 1].rstrip()
        if place.column + place.width > _WIDEST_SNIPPET:
            return ""
        cut = line if len(line) <= _WIDEST_SNIPPET else line[: _WIDEST_SNIPPET - 1] + "…"
        return "".join(" " if char == "\t" else "�" if is_invisible(char) else char for char in cut)


def quoted(text: str, *, mark: str = '"', limit: int = 80) -> str:
    """Return untrusted text for a message: visible, short, in quotes."""
    shown = visible(text)
    return f"{mark}{shown if len(shown) <= limit else shown[: limit - 1] + '…'}{mark}"


def listed(words: Iterable[str]) -> str:
    """Return words for a message, at most twenty of them."""
    every = [visible(word) for word in words]
    return ", ".join(every[:20]) + (f" and {len(every) - 20} more" if len(every) > 20 else "")

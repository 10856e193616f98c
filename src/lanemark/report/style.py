"""Bold, faint and yellow for a terminal that shows them; nothing is said by colour alone."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """How text stands out; without `colour` it does not, and every method returns its text unchanged."""

    colour: bool = False

    def strong(self, text: str) -> str:
        """Return what the reader came for."""
        return self._wrap("1", text)

    def faint(self, text: str) -> str:
        """Return what only explains."""
        return self._wrap("2", text)

    def warning(self, text: str) -> str:
        """Return what the reader must not miss."""
        return self._wrap("33", text)

    def good(self, text: str) -> str:
        """Return good news."""
        return self._wrap("32", text)

    def bad(self, text: str) -> str:
        """Return bad news."""
        return self._wrap("31", text)

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text


PLAIN_STYLE = Style()
"""For files, pipes and logs."""

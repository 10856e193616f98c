"""Amounts on the command line."""

from lanemark.errors import UsageError
from lanemark.units import parse


def read_amount(text: str | None, wanted: str, option: str, such: str) -> float | None:
    """Return a value with its unit from the command line."""
    if text is None:
        return None
    found = parse(text)
    if found is None or found[0] != wanted:
        raise UsageError(f"{option} {text[:40]!r} cannot be read", help=f"write it with its unit, such as {such}")
    return found[1]

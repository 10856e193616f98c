"""Our own format, for figures that no other tool writes: `{"metrics": [{"name", "unit", "value" or "values", "better"}]}`.

`unit` may be left out for a bare number, and `better` (`lower` or `higher`) where the unit says it or nobody knows.
"""

from lanemark.ingest.cursor import Cursor
from lanemark.ingest.gather import Gathered
from lanemark.ingest.types import Better, Content, Reading

_KEYS = frozenset({"name", "unit", "value", "values", "better"})


def claims(content: Content) -> bool:
    """Tell by its content whether a file is of this format."""
    return isinstance(content, dict) and set(content) == {"metrics"}


def read(content: Content, source: str) -> tuple[Reading, ...]:
    """Return the readings; every key that is not known is refused, because the file was written for us."""
    gathered = Gathered(source)
    top = Cursor(content, source)
    if isinstance(content, dict) and (extra := sorted(set(content) - {"metrics"})):
        top.refuse(f"only metrics: is known, not {extra[0][:60]!a}")
    for one in top.at("metrics").items():
        _take(one, gathered)
    return gathered.readings(otherwise="it has no figures")


def _take(one: Cursor, gathered: Gathered) -> None:
    """Add one figure."""
    name = one.at("name").text()
    if isinstance(one.value, dict) and (extra := sorted(set(one.value) - _KEYS)):
        one.refuse(f"only {', '.join(sorted(_KEYS))} are known, not {extra[0][:60]!a}")
    if one.has("value") == one.has("values"):
        one.refuse("it needs a value or values, and not both")
    values = one.at("values").numbers() if one.has("values") else (one.at("value").number(),)
    unit = one.at("unit").text() if one.has("unit") else ""
    gathered.add(name, unit, values, where=one.path, better=_direction(one))


def _direction(one: Cursor) -> Better | None:
    """Return the direction that is written, None where there is none."""
    if not one.has("better"):
        return None
    word = one.at("better")
    if word.value not in ("lower", "higher"):
        word.refuse('write "lower" or "higher", or leave it out')
    return "lower" if word.value == "lower" else "higher"

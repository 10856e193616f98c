"""`when:` of a lane: what makes a change at least as heavy as it, whatever its files are."""

from lanemark.config.document import Node
from lanemark.config.fields import Fields, Reader
from lanemark.config.problems import Place, quoted
from lanemark.config.types import EVENTS, MOST_COUNTED, When


def read_when(node: Node | None, label: str, at: Place, reader: Reader, *, lightest: bool) -> When:
    """Return what the block asks for; note one that can do nothing, because it is empty or its lane is the lightest."""
    fields = reader.fields(node, "when", label, at)
    if fields is None:
        return When()
    if lightest:
        message = f"{label} can do nothing: the first lane is the lightest, and every change is at least as heavy"
        reader.problems.add("LG162", at, message, help="move it to a heavier lane, or take it out")
    before = reader.problems.count
    when = When(
        line=at.line,
        files=_read_count(fields, "files", reader),
        lines=_read_count(fields, "lines", reader),
        dirs=_read_count(fields, "dirs", reader),
        labels=_read_labels(fields, reader),
        events=read_events(fields, reader),
        submodule=bool(reader.flag(fields.get("submodule"), fields.label("submodule"))),
        binary=bool(reader.flag(fields.get("binary"), fields.label("binary"))),
    )
    if when == When(line=at.line) and reader.problems.count == before:
        help_ = "write for example {lines: 2000, labels: [run-heavy]}, or take it out"
        reader.problems.add("LG162", at, f"{label} asks for nothing", help=help_)
    return when


def _read_count(fields: Fields, key: str, reader: Reader) -> int | None:
    """Return from which count on a change is lifted."""
    return reader.whole(fields.get(key), fields.label(key), low=1, high=MOST_COUNTED)


def _read_labels(fields: Fields, reader: Reader) -> tuple[str, ...]:
    """Return the labels, each once; GitHub does not tell upper from lower case in them."""
    found: dict[str, str] = {}
    label = fields.label("labels")
    for text in reader.texts(fields.get("labels"), label, fields.place("labels")):
        if text.value.casefold() in found:
            reader.problems.add("LG161", text.place, f"{label} names {quoted(text.value)} twice", help="keep one")
        found.setdefault(text.value.casefold(), text.value)
    return tuple(found.values())


def read_events(fields: Fields, reader: Reader) -> tuple[str, ...]:
    """Return the events, each once and known."""
    found: dict[str, None] = {}
    label = fields.label("events")
    for node in reader.items(fields.get("events"), label, fields.place("events")):
        event = reader.word(node, label, EVENTS)
        if event in found:
            reader.problems.add("LG161", node.place, f"{label} names {quoted(event)} twice", help="keep one")
        if event is not None:
            found[event] = None
    return tuple(found)

"""`if:` of a stage: the lanes and events it is for."""

from collections.abc import Sequence

from lanemark.config.document import Text
from lanemark.config.fields import Fields, Reader
from lanemark.config.problems import listed, quoted
from lanemark.config.types import Lane, Only
from lanemark.config.when import read_events


def read_only(fields: Fields, named: list[Text], reader: Reader) -> Only:
    """Return what a stage is for; the lanes it names go to `named`, because none of them is known yet."""
    inner = reader.fields(fields.get("if"), "if", fields.label("if"), fields.place("if"))
    if inner is None:
        return Only()
    before, label = reader.problems.count, inner.label("lanes")
    lanes: dict[str, None] = {}
    for text in reader.texts(inner.get("lanes"), label, inner.place("lanes")):
        if text.value in lanes:
            reader.problems.add("LG161", text.place, f"{label} names {quoted(text.value)} twice", help="keep one")
        else:
            named.append(text)
        lanes[text.value] = None
    only = Only(lanes=tuple(lanes), events=read_events(inner, reader))
    if only == Only() and reader.problems.count == before:
        help_ = "write for example {lanes: [heavy], events: [schedule]}, or take it out"
        reader.problems.add("LG162", fields.place("if"), f"{fields.label('if')} asks for nothing", help=help_)
    return only


def check_only(named: Sequence[Text], lanes: Sequence[Lane], reader: Reader) -> None:
    """Note lanes that no lane is called."""
    known = [lane.name for lane in lanes]
    for text in named:
        if text.value not in known:
            reader.problems.add(
                "LG154",
                text.place,
                f"if names {quoted(text.value)}, which is no lane",
                notes=[f"lanes: {listed(known)}"],
                help=reader.problems.suggestion(text.value, known) or "name one of the lanes, or take it out",
            )

"""`lanes:` and `protected:`: the classes of change."""

from collections.abc import Sequence

from msgspec.structs import replace

from lanemark.config.document import Node, Text
from lanemark.config.fields import Reader
from lanemark.config.floors import read_lane_floors
from lanemark.config.gates import GateReader
from lanemark.config.problems import Place, listed, quoted
from lanemark.config.stages import Declared
from lanemark.config.types import MOST_RETRIES, ON_FAILURE, CoverageRules, Lane, Protected
from lanemark.config.when import read_when


def read_lanes(node: Node | None, at: Place, declared: Declared, coverage: CoverageRules, reader: Reader) -> tuple[Lane, ...]:
    """Return the lanes in the order of the file, exactly one of them the default; `coverage` are the file's own rules."""
    lanes: list[Lane] = []
    marked: list[Place] = []
    for key, value in reader.entries(node, "lanes", at):
        sound = reader.name(key, "lane")
        label = f"lanes.{key.value}" if sound else "this lane"
        lane, mark = _read_lane(key, value, label, declared, coverage, reader, lightest=not lanes)
        lanes.append(lane)
        marked += [mark] if mark else []
    return _settle_default(lanes, marked, at, reader)


def _read_lane(
    key: Text, node: Node, label: str, declared: Declared, coverage: CoverageRules, reader: Reader, *, lightest: bool
) -> tuple[Lane, Place | None]:
    """Return one lane, and the place that marks it as the default."""
    name = key.value
    fields = reader.fields(node, "lane", label, key.place)
    if fields is None:
        return Lane(name=name, line=key.place.line), None
    if fields.get("stages") is None:
        help_ = "write stages: [] where nothing has to run"
        reader.problems.add("LG106", key.place, f"{label} does not say which stages it runs", help=help_)
    before = reader.problems.count
    names = _read_stage_names(fields.get("stages"), fields.label("stages"), fields.place("stages"), declared, reader)
    reached = declared.reach(names) if reader.problems.count == before else declared.stages  # no second mistake from the first
    gates = GateReader(name, [declared.stages[each] for each in reached], reader)
    default = bool(reader.flag(fields.get("default"), fields.label("default")))
    lane = Lane(
        name=name,
        line=key.place.line,
        rules=reader.rules(fields.get("paths"), fields.label("paths"), fields.place("paths")),
        when=read_when(fields.get("when"), fields.label("when"), fields.place("when"), reader, lightest=lightest),
        default=default,
        stages=names,
        timeout_s=reader.positive(fields.get("timeout"), fields.label("timeout")),
        on_failure=reader.word(fields.get("on_failure"), fields.label("on_failure"), ON_FAILURE) or "continue",
        retries=reader.whole(fields.get("retries"), fields.label("retries"), low=0, high=MOST_RETRIES),
        budgets=gates.budgets(fields.get("budgets"), fields.label("budgets"), fields.place("budgets")),
        bands=gates.bands(fields.get("regression"), fields.label("regression"), fields.place("regression")),
        coverage=read_lane_floors(fields.get("coverage"), fields.label("coverage"), fields.place("coverage"), coverage, reader),
    )
    return lane, fields.place("default") if default else None


def _read_stage_names(node: Node | None, label: str, at: Place, declared: Declared, reader: Reader) -> tuple[str, ...]:
    """Return the stages a lane names, each once and declared."""
    found: dict[str, None] = {}
    for text in reader.texts(node, label, at):
        if text.value in found:
            reader.problems.add("LG161", text.place, f"{label} names {quoted(text.value)} twice", help="keep one")
        elif text.value not in declared.stages:
            refuse_stage(text, label, declared, reader)
        else:
            found[text.value] = None
    return tuple(found)


def refuse_stage(text: Text, label: str, declared: Declared, reader: Reader) -> None:
    """Note a stage that is not declared."""
    hint = reader.problems.suggestion(text.value, declared.stages) or "declare it under stages, or take it out"
    notes = [f"declared: {listed(declared.stages) or 'no stage'}"]
    reader.problems.add("LG151", text.place, f"{label} names {quoted(text.value)}, which is no stage", notes=notes, help=hint)


def _settle_default(lanes: Sequence[Lane], marked: Sequence[Place], at: Place, reader: Reader) -> tuple[Lane, ...]:
    """Return the lanes with the only one made the default; note none or several marks among several."""
    if len(lanes) == 1 and not marked:
        return (replace(lanes[0], default=True),)
    if not lanes:
        reader.problems.add("LG106", at, "there is no lane", help="write lanes: {standard: {default: true, stages: [test]}}")
    elif not marked:
        help_ = f"write default: true in one of: {listed(lane.name for lane in lanes)}"
        reader.problems.add("LG150", at, "no lane is the default, so files that no lane claims have none", help=help_)
    for place in marked[1:]:
        reader.problems.add(
            "LG150", place, "a second lane is marked as the default", help=f"line {marked[0].line} has the first; keep one"
        )
    return tuple(lanes)


def read_protected(node: Node | None, at: Place, lanes: Sequence[Lane], reader: Reader) -> Protected:
    """Return the protected paths; without any, `.github/**` needs the heaviest lane."""
    fields = reader.fields(node, "protected", "protected", at)
    if fields is None:
        return Protected()
    rules = reader.rules(fields.get("paths"), "protected.paths", fields.place("paths"))
    floor = reader.text(fields.get("floor"), "protected.floor")
    names = [lane.name for lane in lanes]
    if floor is not None and floor.value not in names:
        reader.problems.add(
            "LG154",
            floor.place,
            f"protected.floor names {quoted(floor.value)}, which is no lane",
            notes=[f"lanes: {listed(names)}"],
            help=reader.problems.suggestion(floor.value, names) or "name one of the lanes, or leave it out for the heaviest",
        )
    return Protected(
        rules=Protected().rules if fields.get("paths") is None else rules,
        floor=floor.value if floor else None,
    )

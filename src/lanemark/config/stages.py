"""`stages:` and `measure:`: the commands, and how they are measured."""

import re
from dataclasses import dataclass, field
from typing import get_args

from lanemark.config.document import Items, Node, Table, Text
from lanemark.config.each import VARIABLE
from lanemark.config.each_lines import check_each, read_each
from lanemark.config.fields import Fields, Reader
from lanemark.config.only import read_only
from lanemark.config.problems import Place, quoted
from lanemark.config.tools import read_tools
from lanemark.config.types import (
    LEAST_EQUAL,
    LEAST_SERIES,
    MOST_EQUAL,
    MOST_RETRIES,
    MOST_SERIES,
    BaselineKind,
    CheckRules,
    MeasureRules,
    MetricFile,
    MetricFormat,
    Stage,
)

RESERVED = ("total", "default")
"""Names that mean something else in budgets and bands."""

MOST_JOBS = 1000
"""The most places a stage may ask for; more than there are means all."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
METRIC_FORMATS: tuple[MetricFormat, ...] = get_args(MetricFormat)
_BASELINES: tuple[BaselineKind, ...] = get_args(BaselineKind)


@dataclass(slots=True)
class Declared:
    """The stages of the file and the rules they inherit, with the places that checks between stages point at."""

    measure: MeasureRules
    stages: dict[str, Stage] = field(default_factory=dict)
    needs: list[tuple[str, Text]] = field(default_factory=list)
    outputs: list[tuple[str, Text]] = field(default_factory=list)
    states: list[tuple[str, Text]] = field(default_factory=list)
    figures: list[tuple[str, Text]] = field(default_factory=list)
    lanes: list[Text] = field(default_factory=list)

    def reach(self, names: tuple[str, ...]) -> dict[str, None]:
        """Return the named stages and all they need, as far as they are declared, in the order found."""
        found: dict[str, None] = {}
        waiting = list(reversed(names))
        while waiting:
            name = waiting.pop()
            if name in self.stages and name not in found:
                found[name] = None
                waiting.extend(reversed(self.stages[name].needs))
        return found


def read_stages(node: Node | None, at: Place, measure: MeasureRules, reader: Reader) -> Declared:
    """Return every stage; one with mistakes stands with what could be read, so that no second mistake follows from the first."""
    declared = Declared(measure)
    for key, value in reader.entries(node, "stages", at):
        sound = reader.name(key, "stage")
        if key.value in RESERVED:
            reader.problems.add(
                "LG115",
                key.place,
                f"{quoted(key.value)} cannot be a stage's name",
                help="it has a meaning of its own in budgets and regression",
            )
        label = f"stages.{key.value}" if sound else "this stage"
        declared.stages[key.value] = _read_stage(key, value, label, declared, reader)
    return declared


def _read_stage(key: Text, node: Node, label: str, declared: Declared, reader: Reader) -> Stage:
    """Return one stage."""
    name = key.value
    fields = reader.fields(node, "stage", label, key.place)
    if fields is None:
        return Stage(name=name, line=key.place.line, run="", measure=declared.measure)
    run = reader.text(fields.get("run"), fields.label("run"))
    if fields.get("run") is None:
        reader.problems.add(
            "LG106", key.place, f"{label} has no command", help=f"write {quoted(name, mark='')}: {{run: pytest -q}}"
        )
    needs = tuple(reader.texts(fields.get("needs"), fields.label("needs"), fields.place("needs")))
    outputs, state = _read_outputs(fields, reader), _read_outputs(fields, reader, "state")
    declared.needs += [(name, need) for need in needs]
    declared.outputs += [(name, output) for output in outputs]
    declared.states += [(name, path) for path in state]
    help_ = reader.text(fields.get("help"), fields.label("help"), empty=True)
    inputs = reader.rules(fields.get("inputs"), fields.label("inputs"), fields.place("inputs"))
    measure = _read_override(fields, declared.measure, reader)
    check_each(fields, reader)
    if not inputs and measure and measure.cold and isinstance(fields.get("measure"), Table):
        reader.problems.add(
            "LG106",
            fields.place("measure"),
            f"{fields.label('measure')}.cold needs inputs, which are dropped from the page cache before each sample",
            help="declare the inputs of the stage, or leave cold out",
        )
    retries = reader.whole(fields.get("retries"), fields.label("retries"), low=0, high=MOST_RETRIES) or 0
    rerun = reader.text(fields.get("rerun"), fields.label("rerun"))
    if rerun is not None and not (retries and any(output.value.endswith(".xml") for output in outputs)):
        reader.problems.add(
            "LG106",
            fields.place("rerun"),
            f"{fields.label('rerun')} needs retries, and a JUnit report that names the failed tests",
            help="write retries: 1, and the report among the outputs: outputs: [junit.xml]",
        )
    return Stage(
        name=name,
        line=key.place.line,
        run=run.value if run else "",
        retries=retries,
        rerun=rerun.value if rerun else "",
        needs=tuple(need.value for need in needs),
        inputs=tuple(rule.pattern for rule in inputs),
        outputs=tuple(output.value for output in outputs),
        env=_read_env(fields, reader),
        timeout_s=reader.positive(fields.get("timeout"), fields.label("timeout")),
        measure=measure,
        checks=_read_checks(fields, reader),
        metrics=_read_metric_files(name, fields, declared, reader),
        jobs=reader.whole(fields.get("jobs"), fields.label("jobs"), low=1, high=MOST_JOBS) or 1,
        relocatable=reader.flag(fields.get("relocatable"), fields.label("relocatable")) or False,
        state=tuple(path.value for path in state),
        destructive=reader.flag(fields.get("destructive"), fields.label("destructive")) or False,
        help=help_.value if help_ else "",
        each=read_each(fields, reader),
        only=read_only(fields, declared.lanes, reader),
        tools=read_tools(fields, reader),
    )


def read_measure(node: Node | None, label: str, at: Place, over: MeasureRules, reader: Reader) -> MeasureRules:
    """Return a measure block laid over the rules `over`."""
    fields = reader.fields(node, "measure", label, at)
    if fields is None:
        return over
    pairs = reader.fields(fields.get("pairs"), "pairs", fields.label("pairs"), fields.place("pairs"))
    low = reader.whole(pairs.get("min"), pairs.label("min"), low=1, high=1000) if pairs else None
    high = reader.whole(pairs.get("max"), pairs.label("max"), low=1, high=1000) if pairs else None
    fewest, most = low or over.min_pairs, high or over.max_pairs
    if fewest > most and pairs:
        if low and high:
            reader.problems.add(
                "LG114",
                pairs.place("min"),
                f"{pairs.where}: min {fewest} is more than max {most}",
                help="swap or raise one of them",
            )
        fewest, most = (low, low) if low and not high else (most, most)
    warmup = reader.whole(fields.get("warmup"), fields.label("warmup"), low=0, high=100)
    cold = reader.flag(fields.get("cold"), fields.label("cold"))
    return MeasureRules(
        baseline=reader.word(fields.get("baseline"), fields.label("baseline"), _BASELINES) or over.baseline,
        max_time_s=reader.positive(fields.get("max_time"), fields.label("max_time")) or over.max_time_s,
        min_pairs=fewest,
        max_pairs=most,
        warmup=over.warmup if warmup is None else warmup,
        cold=over.cold if cold is None else cold,
    )


def _read_override(fields: Fields, measure: MeasureRules, reader: Reader) -> MeasureRules | None:
    """Return what `measure:` of a stage says: nothing or true takes the file's rules, false is None."""
    node = fields.get("measure")
    if isinstance(node, Table):
        return read_measure(node, fields.label("measure"), fields.place("measure"), measure, reader)
    return None if reader.flag(node, fields.label("measure")) is False else measure


def _read_checks(fields: Fields, reader: Reader) -> CheckRules:
    """Return what a stage is checked for; equal outputs can only be asked of a stage that declares some."""
    checks = reader.fields(fields.get("checks"), "checks", fields.label("checks"), fields.place("checks"))
    if checks is None:
        return CheckRules()
    runs = reader.whole(checks.get("deterministic"), checks.label("deterministic"), low=LEAST_EQUAL, high=MOST_EQUAL)
    outputs = fields.get("outputs")
    if runs is not None and (outputs is None or (isinstance(outputs, Items) and not outputs.items)):
        reader.problems.add(
            "LG106",
            checks.place("deterministic"),
            f"{checks.label('deterministic')} has no outputs to compare",
            help=f"declare what the stage writes: {fields.label('outputs')}: [dist/]",
        )
    series = reader.whole(checks.get("memory_stable"), checks.label("memory_stable"), low=LEAST_SERIES, high=MOST_SERIES)
    return CheckRules(deterministic=runs, memory_stable=series)


def _read_env(fields: Fields, reader: Reader) -> dict[str, str]:
    """Return the environment variables of a stage."""
    found = {}
    for key, value in reader.entries(fields.get("env"), fields.label("env"), fields.place("env")):
        if not _VARIABLE.fullmatch(key.value):
            reader.problems.add(
                "LG115",
                key.place,
                f"{quoted(key.value)} cannot be an environment variable's name",
                help="use letters, digits and _",
            )
        if key.value == VARIABLE and fields.get("each") is not None:
            reader.problems.add("LG161", key.place, f"{VARIABLE} is what each fills in", help="use another name")
        text = reader.text(value, f"{fields.label('env')}.{quoted(key.value, mark='')}", empty=True)
        if text is not None:
            found[key.value] = text.value
    return found


def _read_outputs(fields: Fields, reader: Reader, key: str = "outputs") -> tuple[Text, ...]:
    """Return the declared outputs (or the state) that are paths a stage may write."""
    such = "coverage.xml, or a folder such as dist/" if key == "outputs" else "app.db, or a folder such as db/"
    found = []
    for text in reader.texts(fields.get(key), fields.label(key), fields.place(key)):
        wrong = refuse_path(text.value)
        if not wrong and any(char in text.value for char in "*?"):
            verb = "are" if key == "outputs" else "is"
            wrong = f"{key} {verb} exact paths, or folders with a slash at the end, not patterns"
        if wrong:
            reader.problems.add("LG117", text.place, f"{fields.label(key)}: {wrong}", help=f"write a path such as {such}")
        else:
            found.append(text)
    return tuple(found)


def _read_metric_files(name: str, fields: Fields, declared: Declared, reader: Reader) -> tuple[MetricFile, ...]:
    """Return the files of figures, each once; a plain text is a path."""
    label = fields.label("metrics")
    found: dict[str, MetricFile] = {}
    for node in reader.items(fields.get("metrics"), label, fields.place("metrics")):
        inner = Fields(node, "metric-file", label, node.place, reader.problems) if isinstance(node, Table) else None
        if inner is not None and inner.get("file") is None:
            reader.problems.add("LG106", node.place, f"{label}: this one has no file", help="write {file: metrics.json}")
        path = reader.text(inner.get("file") if inner else node, f"{label}.file" if inner else label)
        format_ = reader.word(inner.get("format"), f"{label}.format", METRIC_FORMATS) if inner else None
        if path is None or not _is_plain_file(path, label, reader):
            continue
        if path.value in found:
            reader.problems.add("LG161", path.place, f"{label} names {quoted(path.value)} twice", help="keep one")
        declared.figures.append((name, path))
        found[path.value] = MetricFile(file=path.value, line=path.place.line, format=format_)
    return tuple(found.values())


def _is_plain_file(path: Text, label: str, reader: Reader) -> bool:
    """Tell whether a path is one file that a stage may write; note why where it is not."""
    wrong = refuse_path(path.value)
    if not wrong and any(char in path.value for char in "*?"):
        wrong = "a file of figures is one exact path, not a pattern"
    if not wrong and path.value.endswith("/"):
        wrong = "a file of figures is a file, not a folder"
    if wrong:
        reader.problems.add("LG117", path.place, f"{label}: {wrong}", help="write a path such as metrics.json")
    return not wrong


def refuse_path(path: str) -> str:
    """Return why `path` cannot be a path below the repository's root, empty where it can."""
    parts = path.removesuffix("/").split("/")
    first = parts[0].lower()
    if path.startswith(("/", "~")) or "\\" in path or re.match(r"[A-Za-z]:", path):
        return "the path must be relative, with slashes"
    if ".." in parts:
        return "the path leaves the repository"
    if "." in parts or "" in parts:
        return "write the path without `.` and without empty parts"
    if ".git" in (part.lower() for part in parts) or first == ".lanemark":
        return f"{parts[0]}/ belongs to git" if first != ".lanemark" else ".lanemark/ belongs to Lanemark"
    if len(path) > 1024 or any(ord(char) < 32 or ord(char) == 127 for char in path):
        return "the path is too long, or has characters that cannot be seen"
    return ""

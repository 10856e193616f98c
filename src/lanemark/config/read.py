"""The file as a whole: text in, `Config` out, or every mistake at once."""

from lanemark.config.checks import check_figures, check_needs, check_outputs, check_states
from lanemark.config.document import Node, Table, Text, read_document
from lanemark.config.fields import Fields, Reader
from lanemark.config.floors import read_coverage, read_tests
from lanemark.config.lanes import read_lanes, read_protected
from lanemark.config.only import check_only
from lanemark.config.problems import Problems, quoted
from lanemark.config.recovery import read_quarantine, read_recovery
from lanemark.config.simple import read_simple
from lanemark.config.stages import read_measure, read_stages
from lanemark.config.types import MOST_KEPT, CacheRules, Config, MeasureRules, Mode, PublishRules

SMALLEST = "version: 1, stages: {test: {run: pytest -q}}, lanes: {standard: {default: true, stages: [test]}}"


def read_config(text: str, name: str) -> Config:
    """Return the configuration that `text` (the file `name`) describes.

    `text` is hostile. Raise ConfigError, and nothing else, with every mistake sorted by its place.
    """
    text = text.removeprefix("\ufeff")
    problems = Problems(name, text)
    root = read_simple(text) or read_document(text, problems)
    if root is None or (isinstance(root, Text) and root.kind == "nothing"):
        problems.refuse("LG106", problems.start, "the file is empty", help=f"the smallest file is {{{SMALLEST}}}")
    reader = Reader(problems)
    if isinstance(root, Table):
        _check_version(root, problems)
    fields = reader.fields(root, "file", "", problems.start)
    if fields is None:
        raise problems.error()
    config = _read_file(fields, name, reader)
    problems.raise_found()
    return config


def _check_version(root: Table, problems: Problems) -> None:
    """Refuse a file of another version before its keys are called unknown."""
    version: Node | None = next((value for key, value in root.entries if key.value == "version"), None)
    if version is None:
        problems.add("LG110", problems.start, "the file does not say its version", help="write version: 1 in the first line")
    elif not isinstance(version, Text) or version.kind != "number" or version.value != "1":
        given = quoted(version.value) if isinstance(version, Text) else "not a number"
        problems.refuse(
            "LG110", version.place, f"the version is {given}, only 1 is read", help="write version: 1, without quotes"
        )


def _read_file(fields: Fields, name: str, reader: Reader) -> Config:
    """Return the configuration as far as it can be read."""
    measure = read_measure(fields.get("measure"), "measure", fields.place("measure"), MeasureRules(), reader)
    declared = read_stages(fields.get("stages"), fields.place("stages"), measure, reader)
    if fields.get("stages") is None or (not declared.stages and isinstance(fields.get("stages"), Table)):
        reader.problems.add("LG106", fields.place("stages"), "there is no stage", help="write stages: {test: {run: pytest -q}}")
    check_needs(declared, reader)
    check_outputs(declared, reader)
    check_figures(declared, reader)
    check_states(declared, reader)
    coverage = read_coverage(fields.get("coverage"), fields.place("coverage"), reader)
    lanes = read_lanes(fields.get("lanes"), fields.place("lanes"), declared, coverage, reader)
    check_only(declared.lanes, lanes, reader)
    return Config(
        name=name,
        lanes=lanes,
        stages=declared.stages,
        mode=reader.word(fields.get("mode"), "mode", tuple(Mode)),
        on_unknown=reader.word(fields.get("on_unknown"), "on_unknown", ("warn", "fail")) or "warn",
        protected=read_protected(fields.get("protected"), fields.place("protected"), lanes, reader),
        measure=measure,
        coverage=coverage,
        tests=read_tests(fields.get("tests"), fields.place("tests"), reader),
        publish=_read_publish(fields, reader),
        cache=_read_cache(fields, reader),
        recovery=read_recovery(fields.get("recovery"), fields.place("recovery"), reader),
        quarantine=read_quarantine(fields.get("quarantine"), fields.place("quarantine"), declared, reader),
    )


def _read_publish(fields: Fields, reader: Reader) -> PublishRules:
    """Return what is told to GitHub."""
    publish = reader.fields(fields.get("publish"), "publish", "publish", fields.place("publish"))
    if publish is None:
        return PublishRules()
    usual = PublishRules()
    check_runs = reader.flag(publish.get("check_runs"), "publish.check_runs")
    html = reader.flag(publish.get("html"), "publish.html")
    return PublishRules(
        comment=reader.word(publish.get("comment"), "publish.comment", ("always", "changes", "failures", "off")) or usual.comment,
        check_runs=usual.check_runs if check_runs is None else check_runs,
        html=usual.html if html is None else html,
    )


def _read_cache(fields: Fields, reader: Reader) -> CacheRules:
    """Return how much is kept, and how long."""
    cache = reader.fields(fields.get("cache"), "cache", "cache", fields.place("cache"))
    if cache is None:
        return CacheRules()
    size = reader.amount(cache.get("max_size"), "cache.max_size", "bytes")
    if size is not None and size <= 0:
        reader.problems.add(
            "LG114",
            cache.place("max_size"),
            "cache.max_size must be more than 0",
            help="use `lanemark run --no-cache` to keep nothing",
        )
        size = None
    return CacheRules(
        max_size_bytes=size,
        keep=reader.whole(cache.get("keep"), "cache.keep", low=1, high=MOST_KEPT),
        ttl_s=reader.positive(cache.get("ttl"), "cache.ttl"),
    )

"""The configuration with every default written out, in the file's own shape, so that it could be read again."""

from typing import Any

from lanemark.config.types import (
    Band,
    Budget,
    CacheRules,
    CheckRules,
    Config,
    CoverageRules,
    Floor,
    Lane,
    MeasureRules,
    ReportRules,
    Stage,
    When,
)
from lanemark.metric import Metric, unit_of
from lanemark.units import Quantity, written

_QUANTITIES: dict[str, Quantity] = {"s": "seconds", "B": "bytes", "1": "count"}
Plain = dict[str, Any]


def show_config(config: Config) -> Plain:
    """Return plain JSON with the file's keys, units and order; what was not written and has no default is left out."""
    return _written(
        {
            "version": 1,
            "mode": config.mode.value if config.mode else None,
            "on_unknown": config.on_unknown,
            "lanes": {lane.name: _lane(lane) for lane in config.lanes},
            "protected": {
                "paths": [rule.pattern for rule in config.protected.rules],
                "floor": config.protected.floor or config.heaviest.name,
            },
            "stages": {name: _stage(stage) for name, stage in config.stages.items()},
            "measure": _measure(config.measure),
            "coverage": _coverage(config.coverage),
            "cache": _cache(config.cache),
            "publish": {
                "comment": config.publish.comment,
                "check_runs": config.publish.check_runs,
                "html": config.publish.html,
            },
        }
    )


def _written(plain: Plain) -> Plain:
    """Return `plain` without what is None."""
    return {key: value for key, value in plain.items() if value is not None}


def _lane(lane: Lane) -> Plain:
    return _written(
        {
            "paths": [rule.pattern for rule in lane.rules],
            "when": _when(lane.when),
            "default": lane.default,
            "stages": list(lane.stages),
            "timeout": _time(lane.timeout_s),
            "budgets": {f"{each.stage}.{each.metric}.{each.statistic}": _budget(each) for each in lane.budgets},
            "regression": {f"{each.stage}.{each.metric}": _band(each) for each in lane.bands},
        }
    )


def _when(when: When) -> Plain | None:
    """Return what was asked for, None where nothing was."""
    asked = {
        "files": when.files,
        "lines": when.lines,
        "dirs": when.dirs,
        "labels": list(when.labels) or None,
        "events": list(when.events) or None,
        "submodule": when.submodule or None,
        "binary": when.binary or None,
    }
    return _written(asked) or None


def _budget(budget: Budget) -> Plain:
    return _written({"warn": _amount(budget.warn, budget.metric), "fail": _amount(budget.fail, budget.metric)})


def _band(band: Band) -> Plain:
    return _written(
        {
            "warn": None if band.warn is None else written(band.warn, "ratio"),
            "fail": None if band.fail is None else written(band.fail, "ratio"),
            "floor": _amount(band.floor, band.metric),
        }
    )


def _stage(stage: Stage) -> Plain:
    return _written(
        {
            "run": stage.run,
            "needs": list(stage.needs),
            "inputs": list(stage.inputs),
            "outputs": list(stage.outputs),
            "env": dict(stage.env),
            "timeout": _time(stage.timeout_s),
            "measure": _measure(stage.measure) if stage.measure else False,
            "checks": _checks(stage.checks),
            "metrics": [_written({"file": one.file, "format": one.format}) for one in stage.metrics],
            "jobs": stage.jobs,
            "relocatable": stage.relocatable,
            "state": list(stage.state),
            "destructive": stage.destructive,
            "help": stage.help,
        }
    )


def _checks(rules: CheckRules) -> Plain | None:
    """Return what was asked for, None where nothing was."""
    return _written({"deterministic": rules.deterministic, "memory_stable": rules.memory_stable}) or None


def _measure(rules: MeasureRules) -> Plain:
    return {
        "baseline": rules.baseline,
        "max_time": written(rules.max_time_s, "seconds"),
        "pairs": {"min": rules.min_pairs, "max": rules.max_pairs},
        "warmup": rules.warmup,
        "cold": rules.cold,
    }


def _coverage(rules: CoverageRules) -> Plain:
    return {
        "reports": [_report(report) for report in rules.reports],
        "project": {floor.kind: _floor(floor) for floor in rules.project},
        "flags": {flag: {floor.kind: _floor(floor) for floor in floors} for flag, floors in rules.flags.items()},
        "patch": {floor.kind: _floor(floor, patch=True) for floor in rules.patch},
        "exclude": list(rules.exclude),
    }


def _cache(rules: CacheRules) -> Plain | None:
    """Return what was written, None where nothing was; what holds without it depends on the lane."""
    size = None if rules.max_size_bytes is None else written(rules.max_size_bytes, "bytes")
    return _written({"max_size": size, "keep": rules.keep, "ttl": _time(rules.ttl_s)}) or None


def _report(report: ReportRules) -> Plain:
    return _written({"path": report.path, "format": report.format, "flag": report.flag or None, "expect": report.expect})


def _floor(floor: Floor, *, patch: bool = False) -> Plain:
    return _written(
        {
            "warn": floor.warn,
            "fail": floor.fail,
            "max_drop": None if floor.max_drop is None else written(floor.max_drop, "points"),
            "ignore_below": floor.ignore_below if patch else None,
        }
    )


def _time(value: float | None) -> str | None:
    return None if value is None else written(value, "seconds")


def _amount(value: float | None, metric: Metric) -> str | None:
    return None if value is None else written(value, _QUANTITIES[unit_of(metric)])

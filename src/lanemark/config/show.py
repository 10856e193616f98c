"""The configuration with every default written out, in the file's own shape, so that it could be read again."""

from collections.abc import Sequence
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
    LaneFloors,
    MeasureRules,
    Only,
    Quarantined,
    RecoveryRule,
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
            "tests": {"reports": [rule.pattern for rule in config.tests.reports]} if config.tests.reports else None,
            "cache": _cache(config.cache),
            "publish": {
                "comment": config.publish.comment,
                "check_runs": config.publish.check_runs,
                "html": config.publish.html,
            },
            "recovery": {"rules": [_rule(rule) for rule in config.recovery]} if config.recovery else None,
            "quarantine": [_quarantined(one) for one in config.quarantine] or None,
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
            "on_failure": lane.on_failure,
            "retries": lane.retries,
            "budgets": {f"{each.stage}.{each.metric}.{each.statistic}": _budget(each) for each in lane.budgets},
            "regression": {f"{each.stage}.{each.metric}": _band(each) for each in lane.bands},
            "coverage": _lane_floors(lane.coverage),
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
            "each": list(stage.each) or None,
            "if": _only(stage.only),
            "inputs": list(stage.inputs),
            "outputs": list(stage.outputs),
            "env": dict(stage.env),
            "tools": dict(stage.tools) or None,
            "timeout": _time(stage.timeout_s),
            "measure": _measure(stage.measure) if stage.measure else False,
            "checks": _checks(stage.checks),
            "metrics": [_written({"file": one.file, "format": one.format}) for one in stage.metrics],
            "jobs": stage.jobs,
            "relocatable": stage.relocatable,
            "retries": stage.retries,
            "rerun": stage.rerun or None,
            "state": list(stage.state),
            "destructive": stage.destructive,
            "help": stage.help,
        }
    )


def _only(only: Only) -> Plain | None:
    """Return what the stage is for, None where it is for everything."""
    return _written({"lanes": list(only.lanes) or None, "events": list(only.events) or None}) or None


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
        "project": _floors(rules.project),
        "flags": {flag: _floors(floors) for flag, floors in rules.flags.items()},
        "patch": _floors(rules.patch, patch=True),
        "files": _floors(rules.files),
        "exclude": list(rules.exclude),
    }


def _lane_floors(floors: LaneFloors) -> Plain | None:
    """Return the groups that the lane has of its own, None where it has none."""
    own = {
        "project": None if floors.project is None else _floors(floors.project),
        "flags": None if floors.flags is None else {flag: _floors(each) for flag, each in floors.flags.items()},
        "patch": None if floors.patch is None else _floors(floors.patch, patch=True),
        "files": None if floors.files is None else _floors(floors.files),
    }
    return _written(own) or None


def _floors(floors: Sequence[Floor], *, patch: bool = False) -> Plain:
    return {floor.kind: _floor(floor, patch=patch) for floor in floors}


def _cache(rules: CacheRules) -> Plain | None:
    """Return what was written, None where nothing was; what holds without it depends on the lane."""
    size = None if rules.max_size_bytes is None else written(rules.max_size_bytes, "bytes")
    return _written({"max_size": size, "keep": rules.keep, "ttl": _time(rules.ttl_s)}) or None


def _rule(rule: RecoveryRule) -> Plain:
    return _written({"match": rule.match, "class": rule.cause, "retries": rule.retries})


def _quarantined(one: Quarantined) -> Plain:
    return _written({"stage": one.stage, "test": one.test or None, "until": one.until, "issue": one.issue})


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

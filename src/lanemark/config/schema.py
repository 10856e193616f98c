"""The file's JSON Schema (draft 7, which editors read), made from the same tables as the reader.

It knows shapes, words and units. What stands in relation (unknown stages, circles, limits in the wrong order) only the reader
knows. `python -m lanemark.config.schema` prints it.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any, get_args

from lanemark import REPOSITORY
from lanemark.config.floors import FORMATS, KINDS
from lanemark.config.gates import STATISTICS
from lanemark.config.keys import KEYS, Block
from lanemark.config.recovery import CAUSES, MOST_MATCH, MOST_RULES
from lanemark.config.stages import METRIC_FORMATS, MOST_JOBS
from lanemark.config.tools import TOOL_NAME
from lanemark.config.types import (
    EVENTS,
    LEAST_EQUAL,
    LEAST_SERIES,
    MOST_COUNTED,
    MOST_EQUAL,
    MOST_KEPT,
    MOST_RETRIES,
    MOST_SERIES,
    BaselineKind,
    Mode,
    OnFailure,
)
from lanemark.metric import METRICS, unit_of
from lanemark.units import UNITS, Quantity

Schema = dict[str, Any]

_NAME = "[a-z0-9][a-z0-9_-]{0,49}"
_NUMBER = r"[0-9]+(\.[0-9]+)?"
_TEXT: Schema = {"type": "string", "minLength": 1}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_FLAG: Schema = {"type": "boolean"}
_QUANTITIES: Mapping[str, Quantity] = {"s": "seconds", "B": "bytes", "1": "count"}


def json_schema() -> Schema:
    """Return the schema of `.github/lanemark.yml`."""
    measure = _block(
        "measure",
        {
            "baseline": _one_of(get_args(BaselineKind)),
            "max_time": _amount("seconds"),
            "pairs": _block("pairs", {"min": _whole(1, 1000), "max": _whole(1, 1000)}),
            "warmup": _whole(0, 100),
            "cold": _FLAG,
        },
    )
    root = _block(
        "file",
        {
            "version": {"const": 1},
            "mode": _one_of([mode.value for mode in Mode]),
            "on_unknown": _one_of(["warn", "fail"]),
            "lanes": _named(_lane()),
            "protected": _block("protected", {"paths": _TEXTS, "floor": _TEXT}),
            "stages": _named(_stage(measure)),
            "measure": measure,
            "coverage": _coverage(),
            "tests": _block("tests", {"reports": _TEXTS}, required=("reports",)),
            "cache": _block("cache", {"max_size": _amount("bytes"), "keep": _whole(1, MOST_KEPT), "ttl": _amount("seconds")}),
            "publish": _block(
                "publish",
                {"comment": _one_of(["always", "changes", "failures", "off"]), "check_runs": _FLAG, "html": _FLAG},
            ),
            "recovery": _recovery(),
            "quarantine": {"type": "array", "items": _quarantined()},
        },
        required=("version", "lanes", "stages"),
    )
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": f"https://raw.githubusercontent.com/{REPOSITORY}/v1/schema/lanemark.schema.json",
        "title": "Lanemark",
        "description": "What .github/lanemark.yml may say.",
        **root,
        "patternProperties": {"^x-": {"description": "Free, for anchors."}},
    }


def _lane() -> Schema:
    budgets = {
        rf"^(total|{_NAME})\.({'|'.join(names)})\.({'|'.join(STATISTICS)})$": _limit("limit", quantity)
        for quantity, names in _metrics().items()
    }
    bands = {rf"^{_NAME}\.({'|'.join(names)})$": _limit("band", "ratio", quantity) for quantity, names in _metrics().items()}
    return _block(
        "lane",
        {
            "paths": _TEXTS,
            "when": _when(),
            "default": _FLAG,
            "stages": {**_TEXTS, "uniqueItems": True},
            "timeout": _amount("seconds"),
            "on_failure": _one_of(get_args(OnFailure)),
            "retries": _whole(0, MOST_RETRIES),
            "budgets": {"type": "object", "patternProperties": budgets, "additionalProperties": False},
            "regression": {"type": "object", "patternProperties": bands, "additionalProperties": False},
            "coverage": _block("lane-coverage", _floors()),
        },
        required=("stages",),
    )


def _when() -> Schema:
    count = _whole(1, MOST_COUNTED)
    return _block(
        "when",
        {
            **dict.fromkeys(("files", "lines", "dirs"), count),
            "labels": {**_TEXTS, "uniqueItems": True},
            "events": {"type": "array", "items": _one_of(EVENTS), "uniqueItems": True},
            "submodule": _FLAG,
            "binary": _FLAG,
        },
        least=1,
    )


def _stage(measure: Schema) -> Schema:
    return _block(
        "stage",
        {
            "run": _TEXT,
            "needs": {**_TEXTS, "uniqueItems": True},
            "each": {"anyOf": [_TEXT, {**_TEXTS, "minItems": 1}]},
            "if": _block(
                "if",
                {
                    "lanes": {**_TEXTS, "uniqueItems": True, "minItems": 1},
                    "events": {"type": "array", "items": _one_of(EVENTS), "uniqueItems": True, "minItems": 1},
                },
                least=1,
            ),
            "inputs": _TEXTS,
            "outputs": {**_TEXTS, "uniqueItems": True},
            "tools": {
                "anyOf": [
                    {"type": "array", "items": {"type": "string", "pattern": f"^{TOOL_NAME}$"}, "uniqueItems": True},
                    {"type": "object", "propertyNames": {"pattern": f"^{TOOL_NAME}$"}, "additionalProperties": _TEXT},
                ]
            },
            "env": {
                "type": "object",
                "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
                "additionalProperties": {"type": "string"},
            },
            "timeout": _amount("seconds"),
            "measure": {"anyOf": [_FLAG, measure]},
            "checks": _block(
                "checks",
                {"deterministic": _whole(LEAST_EQUAL, MOST_EQUAL), "memory_stable": _whole(LEAST_SERIES, MOST_SERIES)},
            ),
            "metrics": {"type": "array", "items": {"anyOf": [_TEXT, _metric_file()]}},
            "jobs": _whole(1, MOST_JOBS),
            "relocatable": _FLAG,
            "retries": _whole(0, MOST_RETRIES),
            "rerun": _TEXT,
            "state": {**_TEXTS, "uniqueItems": True},
            "destructive": _FLAG,
            "help": {"type": "string"},
        },
        required=("run",),
    )


def _recovery() -> Schema:
    match = {"type": "string", "minLength": 3, "maxLength": MOST_MATCH}
    rule = _block(
        "recovery-rule",
        {"match": match, "class": _one_of(CAUSES), "retries": _whole(0, MOST_RETRIES)},
        required=("match", "class"),
    )
    return _block("recovery", {"rules": {"type": "array", "items": rule, "maxItems": MOST_RULES}})


def _quarantined() -> Schema:
    day = {"type": "string", "pattern": "^2[0-9]{3}-[0-9]{2}-[0-9]{2}$"}
    address = {"type": "string", "pattern": "^https?://"}
    return _block(
        "quarantined", {"stage": _TEXT, "test": _TEXT, "until": day, "issue": address}, required=("stage", "until", "issue")
    )


def _metric_file() -> Schema:
    return _block("metric-file", {"file": _TEXT, "format": _one_of(METRIC_FORMATS)}, required=("file",))


def _floors() -> dict[str, Schema]:
    """Return the groups of floors, which the file has and any lane may have."""
    share = _amount("ratio")
    limits = {"warn": share, "fail": share}
    floor = {"anyOf": [share, _block("floor", {**limits, "max_drop": _amount("points")}, least=1)]}
    patch = {"anyOf": [share, _block("patch-floor", {**limits, "ignore_below": _whole(0, 1_000_000)}, least=1)]}
    touched = {"anyOf": [share, _block("file-floor", limits, least=1)]}
    project = _block("kinds", dict.fromkeys(KINDS, floor))
    return {
        "project": project,
        "flags": {"type": "object", "propertyNames": {"pattern": f"^{_NAME}$"}, "additionalProperties": project},
        "patch": _block("kinds", dict.fromkeys(KINDS, patch)),
        "files": _block("kinds", dict.fromkeys(KINDS, touched)),
    }


def _coverage() -> Schema:
    flag = {"type": "string", "pattern": f"^{_NAME}$"}
    report = _block(
        "report",
        {"path": _TEXT, "format": _one_of(FORMATS), "flag": flag, "expect": _whole(1, 10_000)},
        required=("path",),
    )
    return _block(
        "coverage",
        {
            "reports": {"type": "array", "items": {"anyOf": [_TEXT, report]}},
            **_floors(),
            "exclude": _TEXTS,
        },
    )


def _block(block: Block, properties: Mapping[str, Schema], *, required: tuple[str, ...] = (), least: int = 0) -> Schema:
    """Return a mapping with exactly the keys of `block`, each with its sentence; `least` is how many must be written."""
    described = {key: {**properties[key], "description": sentence} for key, sentence in KEYS[block].items()}
    found: Schema = {"type": "object", "properties": described, "additionalProperties": False}
    if required:
        found["required"] = list(required)
    if least:
        found["minProperties"] = least
    return found


def _named(values: Schema) -> Schema:
    """Return a mapping from names to `values`, at least one."""
    return {"type": "object", "propertyNames": {"pattern": f"^{_NAME}$"}, "additionalProperties": values, "minProperties": 1}


def _limit(block: Block, quantity: Quantity, floor: Quantity | None = None) -> Schema:
    """Return one gate: a value, which means fail, or warn and fail."""
    amount = _amount(quantity)
    keys = {"warn": amount, "fail": amount, **({"floor": _amount(floor)} if floor else {})}
    return {"anyOf": [amount, _block(block, keys, least=1)]}


def _amount(quantity: Quantity) -> Schema:
    """Return a value with its unit; counts are numbers without one."""
    if quantity == "count":
        return {"type": ["number", "string"], "minimum": 0, "pattern": f"^{_NUMBER}$"}
    one = rf"{_NUMBER}\s*({'|'.join(UNITS[quantity])})"
    return {"type": "string", "pattern": f"^({one})+$" if quantity == "seconds" else f"^{one}$"}


def _whole(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def _one_of(words: tuple[str, ...] | list[str]) -> Schema:
    return {"enum": list(words)}


def _metrics() -> dict[Quantity, list[str]]:
    """Return the metrics by what they measure."""
    found: dict[Quantity, list[str]] = {}
    for metric in METRICS:
        found.setdefault(_QUANTITIES[unit_of(metric)], []).append(metric)
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")

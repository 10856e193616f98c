"""JSON Schemas of the files that other programs read, made from the types that write them."""

from inspect import cleandoc
from typing import Any

import msgspec

from lanemark import REPOSITORY
from lanemark.codec import Record
from lanemark.judge.types import Judgement
from lanemark.result import SCHEMA, Result

RECORDS: dict[str, type[Record]] = {"result": Result, "verdict": Judgement}
"""What is described, by the name of its file."""


def record_schema(name: str) -> dict[str, Any]:
    """Return the schema (draft 2020-12) of `<name>.json`; KeyError for a name that is not in `RECORDS`.

    It knows shapes, words and bounds. What stands in relation (a plan and its outcomes, two sides of one experiment) only the
    reader knows.
    """
    found: dict[str, Any] = msgspec.json.schema(RECORDS[name])
    for described in found["$defs"].values():
        if "description" in described:
            described["description"] = cleandoc(described["description"])
    if name == "result":
        found["$defs"]["Result"]["properties"]["schema"] = {"const": SCHEMA}
        found["$defs"]["Result"]["required"].append("schema")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://raw.githubusercontent.com/{REPOSITORY}/v1/schema/{name}.schema.json",
        "title": f"{name}.json",
        **found,
    }

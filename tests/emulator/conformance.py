"""Does an exchange conform to GitHub's own description? Stricter than a plain validator: nothing unknown may be sent."""

import json
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from jsonschema.exceptions import ValidationError
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from emulator.description import Operation, find_operation, load_description, resolve

SAID_ANYWHERE = {401: "basic-error", 403: "basic-error", 404: "basic-error", 410: "basic-error", 422: "basic-error"}
"""Errors GitHub gives on every operation, whether the operation lists them or not."""

UNDESCRIBED = frozenset({
    # A deleted fork: GitHub answers null, its own description says it cannot.
    ("/repos/{owner}/{repo}/pulls/{pull_number}", "head/repo"),
})  # fmt: skip
"""Where GitHub is known to depart from its description: path template and place in the answer."""


def check_request(method: str, path: str, query: str, body: bytes) -> list[str]:
    """Return every way in which a request departs from the description; empty is good."""
    operation = find_operation(method, path)
    if operation is None:
        return [f"{method} {path}: no such operation"]
    faults = [*_query_faults(operation, query), *_body_faults(operation, body)]
    return [f"{method} {operation.template}: request: {fault}" for fault in faults]


def check_answer(method: str, path: str, status: int, answer: bytes) -> list[str]:
    """Return every way in which an answer departs from the description; empty is good."""
    operation = find_operation(method, path)
    if operation is None:
        return []
    faults = _answer_faults(operation, status, answer)
    undescribed = tuple(f"{place}: " for template, place in UNDESCRIBED if template == operation.template)
    return [f"{method} {operation.template}: answer: {fault}" for fault in faults if not fault.startswith(undescribed)]


def _query_faults(operation: Operation, query: str) -> list[str]:
    known = {each["name"]: each["schema"] for each in operation.parameters if each["in"] == "query"}
    faults = []
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name not in known:
            faults.append(f"unknown query parameter {name}")
            continue
        schema = resolve(known[name])
        value: Any = int(text) if schema.get("type") == "integer" and text.isdecimal() else text
        if schema.get("type") == "boolean" and text in ("true", "false"):
            value = text == "true"
        faults += [f"query {name}: {fault}" for fault in _schema_faults(schema, value)]
    given = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    required = {each["name"] for each in operation.parameters if each["in"] == "query" and each.get("required")}
    return faults + [f"query {name} missing" for name in sorted(required - given)]


def _body_faults(operation: Operation, body: bytes) -> list[str]:
    expected = operation.body.get("requestBody")
    if expected is None:
        return ["a body where none is allowed"] if body else []
    if not body:
        return ["body missing"] if expected.get("required") else []
    try:
        value = json.loads(body)
    except ValueError:
        return ["body is not JSON"]
    schema = resolve(expected)["content"]["application/json"]["schema"]
    return [*_schema_faults(schema, value), *_unknown(schema, value)]


def _answer_faults(operation: Operation, status: int, answer: bytes) -> list[str]:
    listed = operation.body["responses"].get(str(status))
    if listed is None and status not in SAID_ANYWHERE:
        return [f"status {status} is not documented"]
    if listed is None:
        schema: dict[str, Any] | None = {"$ref": f"#/components/schemas/{SAID_ANYWHERE[status]}"}
    else:
        content = resolve(listed).get("content", {})
        schema = content["application/json"]["schema"] if "application/json" in content else None
    if schema is None:
        return [f"a body where {status} has none"] if answer else []
    if not answer:
        return ["body missing"]
    return [f"{fault}" for fault in _schema_faults(schema, json.loads(answer))]


def _schema_faults(schema: dict[str, Any], value: Any) -> list[str]:
    return [
        f"{'/'.join(map(str, error.absolute_path)) or 'body'}: {error.message[:200]}"
        for error in _validator(json.dumps(schema, sort_keys=True)).iter_errors(value)
        if not _is_allowed_null(error)
    ]


def _is_allowed_null(error: ValidationError) -> bool:
    """GitHub writes `nullable` beside lists of words without adding null to them, and means it."""
    return error.validator == "enum" and error.instance is None and bool(error.schema.get("nullable"))


@cache
def _validator(schema: str) -> OAS30Validator:
    return OAS30Validator(_absolute(json.loads(schema)), registry=_registry())


@cache
def _registry() -> Registry:
    return Registry().with_resource("urn:github", Resource(contents=load_description(), specification=DRAFT4))


def _absolute(node: Any) -> Any:
    """Point references of a schema taken out of the description back into it."""
    if isinstance(node, list):
        return [_absolute(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: f"urn:github{value}" if key == "$ref" and isinstance(value, str) and value.startswith("#") else _absolute(value)
        for key, value in node.items()
    }


def _unknown(schema: dict[str, Any], value: Any, where: str = "") -> list[str]:
    """JSON Schema lets unknown properties pass; GitHub ignores them, which hides spelling mistakes."""
    schema = resolve(schema)
    if isinstance(value, list) and "items" in schema:
        return [fault for index, each in enumerate(value) for fault in _unknown(schema["items"], each, f"{where}/{index}")]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    faults = []
    for key, each in value.items():
        if key in schema["properties"]:
            faults += _unknown(schema["properties"][key], each, f"{where}/{key}")
        elif not schema.get("additionalProperties"):
            faults.append(f"unknown property {where}/{key}")
    return faults

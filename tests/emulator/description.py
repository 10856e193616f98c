"""GitHub's own description of its REST API (pruned): operations, schemas, and example values to build answers from."""

import copy
import gzip
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """One method on one path template."""

    method: str
    template: str
    pattern: re.Pattern[str]
    body: dict[str, Any]
    parameters: tuple[dict[str, Any], ...]


@cache
def load_description() -> dict[str, Any]:
    """Return the whole pruned description; callers must not change it."""
    packed = Path(__file__).with_name("github-openapi.json.gz").read_bytes()
    return json.loads(gzip.decompress(packed))


def example(name: str) -> Any:
    """Return a fresh copy of one of GitHub's example values."""
    return copy.deepcopy(load_description()["components"]["examples"][name]["value"])


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """Follow references until there is none."""
    while "$ref" in node:
        target: Any = load_description()
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


@cache
def operations() -> tuple[Operation, ...]:
    """Return every operation, those with fewer placeholders first."""
    found = []
    for template, item in load_description()["paths"].items():
        shared = item.get("parameters", [])
        for method in METHODS:
            if method in item:
                parameters = tuple(resolve(each) for each in [*item[method].get("parameters", []), *shared])
                found.append(Operation(method.upper(), template, _pattern(template), item[method], parameters))
    return tuple(sorted(found, key=lambda operation: operation.template.count("{")))


def find_operation(method: str, path: str) -> Operation | None:
    """Return the operation a request is for."""
    return next((each for each in operations() if each.method == method and each.pattern.fullmatch(path)), None)


def _pattern(template: str) -> re.Pattern[str]:
    """`{path}` (a file) and `{basehead}` may hold slashes, every other placeholder is one segment."""
    parts = re.split(r"\{(\w+)\}", template)
    texts = [
        re.escape(part) if index % 2 == 0 else ".+" if part in ("path", "basehead") else "[^/]+"
        for index, part in enumerate(parts)
    ]
    return re.compile("".join(texts))

"""Cut GitHub's OpenAPI description down to what the emulator speaks, so that it can be committed.

    npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz
    python tests/emulator/prune.py package/generated/api.github.com.json

writes `github-openapi.json.gz` beside this file: the operations below, every component they refer to, and nothing else. Prose
(`description`, `summary` and `externalDocs` texts) is dropped, and so are discriminators, which validators resolve in ways of their
own and which say nothing that `oneOf` beside them does not; shapes and example values stay as GitHub publishes them.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("github-openapi.json.gz")

REPO = "/repos/{owner}/{repo}"
OPERATIONS: dict[str, tuple[str, ...]] = {
    REPO: ("get",),
    f"{REPO}/pulls": ("get",),
    f"{REPO}/pulls/{{pull_number}}": ("get",),
    f"{REPO}/pulls/{{pull_number}}/files": ("get",),
    f"{REPO}/issues/{{issue_number}}/comments": ("get", "post"),
    f"{REPO}/issues/{{issue_number}}/events": ("get",),
    f"{REPO}/collaborators/{{username}}/permission": ("get",),
    f"{REPO}/issues/comments/{{comment_id}}": ("get", "patch", "delete"),
    f"{REPO}/check-runs": ("post",),
    f"{REPO}/check-runs/{{check_run_id}}": ("get", "patch"),
    f"{REPO}/check-runs/{{check_run_id}}/annotations": ("get",),
    f"{REPO}/commits": ("get",),
    f"{REPO}/commits/{{ref}}/check-runs": ("get",),
    f"{REPO}/commits/{{commit_sha}}/pulls": ("get",),
    f"{REPO}/compare/{{basehead}}": ("get",),
    f"{REPO}/contents/{{path}}": ("get",),
    f"{REPO}/actions/runs": ("get",),
    f"{REPO}/actions/jobs/{{job_id}}": ("get",),
    f"{REPO}/actions/runs/{{run_id}}": ("get",),
    f"{REPO}/actions/runs/{{run_id}}/artifacts": ("get",),
    f"{REPO}/actions/workflows/{{workflow_id}}/runs": ("get",),
    f"{REPO}/actions/artifacts/{{artifact_id}}": ("get",),
    f"{REPO}/actions/artifacts/{{artifact_id}}/{{archive_format}}": ("get",),
    "/rate_limit": ("get",),
}
DROPPED = ("description", "summary", "externalDocs", "x-github", "discriminator")
EXTRA = ("#/components/schemas/basic-error", "#/components/schemas/validation-error")
"""What GitHub answers on any operation, although most operations do not list it."""


def prune(whole: dict[str, Any]) -> dict[str, Any]:
    """Return the operations and the components they reach."""
    kept: dict[str, Any] = {key: whole[key] for key in ("openapi", "info")}
    kept["paths"] = {}
    for path, methods in OPERATIONS.items():
        item = whole["paths"][path]
        kept["paths"][path] = {key: item[key] for key in (*methods, "parameters") if key in methods or key in item}
    kept["components"] = {}
    waiting: list[Any] = [kept["paths"], [{"$ref": reference} for reference in EXTRA]]
    seen: set[str] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        if not isinstance(node, dict):
            continue
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            _, _, kind, name = reference.split("/")
            kept["components"].setdefault(kind, {})[name] = whole["components"][kind][name]
            waiting.append(whole["components"][kind][name])
        waiting.extend(node.values())
    return kept


def without_prose(node: Any, *, inside_example: bool = False) -> Any:
    """Drop texts that only people read; a property *called* description is a schema, not a text, and stays."""
    if isinstance(node, list):
        return [without_prose(each, inside_example=inside_example) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: without_prose(value, inside_example=inside_example or key in ("example", "examples", "value"))
        for key, value in node.items()
        if inside_example or key not in DROPPED or _is_schema(value)
    }


def _is_schema(value: Any) -> bool:
    return isinstance(value, dict) and ("type" in value or "$ref" in value or "nullable" in value)


def main(source: str) -> None:
    """Write the pruned description; the same input gives the same bytes."""
    whole = json.loads(Path(source).read_text(encoding="utf-8"))
    kept = without_prose(prune(whole))
    raw = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    TARGET.write_bytes(gzip.compress(raw, 9, mtime=0))
    print(f"{len(kept['paths'])} paths, {len(raw)} bytes, {TARGET.stat().st_size} packed")


if __name__ == "__main__":
    main(sys.argv[1])

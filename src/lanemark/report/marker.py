"""How our comment is known again: a marker at its very start, and at its end what run wrote it."""

import base64
import json

MARKER = "<!-- lanemark:v1 id=default -->"
"""The first line of every comment of ours; a comment is ours when it starts with it and we are its author."""


def write_state(*, head: str, run_id: int, run_number: int, attempt: int, digest: str) -> str:
    """Return the last line of a comment: which run wrote it for which head, in letters that cannot end an HTML comment."""
    state = {"attempt": attempt, "digest": digest, "head": head, "run_id": run_id, "run_number": run_number}
    packed = base64.urlsafe_b64encode(json.dumps(state, sort_keys=True).encode("ascii")).decode("ascii")
    return f"<!-- lanemark-state:v1 {packed} -->"

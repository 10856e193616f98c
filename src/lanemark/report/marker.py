"""How our comment is known again: a marker at its very start, and at its end which run wrote it.

The state is a hint that keeps an older run from overwriting a newer one. It is never evidence: no verdict is read from it.
"""

import base64
import binascii
import json
import re

from lanemark.codec import Record, decode
from lanemark.errors import DataError
from lanemark.judge.types import Verdict

MARKER = "<!-- lanemark:v1 id=default -->"
"""The first line of every comment of ours; a comment is ours when it starts with it and we are its author."""

_STATE = re.compile(r"<!-- lanemark-state:v1 ([A-Za-z0-9_=-]{1,2000}) -->\s*\Z")
_VERDICTS = ("", *(verdict.value for verdict in Verdict))
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}|")


class State(Record, frozen=True, kw_only=True):
    """Which run wrote a comment, for which head, what it found, and the digest of what it said.

    This is the block that programs may read. `failed` is the commit of the last failure that is not mended before this run,
    empty where there is none.
    """

    head: str
    run_id: int
    run_number: int
    attempt: int
    digest: str
    verdict: str = ""
    failed: str = ""

    @property
    def order(self) -> tuple[int, int, int]:
        """What tells the newer of two runs: run number, then attempt, then run id."""
        return (self.run_number, self.attempt, self.run_id)


def write_state(
    *, head: str, run_id: int, run_number: int, attempt: int, digest: str, verdict: str = "", failed: str = ""
) -> str:
    """Return the last line of a comment, in letters that cannot end an HTML comment."""
    state = {"attempt": attempt, "digest": digest, "head": head, "run_id": run_id, "run_number": run_number}
    more = {name: word for name, word in (("verdict", verdict), ("failed", failed)) if word}
    packed = base64.urlsafe_b64encode(json.dumps(state | more, sort_keys=True).encode("ascii")).decode("ascii")
    return f"<!-- lanemark-state:v1 {packed} -->"


def replace_state(body: str, *, failed: str) -> str:
    """Return a comment of ours whose state also names the commit that `failed`."""
    state = read_state(body)
    if state is None:
        return body
    line = write_state(
        head=state.head, run_id=state.run_id, run_number=state.run_number, attempt=state.attempt, digest=state.digest,
        verdict=state.verdict, failed=failed,
    )  # fmt: skip
    return _STATE.sub(f"{line}\n", body)


def read_state(body: str) -> State | None:
    """Return the state at the end of a comment; None where there is none or it is not one that we write."""
    found = _STATE.search(body)
    if found is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(found[1])
        state = decode(raw, State, limit=2000, source="the comment's state")
    except (binascii.Error, DataError):
        return None
    commits = _COMMIT.fullmatch(state.head) and _COMMIT.fullmatch(state.failed)
    sound = commits and min(state.order) >= 0 and state.verdict in _VERDICTS
    return state if sound else None


def without_state(body: str) -> str:
    """Return what people read of a comment: its text without the state, with line ends and trailing space made equal.

    GitHub turns line ends into CRLF for some clients and strips the end, so bodies are compared in this form only.
    """
    text = _STATE.sub("", body.replace("\r\n", "\n"))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def says_the_same(body: str, other: str) -> bool:
    """Tell whether two comments read the same and are about the same head, whichever run wrote them."""
    of_body, of_other = read_state(body), read_state(other)
    same_head = (of_body and of_body.head) == (of_other and of_other.head)
    return same_head and without_state(body) == without_state(other)

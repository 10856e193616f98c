"""The marker and the state survive a trip through GitHub, and a forged state is no state."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.report.marker import MARKER, State, read_state, says_the_same, write_state

HEAD = "c" * 40
NUMBERS = st.integers(0, 2**53)


@given(NUMBERS, NUMBERS, NUMBERS, st.text(max_size=80))
def test_what_was_written_is_read(run_id, run_number, attempt, digest):
    line = write_state(head=HEAD, run_id=run_id, run_number=run_number, attempt=attempt, digest=digest)
    body = f"{MARKER}\n### text\n\n{line}"
    expected = State(head=HEAD, run_id=run_id, run_number=run_number, attempt=attempt, digest=digest)
    assert read_state(body) == read_state(body.replace("\n", "\r\n") + "\r\n") == expected


@given(st.text())
def test_a_state_cannot_end_its_comment_early(digest):
    line = write_state(head=HEAD, run_id=1, run_number=1, attempt=1, digest=digest)
    assert line.count("-->") == 1
    assert "--" not in line[4:-3]
    assert line.isascii()


def packed(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return f"<!-- lanemark-state:v1 {base64.urlsafe_b64encode(raw).decode()} -->"


GOOD = {"head": HEAD, "run_id": 1, "run_number": 2, "attempt": 3, "digest": "d"}


@pytest.mark.parametrize(
    "line",
    [
        "", "<!-- lanemark-state:v1 -->", "<!-- lanemark-state:v1 !!! -->", "<!-- lanemark-state:v1 YQ -->", packed(b"\xff"), packed([]),
        packed({**GOOD, "run_id": "1"}), packed({**GOOD, "run_id": -1}), packed({**GOOD, "more": 1}), packed({**GOOD, "head": "main"}),
        packed({**GOOD, "run_number": True}), packed(b'{"head": "", "head": ""}'), packed({**GOOD, "digest": "x" * 1500}),
        packed({**GOOD, "attempt": 10**30}), packed(GOOD) + "\nmore text", packed(GOOD).replace("v1", "v2"),
    ],
)  # fmt: skip
def test_what_we_do_not_write_is_not_read(line):
    assert read_state(f"{MARKER}\ntext\n{line}") is None


def test_the_good_one_is_read():
    assert read_state(packed(GOOD)) == State(**GOOD)


@given(st.binary(max_size=200))
def test_no_state_makes_reading_fail(raw):
    read_state(packed(raw))


def test_bodies_are_compared_by_what_people_read():
    body = f"{MARKER}\ntext  \n\nmore\n\n"
    said = body + packed(GOOD)
    assert says_the_same(said, body.replace("\n", "\r\n") + packed({**GOOD, "run_id": 9}) + "\n")
    assert not says_the_same(said, f"{body}!{packed(GOOD)}")
    assert not says_the_same(said, body + packed({**GOOD, "head": "b" * 40}))
    assert not says_the_same(said, body)

"""Journal lines: what is written is read back, half a last line is passed over, anything else that does not fit is damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.errors import DataError
from lanemark.recover.journal import (
    Checkpointed,
    Entry,
    Heartbeat,
    Restored,
    RunEnd,
    RunStart,
    StageEnd,
    StageStart,
    read_journal,
    write_line,
)

START = RunStart(run="r1", lane="standard", stages={"a": "sha256:1", "b": "sha256:2"}, source="s")
EVENTS = [
    START,
    Checkpointed(id="c0"),
    StageStart(stage="a", writes=("a.out",)),
    Heartbeat(rss=5, available=None, disk_free=7),
    StageEnd(stage="a", state="ran", key="k", outputs="o", checkpoint="c1", wall_s=0.5),
    Restored(id="c0", undo="c2", paths=("a.out",)),
    StageEnd(stage="b", state="failed", failure="exit: \\u001b 3"),
    RunEnd(state="failed"),
]


def lines(events):
    return [write_line(Entry(seq=number, at="now", event=event)) for number, event in enumerate(events, 1)]


def test_what_is_written_is_read_back():
    read = read_journal(b"".join(lines(EVENTS)), "j")
    assert [entry.event for entry in read.entries] == EVENTS
    assert not read.torn


@given(st.integers(min_value=0, max_value=sum(map(len, lines(EVENTS)))))
def test_a_journal_cut_anywhere_gives_the_lines_that_are_whole(cut):
    whole = b"".join(lines(EVENTS))
    read = read_journal(whole[:cut], "j")
    assert [entry.event for entry in read.entries] == EVENTS[: whole[:cut].count(b"\n")]
    assert read.torn == (not whole[:cut].endswith(b"\n") and cut > 0)


@given(st.data())
def test_a_flipped_bit_in_a_whole_line_is_damage(data):
    whole = bytearray(b"".join(lines(EVENTS)))
    at = data.draw(st.integers(min_value=0, max_value=len(whole) - 2))
    whole[at] ^= 1 << data.draw(st.integers(min_value=0, max_value=7))
    with pytest.raises(DataError, match=r"damaged|missing|JSON|line"):
        read_journal(bytes(whole), "j")


@pytest.mark.parametrize("gone", range(1, len(EVENTS) - 1))
def test_a_missing_line_is_damage(gone):
    kept = lines(EVENTS)
    del kept[gone]
    with pytest.raises(DataError, match="a line is missing"):
        read_journal(b"".join(kept), "j")


def test_a_line_of_another_shape_is_damage_even_with_its_checksum_right():
    from zlib import crc32

    body = b'{"seq":1,"at":"now","event":{"type":"run_end","state":"worked","more":1}}'
    with pytest.raises(DataError, match="unknown field"):
        read_journal(b'{"crc":"%08x",%b\n' % (crc32(body), body[1:]), "j")

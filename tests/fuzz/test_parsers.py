"""Whatever a stranger sends, each parser gives a value or one of our own errors; and no parser is forgotten."""

import random
from contextlib import suppress
from fnmatch import fnmatch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.parsers import NO_PARSERS, PARSERS, is_fuzzed, look_like_parsers
from lanemark.coverage import detect
from lanemark.errors import LanemarkError

TOKENS = (
    b"\0", b"\xff\xfe", b"\r\n", b"\x1b[31m", b"NaN", b"Infinity", b"1e999", b"-1", b"0", b"9" * 5000, b"true", b"null", b'""', b"{", b"}",
    b"[" * 300, b"]", b":", b",", b"<", b">", b"</", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"&#0;", b"<![CDATA[", b"*a", b"&a", b"!!python/x",
    b"- ", b"? ", b"\t", b"..", b"/", b"\\", b"%", b"PK\x03\x04", b"PK\x05\x06", b"-->", b"\xed\xb0\x80", "字".encode(), "\u202e".encode(),
)  # fmt: skip


def spoil(data: bytes, chance: random.Random) -> bytes:
    """Return a sample with a few things wrong with it."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(data))
        end = min(len(data), at + chance.choice((1, 1, 3, 20, 200)))
        piece = chance.choice(
            (b"", b"", chance.choice(TOKENS), chance.randbytes(2), data[at:end] * 2, data[: chance.randint(0, 60)])
        )
        data = data[:at] + piece + data[chance.choice((at, end)) :]
        if chance.random() < 0.1:
            data = data[:at]
    return data


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_spoiled_samples_and_any_bytes_give_a_value_or_an_error_of_ours(parser):
    samples = parser.samples()
    assert samples

    @settings(max_examples=120, deadline=None)
    @given(st.integers(0, 2**60), st.sampled_from(samples), st.booleans(), st.binary(max_size=80))
    def read(seed, sample, spoiling, noise):
        with suppress(LanemarkError):
            parser.read(spoil(sample, random.Random(seed)) if spoiling else noise)

    read()
    for sample in samples:
        with suppress(LanemarkError):
            parser.read(sample)


def test_every_parser_of_a_stranger_s_bytes_is_fuzzed():
    """A new one fails here: give it a line in PARSERS (tests/fuzz/parsers.py), or in NO_PARSERS the reason why it needs none."""
    forgotten = [name for name in look_like_parsers() if not is_fuzzed(name) and name not in NO_PARSERS]
    assert forgotten == []


def test_what_the_lists_name_is_there():
    known = set(look_like_parsers())
    assert set(NO_PARSERS) <= known
    for parser in PARSERS:
        for pattern in parser.covers:
            assert any(fnmatch(name, pattern) for name in known), pattern


def test_every_module_that_parses_coverage_is_among_the_formats_that_are_fuzzed():
    modules = {name.partition(":")[0] for name in look_like_parsers() if fnmatch(name, "coverage/formats/*.py:parse")}
    assert {f"coverage/formats/{known.parse.__module__.rpartition('.')[2]}.py" for known in detect.FORMATS} == modules


def test_a_parser_that_lets_an_error_out_would_be_seen():
    with pytest.raises(UnicodeDecodeError), suppress(LanemarkError):
        b"\xff".decode()

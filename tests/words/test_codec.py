import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark import codec
from lanemark.errors import DataError


class Inner(codec.Record, frozen=True, kw_only=True):
    value: float
    name: str = ""


class Outer(codec.Record, frozen=True, kw_only=True):
    inner: tuple[Inner, ...] = ()
    count: int = 0


def decode(data: bytes) -> Outer:
    return codec.decode(data, Outer, limit=1 << 20, source="result.json")


INNER = st.builds(Inner, value=st.floats(allow_nan=False, allow_infinity=False), name=st.text(st.characters(), max_size=20))


@given(st.builds(Outer, inner=st.lists(INNER, max_size=4).map(tuple), count=st.integers(-codec.MAX_INTEGER, codec.MAX_INTEGER)))
def test_record_comes_back_equal(record):
    assert decode(codec.encode(record)) == record


def test_path_that_is_not_utf8_survives():
    record = Outer(inner=(Inner(value=1.0, name=b"caf\xe9".decode("utf-8", "surrogateescape")),))
    assert decode(codec.encode(record)) == record


def test_encoding_is_canonical():
    assert codec.encode(Outer(count=1)) == b'{\n  "count": 1,\n  "inner": []\n}\n'


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_nan_is_never_written(value):
    with pytest.raises(ValueError):
        codec.encode(Inner(value=value))
    with pytest.raises(ValueError):
        codec.encode_plain({"a": value})


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"inner": [{"value": NaN}]}', "NaN"),
        (b'{"inner": [{"value": -Infinity}]}', "-Infinity"),
        (b'{"inner": [{"value": 1e999}]}', "out of range"),
        (b'{"count": 9223372036854775808}', "out of range"),
        (b'{"count": ' + b"9" * 6000 + b"}", "out of range"),
        (b'{"count": 1, "count": 2}', 'the key "count" stands twice'),
        (b'{"inner": [{"value": 1.0, "value": 2.0}]}', 'the key "value" stands twice'),
        (b'{"countt": 1}', "countt"),
        (b'{"count": "1"}', "$.count"),
        (b'{"count": true}', "$.count"),
        (b'{"inner": [{"value": 1.0}, {"value": "x"}]}', "$.inner[1].value"),
        (b'{"inner": [{}]}', "missing required field `value`"),
        (b"[]", "Expected `object`"),
        (b"", "not JSON, line 1 column 1"),
        (b'{"count": 1', "not JSON, line 1 column 12"),
        (b'{"count": 1}x', "not JSON"),
        (b"\xff\xfe\xfd", "not UTF-8"),
        (b'{"\\ud800": 1}', "half a character"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_hostile_json_is_refused_with_its_place(data, says):
    with pytest.raises(DataError) as caught:
        decode(data)
    assert says in caught.value.message
    assert caught.value.message.startswith("result.json: ")


def test_too_many_bytes_are_not_parsed():
    with pytest.raises(DataError, match="11 bytes, at most 10"):
        codec.parse(b"[1,2,3,4,5]", limit=10, source="x")


def test_hostile_key_cannot_write_lines_into_the_message():
    for data in (b'{"a\\n::error::x": 1}', b'{"a\\n::error::x": 1, "a\\n::error::x": 2}', json.dumps({"k" * 5000: 1}).encode()):
        with pytest.raises(DataError) as caught:
            decode(data)
        assert "\n" not in caught.value.message
        assert len(caught.value.message) < 300


def test_a_million_keys_with_one_duplicate_are_refused_without_comparing_all_pairs():
    data = b"{" + b",".join(b'"%d":1' % number for number in range(120_000)) + b',"119999":1}'
    with pytest.raises(DataError, match="119999"):
        codec.parse(data, limit=len(data), source="x")


JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**62), 2**62),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=8),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=12,
)


@given(JSON)
def test_plain_json_comes_back_equal(value):
    assert codec.parse(codec.encode_plain(value), limit=1 << 20, source="x") == value


@given(st.binary(max_size=80))
def test_any_bytes_are_a_record_or_a_data_error(data):
    with contextlib.suppress(DataError):
        assert isinstance(decode(data), Outer)


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4), max_leaves=12))  # fmt: skip
def test_what_is_written_is_what_the_standard_library_would_write(value):
    assert codec.encode_plain(value) == (json.dumps(value, sort_keys=True, indent=2) + "\n").encode("ascii")


def test_a_lone_surrogate_is_written_and_a_nan_is_not():
    assert json.loads(codec.encode_plain({"path": "caf\udce9"})) == {"path": "caf\udce9"}
    with pytest.raises(ValueError, match="Out of range"):
        codec.encode_plain([float("nan")])


TEXTS = st.recursive(
    st.none() | st.booleans() | st.text() | st.text(st.sampled_from('ab"\\\x7f\x00\x1f\n\té\udc80\u2028😀/<')),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(TEXTS)
def test_the_quick_way_for_texts_writes_the_same_bytes(value):
    assert codec.encode_texts(value) == codec.encode_plain(value)

"""Whatever bytes a report has, reading it gives numbers that can be, or a DataError; and never takes long."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lanemark.coverage.detect import FORMATS, format_named
from lanemark.coverage.model import counts_of
from lanemark.errors import DataError

FIXTURES = {path.name: path.read_bytes() for path in sorted((Path(__file__).parent / "fixtures").glob("*.*")) if path.suffix in (".json", ".xml", ".info", ".out")}  # fmt: skip
NAMES = sorted({known.name: name for name, data in FIXTURES.items() for known in FORMATS if known.claims(data)}.values())
"""One fixture of each format."""

TOKENS = [b"0", b"-1", b"99999999999999999999999", b"1e999", b"NaN", b"null", b'"', b"<", b">", b"&x;", b"\n", b"\x00", b"\xff", b",", b"{", b"[", b"/>", b"DA:1,", b"end_of_record\n", b"'", b"SF:", b"mode: set\n", b"true", b"-", b":", b"]}"]  # fmt: skip


def test_each_format_has_a_fixture():
    assert len(NAMES) == len(FORMATS)


@st.composite
def spoiled(draw):
    """A real report with a few of its bytes replaced, deleted, doubled, or cut off."""
    data = FIXTURES[draw(st.sampled_from(NAMES))]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        to = min(len(data), at + draw(st.integers(0, 40)))
        insert = draw(st.sampled_from(TOKENS) | st.binary(max_size=4) | st.just(data[at:to] * 2))
        data = data[:at] + insert + data[to:]
    return data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data


def read_all(parse, data, size):
    """Read in pieces; look at every number."""
    try:
        found = parse(data[at : at + size] for at in range(0, len(data), size))
    except DataError:
        return
    for name in found.files:
        counts = found.files.counts(name)
        for count in (counts.lines, counts.branches, counts.functions, counts.statements):
            assert count is None or 0 <= count.covered <= count.total
        file = found.files[name]
        assert counts_of(file) == counts
        assert all(line > 0 and hits >= 0 for line, hits in file.lines.items())


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(spoiled(), st.sampled_from(FORMATS), st.integers(1, 5000))
def test_spoiled_reports_give_sound_numbers_or_a_data_error(data, known, size):
    for one in {known, *(claiming for claiming in FORMATS if claiming.claims(data[: 1 << 16]))}:
        read_all(one.parse, data, size)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(NAMES), st.integers(1, 3000))
def test_where_the_pieces_end_makes_no_difference(name, size):
    data = FIXTURES[name]
    known = next(known for known in FORMATS if known.claims(data))
    whole = known.parse(iter([data]))
    pieces = known.parse(data[at : at + size] for at in range(0, len(data), size))
    assert dict(pieces.files) == dict(whole.files)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([known for known in FORMATS if known.name not in ("cobertura", "clover", "jacoco")]), st.binary(max_size=200)
)
def test_any_bytes_at_all(known, data):
    read_all(known.parse, data, 7)


plain_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "files",
                    "meta",
                    "coverage",
                    "lines",
                    "branches",
                    "methods",
                    "total",
                    "covered",
                    "statementMap",
                    "s",
                    "b",
                    "f",
                    "fnMap",
                    "branchMap",
                    "start",
                    "end",
                    "line",
                    "column",
                    "executed_lines",
                    "missing_lines",
                    "functions",
                    "loc",
                    "0",
                    "[:if, 0, 3, 4, 7, 7]",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(["coveragepy", "istanbul-final", "istanbul-summary", "simplecov"]), plain_json)
@example("simplecov", {"a": {"coverage": {"x.rb": {"lines": [1, True]}}}})
@example("istanbul-final", {"a.js": {"statementMap": {"0": {"start": {"line": 1e300}, "end": {"line": 1}}}, "s": {"0": 1}, "fnMap": {}, "f": {}, "branchMap": {}, "b": {}}})  # fmt: skip
@example("istanbul-summary", {"a.js": {"lines": {"covered": 2, "total": 1}}})
def test_any_json_at_all(name, value):
    read_all(format_named(name).parse, json.dumps(value).encode(), 50)


XML = [("cobertura", "coverage"), ("jacoco", "report"), ("clover", "coverage")]


def refused(name, data, why):
    with pytest.raises(DataError, match=why):
        format_named(name).parse(iter([data]))


@pytest.mark.parametrize("root", ["coverage", "report"])
@pytest.mark.parametrize("name", ["cobertura", "jacoco", "clover"])
@pytest.mark.parametrize(
    "subset",
    [
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">',
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        '<!ENTITY % x SYSTEM "http://127.0.0.1:9/"> %x;',
        '<!ENTITY x SYSTEM "x.gif" NDATA gif>',
    ],
)
def test_entities_are_refused_in_every_xml_format(name, root, subset):
    refused(name, f"<!DOCTYPE {root} [{subset}]><{root}>&b;</{root}>".encode(), "entity")


@pytest.mark.parametrize(("name", "root"), XML)
def test_declared_default_attributes_are_refused_because_every_element_would_get_them_all(name, root):
    declared = " ".join(f'a{number} CDATA "x"' for number in range(3000))
    data = f"<!DOCTYPE {root} [<!ATTLIST line {declared}>]><{root}>" + '<line number="1" hits="1"/>' * 20_000
    refused(name, data.encode(), "default attributes")


@pytest.mark.parametrize(("name", "root"), XML)
def test_a_million_attributes_or_a_tag_comment_or_instruction_without_end_do_not_fill_the_memory(name, root):
    starts = {b"<x ": b"a%d='' ", b"<x a='": b"%d ", b"<!-- ": b"%d ", b"<?x ": b"%d "}
    for start, more in starts.items():
        fed = 0

        def endless(start=start, more=more):
            nonlocal fed
            yield f"<{root}>".encode() + start
            while fed < 1_000_000:
                fed += 10_000
                yield b"".join(more % number for number in range(fed - 10_000, fed))

        with pytest.raises(DataError, match="one tag is longer"):
            format_named(name).parse(endless())
        assert fed < 1_000_000, "it was read to the end"


@pytest.mark.parametrize("name", ["cobertura", "jacoco", "clover"])
def test_doctypes_that_tools_write_are_accepted_and_nothing_is_fetched(name):
    data = next(data for data in FIXTURES.values() if format_named(name).claims(data))
    doctype = b'<!DOCTYPE x PUBLIC "-//JACOCO//DTD Report 1.1//EN" "http://127.0.0.1:9/report.dtd">'
    bare = data[data.index(b"<", data.index(b"?>") + 2) :]
    bare = bare[bare.index(b">") + 1 :] if bare.startswith(b"<!DOCTYPE") else bare
    assert dict(format_named(name).parse(iter([doctype + bare])).files) == dict(format_named(name).parse(iter([data])).files)


@pytest.mark.parametrize(("name", "root"), XML)
def test_elements_in_elements_in_elements_are_refused_before_they_fill_the_memory(name, root):
    deep = b"<line>" * 300_000
    refused(name, f"<{root}>".encode() + deep, "deep|outside|whose number")
    refused(name, f"<{root}>".encode() + b"<x>" * 300_000, "deep")


@pytest.mark.parametrize("name", ["coveragepy", "istanbul-final", "istanbul-summary", "simplecov"])
@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"a": 1, "a": 2}', 'the key "a" stands twice'),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 1e999}', "out of range"),
        (b'{"a": 123456789012345678901234567890}', "out of range"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": ', "line 1 column"),
        (b"[]", "not a JSON object"),
        (b"", "not JSON"),
    ],
)
def test_json_tricks_are_refused_in_every_json_format(name, data, why):
    refused(name, data, why)


@pytest.mark.parametrize("name", ["lcov", "go"])
def test_a_line_without_end_does_not_fill_the_memory(name):
    fed = 0

    def endless():
        nonlocal fed
        while fed < 50 << 20:
            fed += 65536
            yield b"a" * 65536

    with pytest.raises(DataError, match="a line is longer than"):
        format_named(name).parse(endless())
    assert fed < 1 << 20


def test_a_file_in_very_many_parts_costs_no_more_than_its_parts():
    """Each part united with all before it would take an hour."""
    first = (
        '<class filename="a"><lines>' + "".join(f'<line number="{n}" hits="0"/>' for n in range(1, 20_001)) + "</lines></class>"
    )
    parts = "".join(f'<class filename="a"><lines><line number="{n}" hits="1"/></lines></class>' for n in range(1, 4001))
    found = format_named("cobertura").parse(iter([f"<coverage>{first}{parts}</coverage>".encode()]))
    assert found.files.counts("a").lines.covered == 4000


def test_blocks_that_claim_more_lines_than_there_are_are_refused():
    blocks = b"a.go:1.1,2000000.2 1 1\na.go:5.1,5.2 1 1\n"
    refused("go", b"mode: set\n" + blocks, "line 3: its blocks touch more than 50,000,000 lines, or in one file 2,000,000")


@pytest.mark.parametrize("name", ["coveragepy", "istanbul-final", "istanbul-summary", "simplecov"])
def test_json_beyond_what_fits_the_memory_is_refused_before_it_is_parsed(name):
    piece, fed = b" " * (1 << 20), 0

    def endless():
        nonlocal fed
        while fed < 1000:
            fed += 1
            yield piece

    with pytest.raises(DataError, match="more than 200 MiB"):
        format_named(name).parse(endless())
    assert fed == 201

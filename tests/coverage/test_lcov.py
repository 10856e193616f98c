import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.coverage.formats import lcov
from lanemark.coverage.model import MAX_HITS, counts_of
from lanemark.coverage.types import Count
from lanemark.errors import DataError


def parse(text, size=7):
    data = text.encode()
    return lcov.parse(data[at : at + size] for at in range(0, len(data), size))


def one(body, path="a.c"):
    return parse(f"TN:\nSF:{path}\n{body}\nend_of_record\n").files[path]


def test_lines_are_read_plain_with_a_checksum_and_twice():
    assert one("DA:1,5\nDA:2,0,aGVsbG8=\nDA:3,1\nDA:3,2").lines == {1: 5, 2: 0, 3: 3}


@pytest.mark.parametrize(
    ("text", "hits"),
    [("007", 7), ("-5", 0), ("1e3", 1000), ("0.5", 1), ("99999999999999999999", MAX_HITS), ("9223372036854775808", MAX_HITS)],
)
def test_hits_come_huge_negative_or_as_floats(text, hits):
    assert one(f"DA:1,1\nDA:2,{text}\nDA:3,1").lines == {1: 1, 2: hits, 3: 1}


@pytest.mark.parametrize("text", ["1", "1,", "x,1", "1,x", "1,nan", ",1", "1;1"])
def test_lines_that_are_no_numbers_refuse_the_report_with_the_line(text):
    with pytest.raises(DataError, match=r"^line 3: "):
        one(f"DA:{text}")


@pytest.mark.parametrize("number", ["0", "-1", "16707566", "99999999999"])
def test_line_numbers_no_file_has_are_left_out_and_counted(number):
    data = parse(f"SF:a\nDA:{number},1\nDA:1,1\nBRDA:{number},0,0,1\nend_of_record\n")
    assert data.files["a"].lines == {1: 1}
    assert data.skipped == 2


def test_several_records_of_one_file_are_one_file():
    data = parse("TN:one\nSF:a.c\nDA:1,1\nDA:2,0\nend_of_record\nTN:two\nSF:a.c\nDA:2,1\nDA:3,0\nend_of_record\n")
    assert data.files["a.c"].lines == {1: 1, 2: 1, 3: 0}


def test_arms_are_named_by_block_and_branch_and_a_dash_is_not_taken():
    file = one("BRDA:4,0,0,3\nBRDA:4,0,1,-\nBRDA:4,e0,2,1\nBRDA:4,0,jump to 7, or 8,0\nDA:4,3")
    assert file.branches.arms == {4: {"0,0": True, "0,1": False, "e0,2": True, "0,jump to 7, or 8": False}}
    assert counts_of(file).branches == Count(covered=2, total=4)


def test_an_arm_that_stands_twice_is_taken_if_it_was_taken_once():
    assert one("BRDA:4,0,0,0\nBRDA:4,0,0,2\nBRDA:4,0,1,0\nBRDA:4,0,1,-").branches.arms == {4: {"0,0": True, "0,1": False}}


def test_the_plain_and_the_odd_form_of_an_arm_are_one_arm():
    plain = "SF:a\nBRDA:4,0,0,1\nend_of_record\n"
    odd = "SF:a\nBRDA:4,0,0,1.0\nBRDA:4,00,0,1\nend_of_record\n"
    assert parse(plain + odd).files["a"].branches.arms == {4: {"0,0": True, "00,0": True}}


def test_functions_with_commas_and_end_lines():
    file = one("FN:3,f(int, char)\nFN:9,12,g\nFN:14,17,h(a, b)\nFNDA:2,f(int, char)\nFNDA:0,g\nFNDA:1,h(a, b)")
    assert file.functions == {("f(int, char)", 3): 2, ("g", 9): 0, ("h(a, b)", 14): 1}


def test_functions_of_one_name_are_paired_in_order():
    assert one("FN:3,get\nFN:9,get\nFNDA:0,get\nFNDA:4,get").functions == {("get", 3): 0, ("get", 9): 4}


def test_functions_may_come_in_another_order_or_without_hits_or_lines():
    assert one("FNDA:1,b\nFNDA:2,c\nFN:3,a\nFN:9,b").functions == {("a", 3): 0, ("b", 9): 1, ("c", 0): 2}


def test_functions_by_index_as_lcov_2_2_writes_them():
    file = one("FNL:0,3,7\nFNA:0,5,plain\nFNA:0,5,alias, with comma\nFNL:1,9\nFNA:1,0,other")
    assert file.functions == {("plain", 3): 5, ("alias, with comma", 3): 5, ("other", 9): 0}


def test_kinds_that_nobody_measured_are_absent_and_others_are_0_of_0():
    assert one("DA:1,1\nBRF:0\nBRH:0\nFNF:0\nFNH:0").branches is None
    data = parse("SF:a\nDA:1,1\nend_of_record\nSF:b\nBRDA:1,0,0,1\nFN:1,f\nFNDA:1,f\nend_of_record\n")
    assert data.files.counts("a").branches == data.files.counts("a").functions == Count(covered=0, total=0)


def test_the_sums_that_a_report_claims_are_not_read():
    assert counts_of(one("DA:1,0\nLF:100\nLH:100")).lines == Count(covered=0, total=1)


def test_windows_writes_other_line_ends_and_paths():
    assert list(parse("\ufeffTN:\r\nSF:C:\\src\\a.c\r\nDA:1,1\r\nend_of_record\r\n").files) == ["C:\\src\\a.c"]


def test_a_last_line_without_end_comments_blanks_and_unknown_directives():
    data = parse("# by hand\n\nTN: odd name: x\nSF:a: b.c\nVER:abc\nMCDC:1,2\n  DA:1,1  \nend_of_record")
    assert data.files["a: b.c"].lines == {1: 1}


def test_a_next_file_ends_the_record_before():
    assert list(parse("SF:a\nDA:1,1\nSF:b\nDA:1,1\nend_of_record\n").files) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SF:a\nDA:1,1\n", "ends in the middle of a record"),
        ("DA:1,1\n", "^line 1: a line that belongs to a file, before any SF:"),
        ("TN:\nBRDA:1,0,0,1\n", "^line 2: .*before any SF:"),
        ("end_of_record\n", "before any SF:"),
        ("SF:\n", "SF: without a path"),
        ("SF:a\nFN:1\n", "^line 2: FN: without line and name"),
        ("SF:a\nFNDA:1\n", "without hits and name"),
        ("SF:a\nBRDA:1,0,1\n", "BRDA: without"),
        ("SF:a\n\nhello\n", "^line 3: 'hello' is no line of a tracefile"),
    ],
)
def test_what_is_no_tracefile_refuses_the_report_with_the_line(text, why):
    with pytest.raises(DataError, match=why):
        parse(text)


def test_long_runs_and_odd_lines_between_them_say_the_same_in_any_pieces():
    rows = [f"DA:{n},{n % 3}" + (",x" if n % 500 == 0 else "") for n in range(1, 3000)]
    text = "SF:a\n" + "\n".join(rows) + "\nend_of_record\n"
    expected = {n: n % 3 for n in range(1, 3000)}
    for size in (100, 4096, len(text)):
        assert parse(text, size).files["a"].lines == expected


PLAIN = [f"DA:{number},{hits}" for number in (1, 7, 12, 300) for hits in (0, 5, 400)]
ODD = [
    "DA:1\nDA:2,3,4", "DA:9,1,77", "D1A:2,3", "DA1:2,3", "DA:,3", "DA:3,", "DA:007,1", "DA:8,-1", "DA:8,-", " DA:4,4", "DA:5,5 ", "XDA:6,6",
    "LF:3", "BRDA:7,0,0,1", "FN:1,f", "FNDA:1,f", "BRDA:7,0,1,-", "DA:1,1e3", "DA:99999999999999999999,1", "#", "end_of_record\nSF:b",
]  # fmt: skip


def outcome(text, size):
    try:
        data = parse(text, size)
    except DataError as fault:
        return fault.message
    return {path: data.files[path] for path in data.files}, data.skipped


@given(st.lists(st.sampled_from(PLAIN) | st.sampled_from(PLAIN) | st.sampled_from(ODD), max_size=12))
def test_lines_read_as_one_list_say_what_each_says_alone(lines):
    text = "\n".join(["SF:a", *lines, "end_of_record\n"])
    assert outcome(text, len(text)) == outcome(text, 1)

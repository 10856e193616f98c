import pytest

from lanemark.change import AddedLines, AddedRange
from lanemark.config.types import CoverageRules, ReportRules
from lanemark.coverage.formats import gocover
from lanemark.coverage.model import MAX_HITS, counts_of
from lanemark.coverage.read import ReportInput, read_coverage
from lanemark.coverage.types import Count
from lanemark.errors import DataError


def parse(*blocks, mode="set"):
    return gocover.parse(iter(["\n".join([f"mode: {mode}", *blocks, ""]).encode()]))


def test_blocks_measure_all_their_lines_and_count_their_statements():
    file = parse("m/a.go:3.10,5.2 2 1", "m/a.go:5.2,7.3 4 0").files["m/a.go"]
    assert file.lines == {3: 1, 4: 1, 5: 1, 6: 0, 7: 0}
    assert counts_of(file).statements == Count(covered=2, total=6)
    assert (file.branches, file.functions) == (None, None)


def test_a_line_is_reached_if_any_block_that_touches_it_was():
    assert parse("a.go:3.2,3.20 1 0", "a.go:3.20,3.40 1 7", mode="count").files["a.go"].lines == {3: 7}


def test_a_block_that_stands_twice_is_one_block():
    file = parse("a.go:3.1,4.2 3 0", "b.go:1.1,2.2 1 1", "a.go:3.1,4.2 3 5", mode="atomic").files["a.go"]
    assert counts_of(file).statements == Count(covered=3, total=3)
    assert file.lines == {3: 5, 4: 5}


def test_profiles_put_together_repeat_the_mode():
    assert dict(parse("a.go:1.1,1.2 1 1", "mode: set", "", "a.go:2.1,2.2 1 0").files)["a.go"].lines == {1: 1, 2: 0}


def test_blocks_without_statements_count_none():
    assert counts_of(parse("a.go:1.1,1.2 0 1").files["a.go"]).statements == Count(covered=0, total=0)


def test_counts_beyond_64_bits_stay_within_a_result():
    assert parse("a.go:1.1,1.2 1 99999999999999999999").files["a.go"].lines == {1: MAX_HITS}


def test_lines_no_file_has_are_left_out_and_counted():
    data = parse("a.go:0.1,1.2 1 1", "a.go:5.1,4.2 1 1", "a.go:1.1,99999999.2 1 1")
    assert (len(data.files), data.skipped) == (0, 3)


def test_odd_paths_and_windows_line_ends():
    data = gocover.parse(iter([b"mode: count\r\nexample.com/a b:c/x.go:1.1,2.2 1 1\r\n"]))
    assert list(data.files) == ["example.com/a b:c/x.go"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"mode: set\na.go:1.1,2.2 1 -1\n", "^line 2: 'a.go:1.1,2.2 1 -1' is no block"),
        (b"mode: set\na.go:1.1,2.2 1\n", "no block"),
        (b"mode: set\na.go:1.1,2.2 1 1 1\nx", "^line 2"),
        (b"mode: fast\n", "no block"),
        (b"a.go:1.1,2.2 1 1\n", "before any `mode:`"),
        (b"\n", "does not begin with `mode: set`"),
    ],
)
def test_what_is_no_profile_refuses_the_report_with_the_line(text, why):
    with pytest.raises(DataError, match=why):
        gocover.parse(iter([text]))


def test_a_changed_line_changes_the_statements_of_its_block():
    data = b"mode: set\nexample.com/shop/cart/a.go:3.1,9.2 4 1\nexample.com/shop/cart/a.go:20.1,22.2 2 0\n"
    given = ReportInput(rule=ReportRules(path="c.out", line=1), path="c.out", chunks=lambda: iter([data]))
    added = [AddedLines(path="cart/a.go", ranges=(AddedRange(start=21, end=21, head_start=21),))]
    found = read_coverage([given], CoverageRules(), root="/ws", tracked=["cart/a.go"], added=added, detailed=True)
    assert found.patch.counts.lines == Count(covered=0, total=1)
    assert found.patch.counts.statements == Count(covered=0, total=2)
    assert found.counts.statements == Count(covered=4, total=6)

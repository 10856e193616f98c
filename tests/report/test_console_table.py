from hostile_models import model_of, names
from hypothesis import given, settings
from hypothesis import strategies as st
from report_builders import model, slower_and_less_covered

from lanemark.escape import INVISIBLE
from lanemark.report.console import write_console
from lanemark.report.table import WIDTH, columns_of, text_table

cells = st.text(st.characters(), max_size=60)


def test_columns_are_aligned_left_or_right():
    assert (
        text_table(("Gate", "Head"), [("a", "1.5 s"), ("longer", "12 s")], right=frozenset({1}))
        == "Gate     Head\na       1.5 s\nlonger   12 s\n"
    )


def test_wide_characters_take_two_columns_and_combining_ones_none():
    assert columns_of("字a\u0301") == 3
    assert text_table(("x", "y"), [("字", "1"), ("ab", "2")]) == "x   y\n字  1\nab  2\n"


def test_a_table_that_is_too_wide_shrinks_its_widest_column_and_says_so():
    lines = text_table(("file", "lane"), [("src/" + "x" * 200, "standard")], width=40).splitlines()
    assert lines[1].endswith("…  standard")
    assert columns_of(lines[1]) == 40


@given(st.lists(st.tuples(cells, cells, cells), max_size=8))
def test_no_cell_breaks_a_line_or_the_width(rows):
    lines = text_table(("one", "two", "three"), rows).removesuffix("\n").split("\n")
    assert len(lines) == len(rows) + 1
    assert all(columns_of(line) <= WIDTH for line in lines)


def test_the_terminal_reads_sentence_gates_next_step():
    text = write_console(slower_and_less_covered())
    assert text.startswith("Lanemark: failed.")
    assert text.index("standard/unit.cpu") < text.index("Next: measure the stage on your machine: lanemark gate --stage unit")
    assert all(columns_of(line) <= WIDTH for line in text.splitlines())


def test_a_pass_without_gates_is_one_line():
    assert write_console(model()) == "Lanemark: passed. No gate counts here (standard lane).\n"


@settings(max_examples=60, deadline=None)
@given(names)
def test_no_name_reaches_the_terminal_as_a_control(texts):
    import unicodedata

    text = write_console(model_of(texts))
    assert not [char for char in text if char != "\n" and unicodedata.category(char) in INVISIBLE]

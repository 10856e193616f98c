import pytest

from lanemark.coverage.formats import cobertura
from lanemark.coverage.model import MAX_HITS, counts_of
from lanemark.coverage.types import Count
from lanemark.errors import DataError


def report(inner, *, head='<?xml version="1.0"?>', sources=""):
    return f"{head}<coverage><sources>{sources}</sources><packages><package><classes>{inner}</classes></package></packages></coverage>".encode()


def one_class(lines, *, path="a.py", methods=""):
    return f'<class name="x" filename="{path}"><methods>{methods}</methods><lines>{lines}</lines></class>'


def parse(data, size=7):
    """In small pieces, as no element may depend on where a piece ends."""
    return cobertura.parse(data[at : at + size] for at in range(0, len(data), size))


def lines_of(lines, **more):
    return parse(report(one_class(lines, **more))).files["a.py"].lines


def test_lines_and_hits_are_read_whatever_the_pieces():
    data = report(one_class('<line number="3" hits="2"/><line number="7" hits="0"/>'))
    for size in (1, 2, 17, len(data)):
        assert parse(data, size).files["a.py"].lines == {3: 2, 7: 0}


def test_a_line_under_a_method_is_not_counted_twice():
    method = '<method name="f" signature="()V"><lines><line number="3" hits="2"/></lines></method>'
    file = parse(report(one_class('<line number="3" hits="2"/><line number="4" hits="0"/>', methods=method))).files["a.py"]
    assert file.lines == {3: 2, 4: 0}
    assert file.functions == {("f()V", 3): 2}


def test_lines_that_stand_only_under_methods_are_measured_where_the_class_has_none():
    method = '<method name="f"><lines><line number="9" hits="0" condition-coverage="0% (0/2)"/></lines></method>'
    file = parse(report(one_class("", methods=method))).files["a.py"]
    assert file.lines == {9: 0}
    assert counts_of(file).branches == Count(covered=0, total=2)


def test_where_the_class_has_lines_they_are_the_whole_truth():
    """Istanbul lists the line of each function under its method, although no statement begins there."""
    method = '<method name="f"><lines><line number="9" hits="0"/></lines></method>'
    file = parse(report(one_class('<line number="3" hits="1"/>', methods=method))).files["a.py"]
    assert file.lines == {3: 1}
    assert file.functions == {("f", 9): 0}


def test_a_function_is_hit_if_any_of_its_lines_is():
    body = '<line number="{}" hits="0"/><line number="{}" hits="{}"/>'
    methods = f'<method name="f"><lines>{body.format(1, 2, 1)}</lines></method><method name="g"><lines>{body.format(5, 6, 0)}</lines></method>'
    file = parse(report(one_class("", methods=methods))).files["a.py"]
    assert counts_of(file).functions == Count(covered=1, total=2)


def test_a_method_without_lines_says_nothing():
    file = parse(report(one_class('<line number="1" hits="1"/>', methods='<method name="f" line-rate="1"/>'))).files["a.py"]
    assert file.functions is None
    assert file.lines == {1: 1}


def test_a_file_in_several_classes_and_packages_is_one_file():
    first = one_class('<line number="1" hits="1"/><line number="2" hits="0"/>')
    second = one_class('<line number="2" hits="4"/><line number="9" hits="0"/>')
    data = report(first + f"</classes></package><package name='other'><classes>{second}")
    assert parse(data).files["a.py"].lines == {1: 1, 2: 4, 9: 0}


def test_a_line_written_twice_in_one_class_is_one_line():
    assert lines_of('<line number="2" hits="1"/><line number="2" hits="2"/>') == {2: 3}


def test_the_rates_a_report_claims_are_not_read():
    data = report('<class filename="a.py" line-rate="1.0" branch-rate="1.0"><lines><line number="1" hits="0"/></lines></class>')
    data = data.replace(b"<coverage>", b'<coverage line-rate="1.0" lines-valid="100" lines-covered="100" branches-valid="4">')
    counts = counts_of(parse(data).files["a.py"])
    assert counts.lines == Count(covered=0, total=1)
    assert counts.branches is None


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("0", 0),
        ("1", 1),
        ("3.0", 3),
        ("0.25", 1),
        ("1e3", 1000),
        ("4294967296", 4294967296),
        ("99999999999999999999999", MAX_HITS),
        ("9" * 5000, MAX_HITS),
        ("inf", MAX_HITS),
        ("-7", 0),
        ("-0.5", 0),
    ],
)
def test_hits_come_as_floats_huge_or_negative(text, hits):
    assert lines_of(f'<line number="1" hits="{text}"/>') == {1: hits}


@pytest.mark.parametrize("text", ["", "nan", "many", "0x10", "١٢ten"])
def test_hits_that_are_no_number_refuse_the_report(text):
    with pytest.raises(DataError, match=r"^line 1: a line whose hits are"):
        lines_of(f'<line number="1" hits="{text}"/>')


def test_summed_hits_stay_within_a_result():
    assert lines_of(f'<line number="1" hits="{MAX_HITS}"/>' * 3) == {1: MAX_HITS}


@pytest.mark.parametrize("number", ["0", "-4", "16707566", "9" * 400])
def test_line_numbers_no_file_has_are_left_out_and_counted(number):
    data = parse(report(one_class(f'<line number="{number}" hits="1"/><line number="2" hits="0"/>')))
    assert data.files["a.py"].lines == {2: 0}
    assert data.skipped == 1


@pytest.mark.parametrize("number", ["", "x", "1.5", "²", "-"])
def test_line_numbers_that_are_no_number_refuse_the_report(number):
    with pytest.raises(DataError, match=r"a line whose number is|without number or hits"):
        lines_of(f'<line number="{number}" hits="1"/>')


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("50% (1/2)", Count(covered=1, total=2)),
        ("0 % (0/4)", Count(covered=0, total=4)),
        ("100%", None),
        ("(0/0)", None),
        ("", None),
    ],
)
def test_branches_come_from_the_fraction(text, count):
    file = parse(report(one_class(f'<line number="1" hits="1" branch="true" condition-coverage="{text}"/>'))).files["a.py"]
    assert counts_of(file).branches == count


def test_more_branches_taken_than_there_are_refuses_the_report():
    with pytest.raises(DataError, match="says 3 of 2 branches"):
        lines_of('<line number="1" hits="1" condition-coverage="150% (3/2)"/>')


def test_a_file_without_branches_in_a_report_with_branches_has_0_of_0():
    first = one_class('<line number="1" hits="1" condition-coverage="50% (1/2)"/>', path="a.py")
    data = parse(report(first + one_class('<line number="1" hits="1"/>', path="b.py")))
    assert counts_of(data.files["b.py"]).branches == Count(covered=0, total=0)


def test_sources_are_read_in_order():
    assert parse(report("", sources="<source>/ws/src</source>\n <source> lib </source><source/>")).sources == (
        "/ws/src",
        "lib",
        "",
    )


def test_a_doctype_with_an_address_is_accepted_and_not_fetched():
    doctype = '<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">'
    assert parse(report(one_class('<line number="1" hits="1"/>'), head=doctype)).files["a.py"].lines == {1: 1}


@pytest.mark.parametrize(
    ("inner", "why"),
    [
        ("<class><lines/></class>", "without filename"),
        ('<class filename="a"><class filename="b"/></class>', "inside a <class>"),
        ('<lines><line number="1" hits="1"/></lines>', "outside of any <class>"),
        ('<method name="f"/>', "not directly in a <class>"),
        ('<class filename="a"><method><method/></method></class>', "not directly in a <class>"),
        ('<class filename="a">' + "<x>" * 70 + "</x>" * 70 + "</class>", "deep"),
        ('<class filename="a"><method><class filename="b"/></method></class>', "inside a <class>"),
    ],
)
def test_what_is_no_cobertura_refuses_the_report(inner, why):
    with pytest.raises(DataError, match=why):
        parse(report(inner))


def test_another_root_is_refused():
    with pytest.raises(DataError, match="begins with <coverage>, this with <report>"):
        parse(b"<report><package/></report>")


def test_a_report_cut_anywhere_is_refused():
    data = report(one_class('<line number="1" hits="1"/>'))
    for cut in range(1, len(data)):
        with pytest.raises(DataError):
            parse(data[:cut])


def test_a_cut_report_is_said_to_end_in_the_middle():
    with pytest.raises(DataError, match="ends in the middle, at line 1"):
        parse(report(one_class('<line number="1" hits="1"/>'))[:-30])

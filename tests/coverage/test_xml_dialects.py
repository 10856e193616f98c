"""JaCoCo and Clover as tools write them that are not among the fixtures."""

import pytest

from lanemark.coverage.formats import clover, jacoco
from lanemark.coverage.model import counts_of
from lanemark.coverage.types import Count
from lanemark.errors import DataError


def read(module, text, size=11):
    data = text.encode()
    return module.parse(data[at : at + size] for at in range(0, len(data), size))


def source(lines, name="Cart.kt"):
    return f'<sourcefile name="{name}">{lines}</sourcefile>'


def test_jacoco_groups_of_groups_and_a_package_without_name():
    line = '<line nr="3" mi="0" ci="2" mb="0" cb="0"/>'
    inner = f'<package name="com/acme">{source(line)}</package>'
    text = f'<report name="all"><group name="a"><group name="b">{inner}</group></group><package name="">{source("", "Main.java")}</package></report>'
    assert dict(read(jacoco, text).files)["com/acme/Cart.kt"].lines == {3: 1}
    assert list(read(jacoco, text).files) == ["com/acme/Cart.kt", "Main.java"]


def test_jacoco_lines_are_reached_if_any_instruction_was():
    lines = '<line nr="1" mi="2" ci="0"/><line nr="2" mi="2" ci="1" mb="1" cb="3"/><line nr="3" mi="0" ci="9"/>'
    file = read(jacoco, f'<report name="x"><package name="p">{source(lines)}</package></report>').files["p/Cart.kt"]
    assert file.lines == {1: 0, 2: 1, 3: 1}
    assert file.branches.counted == {2: (3, 4)}


def test_jacoco_methods_belong_to_the_source_file_of_their_class():
    method = '<method name="add" desc="(I)V" line="7"><counter type="METHOD" missed="{}" covered="{}"/></method>'
    classes = f'<class name="p/A" sourcefilename="A.java">{method.format(0, 1)}</class><class name="p/A$B" sourcefilename="A.java">{method.format(1, 0)}</class>'
    unnamed = f'<class name="p/Made">{method.format(1, 0)}</class>'
    data = read(jacoco, f'<report name="x"><package name="p">{classes}{unnamed}{source("", "A.java")}</package></report>')
    assert data.files["p/A.java"].functions == {("p/A.add(I)V", 7): 1, ("p/A$B.add(I)V", 7): 0}
    assert list(data.files) == ["p/A.java"]


def test_jacoco_lines_without_instructions_leave_only_the_sums():
    lines = '<line nr="5" mb="1" cb="1"/><counter type="LINE" missed="1" covered="4"/>'
    file = read(jacoco, f'<report name="x"><package name="p">{source(lines)}</package></report>').files["p/Cart.kt"]
    assert file.blind
    assert counts_of(file).lines == Count(covered=4, total=5)
    assert counts_of(file).branches == Count(covered=1, total=2)


@pytest.mark.parametrize(
    ("inner", "why"),
    [
        ('<line nr="1" ci="1"/>', "outside of any <sourcefile>"),
        ("<sourcefile/>", "without name"),
        ('<sourcefile name="a"><line nr="x"/></sourcefile>', "^line 1: a line whose number is 'x'"),
        ('<sourcefile name="a"><line nr="1" ci="NaN"/></sourcefile>', "NaN"),
    ],
)
def test_what_is_no_jacoco_report_is_refused(inner, why):
    with pytest.raises(DataError, match=why):
        read(jacoco, f'<report name="x">{inner}</report>')


def clover_of(inner, attributes='generated="1" clover="4.4.1"'):
    return read(clover, f"<coverage {attributes}><project>{inner}</project></coverage>")


def test_clover_without_packages_as_phpunit_writes_it():
    lines = '<class name="C"/><line num="3" type="method" name="f" count="2"/><line num="4" type="stmt" count="2"/><line num="5" type="stmt" count="0"/>'
    file = clover_of(f'<file name="/app/C.php">{lines}</file>', 'generated="1"').files["/app/C.php"]
    assert file.lines == {4: 2, 5: 0}
    assert file.functions == {("f", 3): 2}
    assert file.statements is None


def test_clover_prefers_the_path_and_leaves_the_test_project_out():
    text = '<coverage clover="3.2.0"><project><package name="p"><file name="a.js" path="/ws/a.js"><line num="1" type="stmt" count="1"/></file></package></project><testproject><package><file name="t.js"><line num="1" type="stmt" count="1"/></file></package></testproject></coverage>'
    assert list(read(clover, text).files) == ["/ws/a.js"]


def test_a_condition_of_openclover_counts_how_often_it_was_true_and_false():
    file = clover_of(
        '<file name="a"><line num="2" type="cond" truecount="7" falsecount="0"/><line num="2" type="cond" truecount="1" falsecount="1"/></file>'
    ).files["a"]
    assert file.branches.counted == {2: (3, 4)}
    assert file.lines == {2: 9}


def test_a_condition_of_istanbul_counts_arms():
    file = clover_of('<file name="a"><line num="2" type="cond" count="9" truecount="1" falsecount="2"/></file>').files["a"]
    assert file.branches.counted == {2: (1, 3)}
    assert file.lines == {2: 9}


def test_a_line_in_two_elements_is_one_line():
    file = clover_of(
        '<file name="a"><line num="2" type="stmt" count="1"/><class><line num="2" type="stmt" count="0"/></class></file>'
    ).files["a"]
    assert file.lines == {2: 1}


@pytest.mark.parametrize(
    ("inner", "why"),
    [
        ('<line num="1" count="1"/>', "outside of any <file>"),
        ("<file/>", "without path and name"),
        ('<file name="a"><file name="b"/></file>', "inside a <file>"),
        ('<file name="a"><line num="1" type="stmt" count="many"/></file>', "whose hits are 'many'"),
    ],
)
def test_what_is_no_clover_report_is_refused(inner, why):
    with pytest.raises(DataError, match=why):
        clover_of(inner)

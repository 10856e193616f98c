import csv
import io
import subprocess
import unicodedata

import cmarkgfm
import html5lib
import pytest
from cmarkgfm.cmark import Options
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lanemark import escape

HOSTILE = [
    "a|b", "a\\|b", "\\", "`", "``a`", " ` ", "", " ", "\u3164", "@octocat", "#1", "a\nb", "a\r\n| x |", "<img src=x onerror=alert(1)>",
    "[x](http://evil)", "![x](http://evil)", "</code>", "**b**", "<!-- lanemark:v1 -->", "\u202egnp.exe", "a" * 300, "`" * 300, "\ud800",
    "https://evil.example", "www.evil.example", "me@evil.example", "&lt;", "$x$", "\x1b[31m", "\u2028", "\U000e0041", "owner/repo#12",
]  # fmt: skip
ANY = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=60), st.text(alphabet="`|\\ @#<>&[]()!*_~\n\u202e\ud800a1", max_size=40)
)
ACTIVE = {
    "img",
    "script",
    "iframe",
    "object",
    "svg",
    "style",
    "form",
    "input",
    "video",
    "audio",
    "a",
    "em",
    "strong",
    "del",
    "link",
    "meta",
}


def render(markdown):
    html = cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)
    return html5lib.parseFragment(html, namespaceHTMLElements=False)


def shows_nothing_unseen(text):
    return not any(unicodedata.category(char) in escape.INVISIBLE for char in text)


@given(ANY)
def test_visible_text_has_nothing_unseen_and_stays(text):
    shown = escape.visible(text)
    assert shows_nothing_unseen(shown)
    assert escape.visible(shown) == shown
    if shows_nothing_unseen(text) and "##[" not in text and not set(text) & set("\u115f\u1160\u2800\u3164\uffa0"):
        assert shown == text


def test_unseen_characters_are_written_out():
    assert escape.visible("a\u202eb\nc\U000e0041\u3164") == "a\\u202eb\\u000ac\\U000e0041\\u3164"
    assert escape.visible("\ud800") == "\\ud800"


@settings(max_examples=300)
@given(st.lists(ANY, min_size=2, max_size=3))
@example(["a\\|b", "\\"])
@example(["`", "@x`"])
def test_code_spans_in_a_table_keep_their_cells_and_nothing_in_them_is_active(texts):
    row = " | ".join(escape.markdown(text) for text in texts)
    tree = render(f"{'| h ' * len(texts)}|\n{'| --- ' * len(texts)}|\n| {row} |\n\nafter\n")
    cells = tree.findall(".//tbody/tr/td")
    assert len(tree.findall(".//tbody/tr")) == 1
    assert len(cells) == len(texts)
    for cell, text in zip(cells, texts, strict=True):
        code = cell.find("code")
        assert list(cell) == [code]
        assert not (cell.text or "").strip()
        assert not (code.tail or "").strip()
        shown = escape.visible(text)
        if shown.strip() and len(shown) <= 200 and "`" * 20 not in shown:
            assert code.text.replace("@\u200b", "@").strip() == shown.strip()
    assert not [each.tag for each in tree.iter() if each.tag in ACTIVE]
    assert tree.findall("p")[-1].text == "after"


@given(ANY)
def test_code_span_in_a_line_is_one_code_element(text):
    tree = render(f"before {escape.markdown(text)} after")
    (paragraph,) = list(tree)
    assert [each.tag for each in paragraph] == ["code"]
    assert paragraph.text == "before "
    assert paragraph[0].tail == " after"
    assert "@" not in (paragraph[0].text or "").replace("@\u200b", "")


def test_code_span_is_cut_and_never_empty():
    assert escape.markdown("x" * 300, limit=10) == "`" + "x" * 9 + "…`"
    assert escape.markdown("") == "`(empty)`"


@given(ANY)
def test_html_text_and_attribute_come_back_as_visible_text(text):
    shown = escape.visible(text)
    tree = html5lib.parseFragment(f'<p title="{escape.html(text)}">{escape.html(text)}</p>', namespaceHTMLElements=False)
    (paragraph,) = list(tree)
    assert not list(paragraph)
    assert (paragraph.text or "") == shown
    assert paragraph.attrib == {"title": shown}


@given(ANY)
def test_workflow_command_is_one_line_that_the_runner_reads_back(text):
    line = f"::error file={escape.command_property(text)},line=1::{escape.command_data(text)}"
    assert "\n" not in line
    assert "\r" not in line
    properties, _, data = line.removeprefix("::error ").partition("::")
    name, _, number = properties.partition(",")
    assert number == "line=1"
    assert ":" not in name.removeprefix("file=")

    def runner(value):
        for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            value = value.replace(code, char)
        return value

    assert runner(data) == text
    assert runner(name.removeprefix("file=")) == text


@pytest.mark.parametrize("text", [*HOSTILE, "$(touch x)", "a b", "'; rm -rf ~; '", "!!", "~", "-n"])
def test_shell_word_is_one_argument_and_runs_nothing(text):
    word = escape.shell(text)
    assert shows_nothing_unseen(word)
    done = subprocess.run(["/bin/sh", "-c", f"printf '<%s>' {word}"], capture_output=True, check=True)
    assert done.stdout.decode() == f"<{escape.visible(text)}>"


@given(st.one_of(ANY, st.text(alphabet='=+-@\t ＝＋\n,"a', max_size=8)))
def test_csv_cell_is_no_formula_and_reads_back(text):
    cell = escape.cell(text)
    assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert cell.removeprefix("'") == escape.visible(text).removeprefix("'")
    written = io.StringIO()
    csv.writer(written).writerow([cell, "next"])
    assert list(csv.reader(io.StringIO(written.getvalue()))) == [[cell, "next"]]

"""Files by folder and changed files line by line: what is shown, what is bounded, and that words say what colours do."""

import html5lib
from report_builders import model, result

from lanemark.coverage.types import (
    Count,
    Counts,
    Coverage,
    Excerpt,
    FileCoverage,
    Indirect,
    IndirectFile,
    Partial,
    Patch,
    PatchFile,
    ReportState,
    SourceView,
    Uncovered,
)
from lanemark.report.comment import write_comment
from lanemark.report.page import write_page
from lanemark.report.sources import MOST_CHARACTERS, MOST_FILES, MOST_LINES, sources_view


def share(covered, total):
    return Counts(lines=Count(covered=covered, total=total))


def shown(*paths, sources=(), patch=(), **more):
    files = tuple(FileCoverage(path=path, counts=share(1, 4)) for path in paths)
    facts = {
        "reports": (ReportState(path="c.xml", state="read"),),
        "counts": share(1, 4),
        "files": files,
        "sources": sources,
        "patch": Patch(counts=share(1, 4), files=patch),
    }
    return model(head=result(coverage=Coverage(**(facts | more))))


def view(path, text, marks, start=1):
    return SourceView(path=path, excerpts=(Excerpt(start=start, text=text, marks=marks),))


def test_files_stand_in_their_folders_with_a_way_to_their_source():
    facts = shown("src/a.py", "src/b/c.py", "top.py", "src/d.py", sources=(view("src/d.py", "x", "M"),))
    found = sources_view(facts)
    assert [(folder.path, folder.lines, folder.open, [file.path for file in folder.files]) for folder in found.folders] == [
        ("", "25 % (1 of 4)", False, ["top.py"]),
        ("src", "25 % (2 of 8)", True, ["src/a.py", "src/d.py"]),
        ("src/b", "25 % (1 of 4)", False, ["src/b/c.py"]),
    ]
    tree = html5lib.parse(write_page(facts), namespaceHTMLElements=False)
    link = next(each for each in tree.iter("a") if each.attrib["href"] == "#source-1")
    assert "".join(link.itertext()) == "src/d.py"
    target = next(each for each in tree.iter("details") if each.attrib.get("id") == "source-1")
    assert "open" in target.attrib


def test_every_line_says_in_words_what_its_colour_does_and_can_be_reached_by_keys():
    page = write_page(shown("a.py", sources=(view("a.py", "one\n\tif <b>:\nthree\nfour\n", "hMp+."),)))
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    region = next(each for each in tree.iter("div") if each.attrib.get("role") == "region")
    assert region.attrib["tabindex"] == "0"
    assert region.attrib["aria-label"] == "Source of a.py"
    rows = [
        (row.attrib["class"], *("".join(cell.itertext()) for cell in row.iter("td")))
        for row in region.iter("tr")
        if "class" in row.attrib
    ]
    assert rows == [
        ("hit", "1", "", "reached", "one"),
        ("miss", "2", "+", "not reached", "    if <b>:"),
        ("part", "3", "", "partly", "three"),
        ("none", "4", "+", "", "four"),
        ("none", "5", "", "", ""),
    ]


def test_more_source_or_files_than_a_page_holds_are_counted():
    long = "\n".join(["x"] * 1000)
    views = tuple(view(f"{number}.py", long, "h" * 1000) for number in range(9))
    patch = tuple(PatchFile(path=f"{number}.py", lines=Count(covered=1, total=1)) for number in range(9))
    found = sources_view(shown(*(f"f{number}.py" for number in range(MOST_FILES + 7)), sources=views, patch=patch))
    assert (len(found.files), found.more_sources, found.more_files) == (MOST_LINES // 1000, 6, 7)
    wide = view("w.py", "x" * MOST_CHARACTERS + "x", "h")
    assert sources_view(shown("w.py", sources=(wide,))).files == ()


def test_marks_that_do_not_fit_the_lines_end_with_the_shorter():
    (file,) = sources_view(shown("a.py", sources=(view("a.py", "1\n2\n3", "hZ"),))).files
    assert [(line.number, line.state, line.added) for line in file.parts[0]] == [(1, "hit", False), (2, "none", True)]
    (file,) = sources_view(shown("a.py", sources=(view("a.py", "1", "h" * 50),))).files
    assert len(file.parts[0]) == 1


def test_the_largest_page_of_source_stays_small():
    wide = "\n".join(["<" * 40] * MOST_LINES)
    page = write_page(shown(*(f"d{n // 9}/f{n}.py" for n in range(MOST_FILES)), sources=(view("a.py", wide, "M" * MOST_LINES),)))
    assert len(page.encode()) < 1_500_000


def test_partly_covered_lines_and_indirect_changes_are_told():
    partial = (Partial(line=20, head_line=18, taken=2, total=4), Partial(line=30, head_line=0, taken=1, total=2))
    uncovered = (Uncovered(start=5, end=6, head_start=4),)
    patch = (
        PatchFile(path="a.py", lines=Count(covered=2, total=4), uncovered=uncovered, partial=partial),
        PatchFile(path="b.py", lines=Count(covered=1, total=1), partial=partial[1:]),
    )
    indirect = Indirect(
        lost=3, gained=1, more=2, files=(IndirectFile(path="c.py", lost=(3, 4, 9, 9), gained=(7, 7)), IndirectFile(path="d.py"))
    )
    text = write_comment(shown("a.py", patch=patch, indirect=indirect))
    assert "Uncovered changed lines: 2 in 1 file, 3 more partly covered" in text
    assert "[4-5](" in text
    assert "; partly [18 (2/4)](" in text
    assert ", 30 (1/2) |" in text
    assert "| `b.py` | 100 % (1 of 1) | n/a | partly 30 (1/2) |" in text
    assert "Lines this change does not touch: 3 no longer covered, 1 newly covered" in text
    assert "| `c.py` | 3-4, 9 | 7 |" in text
    assert "And 2 more files." in text
    only = write_comment(shown("b.py", patch=patch[1:]))
    assert "Partly covered changed lines: 1" in only
    page = write_page(shown("a.py", patch=patch, indirect=indirect))
    assert "18 (2/4)" in page
    assert "3 no longer covered, 1 newly covered" in page


def test_lines_between_uncovered_ones_that_cannot_be_covered_are_not_counted_as_missing():
    bridged = PatchFile(path="a.py", lines=Count(covered=3, total=5), uncovered=(Uncovered(start=10, end=13, head_start=10),))
    assert "Uncovered changed lines: 2 in 1 file" in write_comment(shown("a.py", patch=(bridged,)))

"""Twenty thousand random texts of a hostile kind, through every escaper and into every place of every page, read as GitHub reads."""

import random
from itertools import islice

import pytest
from hostile_models import ATTACKS
from markdown_reader import active, skeleton, tree_of, uneven_tables
from report_builders import LINKS, coverage_gate, failed_stage, model, patch_coverage, regression, result

from lanemark import escape
from lanemark.coverage.types import Count, Counts, Patch, PatchFile, ReportState, Uncovered
from lanemark.judge.types import Verdict
from lanemark.lane import Choice, Claim
from lanemark.path import RepoPath
from lanemark.report import checks, comment, summary
from lanemark.result import Failure, Outcome

pytestmark = pytest.mark.slow

COUNT = 20_000
PIECES = (
    *"`|*_~[]()<>#@&!\\-+=:;/.'\"$%^{}?, \t\n\r0123456789abcXYZ",
    "](", "![", "](javascript:", "<!--", "-->", "</", "/>", "&#64;", "&lt;", "``", "```", "~~~", "\n\n", "\n# ", "\n- ", "\n> ", "\n---\n",
    "@octocat", "octo/shop#1", "#1", "GH-2", "https://evil.example/", "www.evil.example", "a@evil.example", "deadbeefcafe", "details>",
    "\u200b", "\u202e", "\x00", "\x1b[31m", "\x7f", "\x85", "\u2028", "\ufeff", "\udc80", "é", "字", "🎉", "1. ", "| a |", "%0A", "::error::",
)  # fmt: skip


def make_texts():
    """Different texts: pieces thrown together, attacks with something around them."""
    chance = random.Random(8)
    texts = dict.fromkeys(ATTACKS)
    while len(texts) < COUNT:
        text = "".join(chance.choices(PIECES, k=chance.randint(1, 14)))
        if chance.random() < 0.2:
            text = text[:3] + chance.choice(ATTACKS) + text[3:]
        texts[text] = None
    return list(texts)


TEXTS = make_texts()


def batches(size):
    return [TEXTS[start : start + size] for start in range(0, COUNT, size)]


def test_there_are_so_many_and_all_differ():
    assert len(TEXTS) == len(set(TEXTS)) == COUNT


def test_code_spans_and_prose_in_cells_and_lines_hold_nothing_active():
    for texts in batches(400):
        rows = [f"| {escape.markdown(text)} | {escape.prose(text)} |" for text in texts]
        page = "\n".join(["| a | b |", "|--|--|", *rows, "", *(f"- x: {escape.prose(text)}" for text in texts)])
        assert active(page, server=LINKS.server) == []
        assert uneven_tables(page) == []
        tags = [element.tag for element in tree_of(page).iter()]
        assert (tags.count("tr"), tags.count("li")) == (1 + len(texts), len(texts))


def test_a_sentence_by_itself_is_one_paragraph():
    for texts in batches(400):
        shown = [text for text in map(escape.prose, texts) if text]
        page = "\n\n".join(shown)
        assert active(page, server=LINKS.server) == []
        assert skeleton(page)[1:] == ["p"] * len(shown)


def test_fenced_logs_are_one_block_each():
    for texts in batches(400):
        page = "\n\n".join(map(escape.fenced, texts))
        assert active(page, server=LINKS.server) == []
        assert skeleton(page)[1:] == ["pre"] * len(texts)


def crowd(texts):
    """A model in which each of `texts` stands in one place, and in which every list is longer than one."""
    given = iter(texts)

    def some(most):
        return list(islice(given, most))

    flags, passing, reasons, reports = some(4), some(20), some(24), some(20)
    uncovered, unknown, claims, notices, (stage, lane, tail, evidence) = some(30), some(30), some(20), some(20), some(4)
    files = tuple(
        PatchFile(path=RepoPath(path), lines=Count(covered=1, total=3), uncovered=(Uncovered(start=5, end=6, head_start=4),))
        for path in uncovered
    )
    head = result(
        coverage=patch_coverage(
            patch=Patch(counts=Counts(lines=Count(covered=1, total=9)), files=files, unknown=tuple(map(RepoPath, unknown))),
            reports=tuple(ReportState(path=path, state="unreadable", reason=path[::-1]) for path in reports),
        ),
        choice=Choice(
            lane=lane,
            reason=evidence,
            claims=tuple(Claim(path=RepoPath(path), lane=lane, rule=path[::-1]) for path in claims),
        ),
        outcomes=(Outcome(stage=stage, state="failed", failure=Failure(kind="exit", evidence=evidence, status=1, tail=tail)),),
    )
    gates = [
        failed_stage(stage, reason=evidence),
        coverage_gate(reason=reasons[0]),
        *(
            coverage_gate(Verdict.WARN, gate=f"coverage.flag:{flag}.lines", reason=reason)
            for flag, reason in zip(flags, reasons[1:], strict=False)
        ),
        *(
            regression(Verdict.PASS, gate=f"standard/{name}.cpu", reason=reason)
            for name, reason in zip(passing, reasons[5:], strict=False)
        ),
    ]
    return model(*gates, head=head, notices=tuple(notices), links=LINKS)


CROWD = 172
"""How many texts one crowd takes."""


@pytest.mark.parametrize("part", range(4))
def test_in_every_place_of_every_page_they_stay_text(part):
    for texts in batches(CROWD)[part:-1:4]:
        assert len(texts) == CROWD
        found = crowd(texts)
        pages = [
            comment.write_comment(found),
            summary.write_summary(found),
            *(check.summary for check in checks.write_checks(found)),
        ]
        for page in pages:
            assert active(page, server=LINKS.server) == []
            assert uneven_tables(page) == []
            assert page.count("\n<details") == page.count("\n</details>\n")


@pytest.mark.parametrize("attack", ["字|`@" * 60, "](https://evil.example)", "\n```\n# heading\n", "\x00" * 40])
def test_thousands_of_hostile_rows_keep_github_s_own_limits(attack):
    names = [f"{attack}{number}" for number in range(2000)]
    files = tuple(
        PatchFile(
            path=RepoPath(name),
            lines=Count(covered=1, total=99),
            uncovered=tuple(Uncovered(start=line, end=line, head_start=line) for line in range(1, 99, 2)),
        )
        for name in names[:400]
    )
    head = result(
        coverage=patch_coverage(patch=Patch(counts=Counts(lines=Count(covered=1, total=9)), files=files)),
        choice=Choice(
            lane=attack, reason=attack, claims=tuple(Claim(path=RepoPath(name), lane=attack, rule=name) for name in names)
        ),
    )
    gates = [regression(gate=f"standard/{name}.cpu", reason=name) for name in names]
    found = model(*gates, coverage_gate(reason=attack), head=head, notices=tuple(names[:20]))
    text = comment.write_comment(found)
    assert len(text) <= 65_536
    assert len(text.encode()) <= 262_144
    assert len(summary.write_summary(found).encode()) <= 1 << 20
    for check in checks.write_checks(found):
        assert len(check.summary) <= len(check.summary.encode()) <= 65_535
        assert len(check.title) <= 255
        assert len(check.annotations) <= 50
    assert "### Lanemark: failed." in text
    assert text.count("\n<details") == text.count("\n</details>\n")
    assert active(text, server=LINKS.server) == []

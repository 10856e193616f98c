"""Results and pages on disk: where each lies below the output folder."""

from lanemark.codec import encode, encode_plain
from lanemark.pipeline.verdict import Ruling
from lanemark.ports import Files
from lanemark.report.types import Pages
from lanemark.result import Pair, Result


def write_pair(files: Files, out: str, pair: Pair) -> None:
    """Write `head/result.json` and, where base was measured, `base/result.json`."""
    files.write(f"{out}/head/result.json", encode(pair.head))
    if pair.base is not None:
        files.write(f"{out}/base/result.json", encode(pair.base))


def write_badge(files: Files, out: str, head: Result) -> None:
    """Write `coverage-badge.json`, which shields.io's endpoint reads, where coverage was declared."""
    if head.coverage is not None:
        from lanemark.report.badge import badge_of

        files.write(f"{out}/coverage-badge.json", encode_plain(badge_of(head.coverage)))


def write_pages(files: Files, out: str, pages: Pages) -> None:
    """Write the report in every form people read."""
    texts = {"comment.md": pages.comment, "summary.md": pages.summary, "samples.csv": pages.csv, "report.html": pages.html}
    for name, text in texts.items():
        if text is not None:
            files.write(f"{out}/{name}", text.encode("utf-8", "backslashreplace"))


def write_ruling(files: Files, out: str, ruling: Ruling) -> None:
    """Write the judgement and the pages."""
    files.write(f"{out}/verdict.json", encode(ruling.judgement))
    write_pages(files, out, ruling.pages)

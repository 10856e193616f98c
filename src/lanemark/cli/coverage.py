"""lanemark coverage: report, diff, explain."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from lanemark.change.read import read_change
from lanemark.cli.console import Parser, print_data, print_text, say
from lanemark.cli.event import find_event
from lanemark.config.floors import FORMATS
from lanemark.config.types import CoverageRules, Kind, ReportRules
from lanemark.coverage.read import LIMIT, ReportInput, read_coverage
from lanemark.coverage.types import Count, Coverage
from lanemark.coverage.views import diff_view, explain_view, report_view
from lanemark.errors import DataError, UsageError
from lanemark.escape import visible
from lanemark.path import RepoPath
from lanemark.settings import Settings
from lanemark.units import percent
from lanemark.wiring.coverage import open_files
from lanemark.wiring.lane import open_checkout


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Read coverage reports and print totals, changed lines, or one file."""
    parser = Parser(prog="lanemark coverage", description="Read coverage reports; no configuration is needed.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, told in (
        ("report", "totals and files"),
        ("diff", "the changed lines against a base"),
        ("explain", "one file: which report knows it, and what it says"),
    ):
        one = verbs.add_parser(verb, help=told)
        if verb == "explain":
            one.add_argument("file", metavar="FILE", help="a file of the repository")
            one.add_argument("--report", dest="reports", action="append", default=[], metavar="REPORT", help="a coverage report")
        else:
            one.add_argument("reports", nargs="+", metavar="REPORT")
        one.add_argument("--format", default=None, help=f"{', '.join(FORMATS)} (by content)")
        one.add_argument("--json", action="store_true", help="print JSON")
        if verb == "diff":
            one.add_argument("--base", required=True, metavar="REF", help="compare with this commit's merge base")
    options = parser.parse_args(arguments)
    with _no_collecting():
        coverage = _read(settings, options.reports, options.format, getattr(options, "base", None))
    _refuse_unread(coverage)
    if options.verb == "explain":
        view = explain_view(coverage, RepoPath(options.file))
        print_data(view) if options.json else print_text(_explain_text(view))
    elif options.json:
        print_data(report_view(coverage) if options.verb == "report" else diff_view(coverage))
    else:
        print_text(_text(coverage, options.verb))
    return 0


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Leave garbage where it is: what is read lives to the end, and to look for garbage in it takes a tenth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _read(settings: Settings, reports: Sequence[str], form: str | None, base: str | None) -> Coverage:
    """Return the coverage of some report files in this repository."""
    known = next((name for name in FORMATS if name == form), None)
    if form is not None and known is None:
        raise UsageError(f"--format {form!r} is not known", help=f"one of {', '.join(FORMATS)}")
    if not reports:
        raise UsageError("no report was named", help="lanemark coverage explain FILE --report coverage.xml")
    checkout = open_checkout(settings)
    change = read_change(find_event(settings), checkout, base=base, head="HEAD")
    added = None
    if base is not None and change.base is not None:
        added = checkout.added_lines(change.base, change.tested, change.head)
    rules = CoverageRules(reports=tuple(ReportRules(path=path, line=0, format=known) for path in reports))
    inputs = []
    for rule in rules.reports:
        path = rule.path if rule.path.startswith("/") else f"{settings.workspace}/{rule.path}"
        inputs.append(ReportInput(rule=rule, path=rule.path, chunks=partial(open_files().chunks, path, limit=LIMIT)))
    return read_coverage(inputs, rules, root=settings.workspace, tracked=checkout.tracked(change.tested), added=added)


def _refuse_unread(coverage: Coverage) -> None:
    """Raise where a report could not be read: a total without it would be a lie."""
    for report in coverage.reports:
        if report.state != "read":
            raise DataError(f"{report.path}: {report.reason or report.state}")
    for path in coverage.unmatched[:10]:
        say(f"warning: {visible(path)} of a report is no file of this repository, or could be several")


def _text(coverage: Coverage, verb: str) -> str:
    """Return the numbers for people."""
    counts = coverage.patch.counts if verb == "diff" and coverage.patch else coverage.counts
    kinds: tuple[Kind, ...] = ("lines", "branches", "functions", "statements")
    lines = [f"{kind:11}{_count(counts.of(kind))}" for kind in kinds if counts.of(kind) is not None]
    if verb == "diff" and coverage.patch is not None:
        for file in coverage.patch.files:
            ranges = ", ".join(f"{one.start}-{one.end}" if one.end > one.start else str(one.start) for one in file.uncovered)
            lines.append(f"  {visible(file.path)}  {_count(file.lines)}" + (f"  not covered: {ranges}" if ranges else ""))
        lines += [f"  {visible(path)}  no report knows it" for path in coverage.patch.unknown]
    return "\n".join(lines or ["nothing that can be covered"])


def _explain_text(view: Mapping[str, object]) -> str:
    """Return what is known of one file, one fact a line; facts that nobody measured are left out."""
    shown = {name: value for name, value in view.items() if value not in (None, [], ())}
    lines = []
    for name, value in shown.items():
        if isinstance(value, dict) and {"covered", "total"} <= value.keys():
            lines.append(f"{name:10} {_count(Count(covered=value['covered'], total=value['total']))}")
        elif isinstance(value, list):
            lines += [f"{name:10} {visible(str(one.get('path', one)) if isinstance(one, dict) else str(one))}" for one in value]
        else:
            lines.append(f"{name:10} {visible(str(value))}")
    return "\n".join(lines)


def _count(count: Count | None) -> str:
    """Return a share with its fraction."""
    return "not measured" if count is None else f"{percent(count.covered, count.total)} ({count.covered} of {count.total})"

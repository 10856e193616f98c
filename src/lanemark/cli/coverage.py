"""lanemark coverage: report, diff, explain, badge."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from functools import partial
from typing import get_args

from lanemark.change import Change
from lanemark.change.read import read_change
from lanemark.cli.console import Parser, print_data, print_text, say
from lanemark.cli.event import find_event
from lanemark.config.floors import FORMATS
from lanemark.config.read import read_config
from lanemark.config.types import CoverageRules, Kind, ReportRules
from lanemark.coverage.read import LIMIT, Changed, ReportInput, measure_reports, sum_coverage
from lanemark.coverage.types import Count, Coverage
from lanemark.coverage.views import diff_view, explain_view, report_view
from lanemark.errors import DataError, UsageError
from lanemark.escape import visible
from lanemark.path import RepoPath
from lanemark.pipeline.policy import rules_commit
from lanemark.pipeline.prepare import Checkout
from lanemark.pipeline.source import read_source
from lanemark.settings import Settings
from lanemark.units import percent
from lanemark.wiring.coverage import open_files, read_config_text
from lanemark.wiring.lane import open_checkout

KINDS: tuple[Kind, ...] = get_args(Kind)

VIEWS = {"report": report_view, "diff": diff_view}

VERBS = {
    "report": "totals and files",
    "diff": "the changed lines against a base",
    "explain": "one file: which report knows it, and what it says",
    "badge": "a badge as shields.io reads it",
}


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Read coverage reports and print totals, changed lines, one file, or a badge."""
    options = _parser().parse_args(arguments)
    rules = _rules(settings, options)
    coverage = _read(settings, rules, getattr(options, "base", None))
    _refuse_unread(coverage)
    if options.verb == "badge":
        from lanemark.report.badge import badge_of

        print_data(badge_of(coverage, options.kind, options.label))
        return 0
    verb = options.verb
    view = _explain(settings, coverage, rules, RepoPath(options.file)) if verb == "explain" else VIEWS[verb](coverage)
    if options.json:
        print_data(view)
    else:
        print_text(_explain_text(view) if verb == "explain" else _text(coverage, verb))
    return 0


def _parser() -> Parser:
    """Return what the command line may say."""
    parser = Parser(prog="lanemark coverage", description="Read coverage reports; no configuration is needed.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, told in VERBS.items():
        one = verbs.add_parser(verb, help=told)
        if verb == "explain":
            one.add_argument("file", metavar="FILE", help="a file of the repository")
            one.add_argument(
                "--report",
                dest="reports",
                action="append",
                default=[],
                metavar="REPORT",
                help="a coverage report (those of the configuration)",
            )
        else:
            one.add_argument("reports", nargs="+", metavar="REPORT")
        one.add_argument("--format", default=None, help=f"{', '.join(FORMATS)} (by content)")
        if verb == "badge":
            one.add_argument("--kind", choices=KINDS, default="lines", help="what the badge counts (lines)")
            one.add_argument("--label", default="coverage", help="the left half of the badge (coverage)")
        else:
            one.add_argument("--json", action="store_true", help="print JSON")
        if verb == "diff":
            one.add_argument("--base", required=True, metavar="REF", help="compare with this commit's merge base")
    return parser


def _rules(settings: Settings, options: Namespace) -> CoverageRules:
    """Return the reports that were named; for `explain` without any those of the configuration, with what it excludes."""
    form = next((known for known in FORMATS if known == options.format), None)
    if form is None and options.format is not None:
        raise UsageError(f"--format {options.format!r} is not known", help=", ".join(FORMATS))
    if options.reports:
        return CoverageRules(reports=tuple(ReportRules(path=path, line=0, format=form) for path in options.reports))
    text = read_config_text(settings, settings.config)
    rules = CoverageRules() if text is None else read_config(text, settings.config).coverage
    if not rules.reports:
        raise UsageError("no report was named", help="lanemark coverage explain FILE --report coverage.xml")
    return rules


def _read(settings: Settings, rules: CoverageRules, base: str | None) -> Coverage:
    """Return the coverage of some report files in this repository."""
    checkout = open_checkout(settings)
    change = read_change(find_event(settings), checkout, base=base, head="HEAD")
    inputs = []
    for rule in rules.reports:
        path = rule.path if rule.path.startswith("/") else f"{settings.workspace}/{rule.path}"
        inputs.append(ReportInput(rule=rule, path=rule.path, chunks=partial(open_files().chunks, path, limit=LIMIT)))
    tracked = checkout.tracked(change.tested)
    generated = checkout.generated(change.tested if base is None else rules_commit(change), tracked)
    measured = measure_reports(inputs, rules, root=settings.workspace, tracked=tracked, generated=generated)
    return sum_coverage(measured, Changed() if base is None else _changed(checkout, change))


def _explain(settings: Settings, coverage: Coverage, rules: CoverageRules, path: RepoPath) -> dict[str, object]:
    """Return what is known of one file, and why where nothing is."""
    checkout = open_checkout(settings)
    (head,) = checkout.resolve("HEAD")
    generated = bool(head) and path in checkout.generated(head or "", [path])
    return explain_view(coverage, path, exclude=rules.exclude, generated=generated)


def _changed(checkout: Checkout, change: Change) -> Changed:
    """Return what coverage must know of the change; without a base nothing changed that could be spoken of."""
    if change.base is None:
        return Changed()
    return Changed(
        added=checkout.added_lines(change.base, change.tested, change.head),
        text=partial(read_source, checkout, change.tested),
    )


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
    lines = [f"{kind:11}{_count(counts.of(kind))}" for kind in KINDS if counts.of(kind) is not None]
    if verb == "diff" and coverage.patch is not None:
        for file in coverage.patch.files:
            ranges = ", ".join(f"{one.start}-{one.end}" if one.end > one.start else str(one.start) for one in file.uncovered)
            partly = ", ".join(f"{one.line} ({one.taken}/{one.total})" for one in file.partial)
            said = (f"  not covered: {ranges}" if ranges else "") + (f"  partly: {partly}" if partly else "")
            lines.append(f"  {visible(file.path)}  {_count(file.lines)}{said}")
        lines += [f"  {visible(path)}  no report knows it" for path in coverage.patch.unknown]
    lines += [f"left out   {one.files} {visible(one.pattern) or 'generated or vendored'}" for one in coverage.left_out]
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

"""lanemark compare: two commits, two result files, or two commands."""

from collections.abc import Sequence
from dataclasses import replace

from lanemark.cli.console import Parser, print_data, print_text
from lanemark.cli.duel import compare_commands
from lanemark.cli.measure import measure_change
from lanemark.cli.options import out_folder, read_asked
from lanemark.codec import decode
from lanemark.compare.types import Baseline, Comparison
from lanemark.compare.whole import compare
from lanemark.config.types import Lane
from lanemark.errors import DataError, UsageError
from lanemark.judge.regressions import judge_differences
from lanemark.judge.views import compare_view
from lanemark.report.differences import write_comparison
from lanemark.result import LIMIT, Pair, Result
from lanemark.settings import Settings
from lanemark.wiring.publish import open_files


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Compare, and print the differences; nothing is gated here."""
    parser = Parser(prog="lanemark compare", description="Two commits, two result files, or two commands, measured fairly.")
    parser.add_argument("what", nargs="*", metavar="BASE..HEAD | BASE.json HEAD.json")
    parser.add_argument("--stage", default="", metavar="S", help="only this stage, and what it needs")
    parser.add_argument("--lane", default="", help="a lane to set")
    parser.add_argument("--config", metavar="F", help="path of the configuration (.github/lanemark.yml)")
    parser.add_argument("--base-command", metavar="S", help="a shell command")
    parser.add_argument("--head-command", metavar="S", help="the shell command to compare with it")
    parser.add_argument("--pairs", type=int, default=40, metavar="N", help="the most pairs of the two commands (40)")
    parser.add_argument("--max-time", default="2m", metavar="T", help="no new pair of the two commands after T (2m)")
    parser.add_argument("--timeout", metavar="T", help="the most time for one run of a command, such as 30s")
    parser.add_argument("--prepare", default="", metavar="CMD", help="shell command before every run of a command, not timed")
    parser.add_argument("--ignore-failure", action="store_true", help="count failing runs of the commands too")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table of the two commands")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    if options.base_command or options.head_command:
        return compare_commands(options, settings)
    if options.prepare or options.ignore_failure or options.markdown or options.timeout:
        raise UsageError("--prepare, --ignore-failure, --markdown and --timeout are for --base-command and --head-command")
    if len(options.what) == 1 and ".." in options.what[0]:
        comparison, lane = _compare_commits(options, settings)
    elif len(options.what) == 2:
        comparison, lane = _compare_files(options.what[0], options.what[1])
    else:
        raise UsageError(
            "say what to compare", help="main..HEAD, or base.json head.json, or --base-command 'a' --head-command 'b'"
        )
    gates = judge_differences(comparison, lane)
    if options.json:
        print_data(compare_view(comparison, gates))
    else:
        print_text(write_comparison(comparison, gates))
    return 0


def _compare_commits(options: object, settings: Settings) -> tuple[Comparison, Lane]:
    """Measure two commits of the repository in pairs."""
    given = vars(options)
    base, _, head = given["what"][0].partition("..")
    head = head.removeprefix(".") or "HEAD"
    asked = replace(read_asked(options, settings), base=base or "HEAD", head=head, baseline="paired", exact=True)
    task, pair = measure_change(settings, asked, out_folder(options, settings))
    baseline = None if pair.base is None else Baseline(kind="paired", result=pair.base)
    return compare(pair, baseline), task.lane


def _compare_files(base_path: str, head_path: str) -> tuple[Comparison, Lane]:
    """Compare two result files; paired where they are of one experiment."""
    files = open_files()
    base, head = (decode(files.read(path, limit=LIMIT), Result, limit=LIMIT, source=path) for path in (base_path, head_path))
    for path, result in ((base_path, base), (head_path, head)):
        if result.cancelled:
            raise DataError(f"{path}: it is of a run that was cancelled, so it says nothing", help="measure it again")
    paired = base.experiment == head.experiment
    pair = Pair(head=head, base=base if paired else None)
    baseline = Baseline(kind="paired" if paired else "artifact", result=base)
    return compare(pair, baseline), Lane(name=head.choice.lane, line=0)

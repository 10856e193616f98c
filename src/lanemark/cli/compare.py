"""lanemark compare: two commits, two result files, or two commands."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from lanemark.cli.console import Parser, print_data, print_text, say
from lanemark.cli.measure import measure_change
from lanemark.cli.options import out_folder, read_asked
from lanemark.cli.stop import stopping
from lanemark.codec import decode
from lanemark.compare.paired import compare_samples
from lanemark.compare.types import Baseline, Comparison
from lanemark.compare.whole import compare
from lanemark.config.types import Lane, MeasureRules
from lanemark.errors import UsageError
from lanemark.judge.looks import undecided
from lanemark.judge.regressions import judge_differences
from lanemark.judge.views import compare_view
from lanemark.measure.commands import STAGE, measure_commands
from lanemark.report.differences import write_comparison
from lanemark.result import LIMIT, Pair, Result
from lanemark.settings import Settings
from lanemark.units import parse
from lanemark.wiring.bench import open_bench
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
    parser.add_argument("--pairs", type=int, default=20, metavar="N", help="pairs of the two commands (20)")
    parser.add_argument("--max-time", default="2m", metavar="T", help="the most time for the two commands (2m)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    if options.base_command or options.head_command:
        comparison, lane = _compare_commands(options, settings)
    elif len(options.what) == 1 and ".." in options.what[0]:
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
    paired = base.experiment == head.experiment
    pair = Pair(head=head, base=base if paired else None)
    baseline = Baseline(kind="paired" if paired else "artifact", result=base)
    return compare(pair, baseline), Lane(name=head.choice.lane, line=0)


def _compare_commands(options: object, settings: Settings) -> tuple[Comparison, Lane]:
    """Measure two commands in pairs in the current folder."""
    given = vars(options)
    if not (given["base_command"] and given["head_command"]):
        raise UsageError("--base-command and --head-command go together")
    time = parse(given["max_time"])
    if time is None or time[0] != "seconds":
        raise UsageError(f"--max-time {given['max_time']!r} is no time", help="write 90s or 2m")
    pairs = max(given["pairs"], 1)
    rules = MeasureRules(max_time_s=time[1], min_pairs=min(pairs, 10), max_pairs=pairs)
    lane = Lane(name="compare", line=0, stages=(STAGE,))
    with open_bench(settings, say) as bench, stopping(bench.cancel):
        found = measure_commands(
            given["base_command"],
            given["head_command"],
            folder=settings.workspace,
            logs=f"{bench.work}/log",
            tools=bench.tools,
            rules=rules,
            seed=secrets.token_hex(8),
            undecided=partial(undecided, lane=lane, stages={}),
        )
    for side in ("base", "head"):
        failure = found.done["base" if side == "base" else "head"][STAGE].failure
        if failure is not None:
            raise UsageError(f"the {side} command failed: {failure.evidence}", help=failure.tail)
    return Comparison(differences=compare_samples(found.samples["base"], found.samples["head"])), lane

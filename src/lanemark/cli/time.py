"""lanemark time: one command, no configuration, measured well."""

import os
import secrets
from argparse import Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from lanemark.cli.console import Parser, print_data, print_text, say
from lanemark.cli.stop import stopping
from lanemark.cli.terminal import find_style, open_status_line
from lanemark.codec import encode_plain
from lanemark.errors import CommandError, LanemarkError, StoppedError, UsageError
from lanemark.escape import log_lines
from lanemark.measure.job import Job, Progress
from lanemark.measure.single import time_command
from lanemark.ports import Files
from lanemark.report.timing import command_line, write_timing
from lanemark.report.timing_export import hyperfine_view, timing_view, write_timing_csv, write_timing_markdown
from lanemark.result import Failure
from lanemark.result.timing import Timing
from lanemark.run.stage import SHELL
from lanemark.settings import TOKENS, Settings
from lanemark.units import parse, seconds
from lanemark.wiring.bench import open_bench

EXAMPLES = """\
examples:
  lanemark time -- python -c 'import json'
  lanemark time --prepare 'rm -rf build' -- make
  lanemark time --shell -- 'sort words.txt | uniq -c'
"""

_EXPORTS: Mapping[str, Callable[[Timing], bytes]] = {
    ".json": lambda timing: encode_plain(timing_view(timing)),
    ".md": lambda timing: write_timing_markdown(timing).encode(),
    ".csv": lambda timing: write_timing_csv(timing).encode(),
}


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Time one command; what was measured before it failed or was stopped is printed, and said to be a part."""
    options = _read_options(arguments)
    with open_bench(settings, say) as bench, stopping(bench.cancel), open_status_line() as line:
        tools = replace(bench.tools, environment=find_environment(settings, os.environ))
        job = _read_job(options, settings, log=f"{bench.work}/time.err")
        timing = time_command(job, tools, lambda progress: line.show(progress_words(progress)))
        line.clear()
        if timing.of("time"):
            _tell(timing, options, bench.tools.files, settings)
    if timing.failure is not None:
        raise _as_error(timing, timing.failure)
    return 0


def _read_options(arguments: Sequence[str]) -> Namespace:
    """Return the options; everything behind `--` is the command, whatever it looks like."""
    parser = Parser(
        prog="lanemark time",
        description="Run one command again and again; memory and I/O come from a pass of their own.",
        usage="lanemark time [options] -- COMMAND...",
        epilog=EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("-n", type=int, metavar="N", help="samples (default: at least 10, until they took 3 s together)")
    parser.add_argument("--warmup", type=int, default=1, metavar="N", help="samples that are thrown away first (1)")
    parser.add_argument("--prepare", default="", metavar="CMD", help="shell command before every run, not timed")
    parser.add_argument("--cleanup", default="", metavar="CMD", help="shell command at the very end")
    parser.add_argument("--shell", action="store_true", help="let /bin/sh read the command")
    parser.add_argument("--ignore-failure", action="store_true", help="count failing runs too, and say how many failed")
    parser.add_argument("--timeout", metavar="T", help="the most time for one run, such as 30s")
    parser.add_argument("--max-time", metavar="T", help="the most time for everything, such as 2m")
    parser.add_argument("--output", metavar="FILE", help="where the command's output goes (default: it is thrown away)")
    parser.add_argument("--no-memory", action="store_true", help="leave out the pass for memory and I/O")
    parser.add_argument("--json", action="store_true", help="print JSON with every sample")
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    parser.add_argument("--export", action="append", default=[], metavar="FILE", help="write .json, .md or .csv too")
    parser.add_argument("--export-hyperfine", metavar="FILE", help="write JSON as hyperfine does")
    parser.add_argument("words", nargs="*", metavar="COMMAND", help="the command and its arguments, after --")
    given = list(arguments)
    place = given.index("--") if "--" in given else len(given)
    options = parser.parse_args(given[:place])
    options.words += given[place + 1 :]
    if not options.words:
        raise UsageError("there is no command to time", help="lanemark time -- COMMAND...")
    if (options.n is not None and options.n < 1) or options.warmup < 0:
        raise UsageError("-n must be 1 or more and --warmup 0 or more")
    options.timeout, options.max_time = read_time("--timeout", options.timeout), read_time("--max-time", options.max_time)
    for path in options.export:
        if os.path.splitext(path)[1] not in _EXPORTS:
            raise UsageError(f"--export {path!r}: its name says nothing of a format", help=f"end it in {', '.join(_EXPORTS)}")
    return options


def _read_job(options: Namespace, settings: Settings, *, log: str) -> Job:
    """Return what was asked for."""
    words = tuple(options.words)
    return Job(
        argv=(*SHELL, " ".join(words)) if options.shell else words,
        command=words,
        folder=settings.workspace,
        log=log,
        shell=options.shell,
        runs=options.n,
        warmup=options.warmup,
        prepare=options.prepare,
        cleanup=options.cleanup,
        ignore_failure=options.ignore_failure,
        timeout_s=options.timeout,
        max_time_s=options.max_time,
        output=None if options.output is None else os.path.join(settings.workspace, options.output),
        memory=not options.no_memory,
        seed=secrets.token_hex(8),
    )


def read_time(option: str, text: str | None) -> float | None:
    """Return the seconds of a time such as `90s` or `2m`, None where it was not given."""
    if text is None:
        return None
    found = parse(text)
    if found is None or found[0] != "seconds" or not found[1]:
        raise UsageError(f"{option} {text!r} is no time", help="write 500ms, 90s or 2m")
    return found[1]


def find_environment(settings: Settings, environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return what a typed command gets: all that its user has, except tokens; in Actions what a stage gets."""
    if settings.in_actions:
        return settings.stage_environment
    return {name: value for name, value in environment.items() if name not in TOKENS}


def progress_words(progress: Progress) -> str:
    """Return how far it is, as one line."""
    parts = [f"{progress.phase} {progress.done + 1} of {progress.wanted}" if progress.wanted else progress.phase]
    if progress.median_s is not None:
        parts.append(f"median {seconds(progress.median_s)}")
    if progress.left_s is not None:
        parts.append(f"about {seconds(round(progress.left_s, 1))} left")
    return " · ".join(parts)


def _tell(timing: Timing, options: Namespace, files: Files, settings: Settings) -> None:
    """Print what was found and write the files."""
    for path in options.export:
        files.write(os.path.join(settings.workspace, path), _EXPORTS[os.path.splitext(path)[1]](timing))
    if options.export_hyperfine:
        files.write(os.path.join(settings.workspace, options.export_hyperfine), encode_plain(hyperfine_view(timing)))
    if options.json:
        print_data(timing_view(timing))
    elif options.markdown:
        print_text(write_timing_markdown(timing))
    else:
        print_text(write_timing(timing, find_style()))


def _as_error(timing: Timing, failure: Failure) -> LanemarkError:
    """Return the failure as the error that a person reads, with the last lines of its error output."""
    message = f"{command_line(timing)}: {failure.evidence}"
    help_ = quote_tail(failure.tail)
    match failure.kind:
        case "not-found":
            hint = "with --shell the words are read by /bin/sh" if len(timing.command) == 1 and " " in timing.command[0] else ""
            return UsageError(message, help=hint or help_)
        case "cancelled" | "timeout" | "lane-timeout":
            return StoppedError(message, help=help_)
        case _:
            return CommandError(message, help=help_ or "it wrote nothing to its error output")


def quote_tail(tail: str) -> str:
    """Return the last lines of a log such that no line of it can speak to GitHub's runner; empty where there are none."""
    lines = [f"  | {line}" for line in log_lines(tail)]
    return "\n".join(["its last words were", *lines]) if lines else ""

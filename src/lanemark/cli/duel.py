"""lanemark compare --base-command A --head-command B: two commands in pairs, in the current folder."""

import os
import secrets
from argparse import Namespace
from dataclasses import replace

from lanemark.cli.console import print_data, print_text, say
from lanemark.cli.stop import stopping
from lanemark.cli.terminal import StatusLine, find_style, open_status_line
from lanemark.cli.time import find_environment, quote_tail, read_time
from lanemark.compare.paired import compare_samples
from lanemark.compare.surroundings import compare_surroundings
from lanemark.compare.types import Comparison
from lanemark.config.types import MeasureRules
from lanemark.errors import CommandError, LanemarkError, StoppedError, UsageError
from lanemark.judge.duel import judge_duel, suspect_duel, undecided_duel
from lanemark.judge.views import compare_view
from lanemark.measure.commands import Contest, Outcomes, measure_commands
from lanemark.measure.pairs import look_sizes
from lanemark.report.duel import Duel, write_duel, write_duel_markdown
from lanemark.report.duel_sentence import duel_sentence
from lanemark.report.timing_notes import busy_words
from lanemark.settings import Settings
from lanemark.units import seconds
from lanemark.wiring.bench import open_bench

LEAST_PAIRS = 10


def compare_commands(options: Namespace, settings: Settings) -> int:
    """Measure two commands in pairs and print how they differ; what was measured before it ended is printed too."""
    with open_bench(settings, say) as bench, stopping(bench.cancel), open_status_line() as line:
        contest = _read_contest(options, settings, logs=f"{bench.work}/log")
        tools = replace(bench.tools, environment=find_environment(settings, os.environ))
        outcomes = measure_commands(
            contest,
            tools,
            bench.control,
            undecided=undecided_duel,
            suspects=suspect_duel,
            report=lambda pairs, spent_s: _show(line, contest.rules, pairs, spent_s),
        )
    if any(sample.account == "time" for sample in outcomes.head):
        _tell(_make_duel(contest, outcomes), options)
    error = _find_error(contest, outcomes)
    if error is not None:
        raise error
    return 0


def _read_contest(options: Namespace, settings: Settings, *, logs: str) -> Contest:
    """Return what was asked for."""
    if not (options.base_command and options.head_command):
        raise UsageError("--base-command and --head-command go together")
    if options.pairs < 1:
        raise UsageError("--pairs must be 1 or more")
    return Contest(
        base=options.base_command,
        head=options.head_command,
        folder=settings.workspace,
        logs=logs,
        rules=MeasureRules(
            max_time_s=read_time("--max-time", options.max_time) or 0.0,
            min_pairs=min(options.pairs, LEAST_PAIRS),
            max_pairs=options.pairs,
        ),
        seed=secrets.token_hex(8),
        prepare=options.prepare,
        ignore_failure=options.ignore_failure,
        timeout_s=read_time("--timeout", options.timeout),
    )


def _show(line: StatusLine, rules: MeasureRules, pairs: int, spent_s: float) -> None:
    """Say how far it is; the end is the next look at which the pairs may suffice."""
    if not pairs:
        line.show("first runs")
        return
    look = next((size for size in look_sizes(rules) if pairs <= size), rules.max_pairs)
    left_s = min(spent_s / pairs * (look - pairs), max(rules.max_time_s - spent_s, 0.0))
    line.show(f"pair {min(pairs + 1, look)} of {look} · about {seconds(round(left_s, 1))} left")


def _make_duel(contest: Contest, outcomes: Outcomes) -> Duel:
    """Return the comparison with its verdict and what is to be known about it."""
    comparison = Comparison(
        differences=compare_samples(outcomes.base, outcomes.head),
        reason=outcomes.reason,
        surroundings=compare_surroundings(outcomes.base, outcomes.head),
    )
    loops = max(sample.loops for sample in outcomes.head)
    return Duel(
        base=contest.base,
        head=contest.head,
        comparison=comparison,
        gates=judge_duel(comparison),
        loops=loops,
        notes=tuple(_find_notes(outcomes, loops)),
    )


def _find_notes(outcomes: Outcomes, loops: int) -> list[str]:
    """Return what a reader must know, in sentences."""
    notes = []
    if outcomes.ended:
        notes.append(f"{outcomes.ended.evidence}; this is only what was measured until then.")
    if outcomes.reason:
        notes.append(f"{outcomes.reason}.")
    if loops > 1:
        notes.append(f"the commands are too short to be timed alone, so each sample is the mean of {loops} runs.")
    if busy := busy_words([sample for sample in (*outcomes.base, *outcomes.head) if sample.account == "time"]):
        notes.append(f"the machine had other work meanwhile: {busy}.")
    if outcomes.ignored:
        notes.append(f"{outcomes.ignored} of {outcomes.runs} runs failed, and their times are in these figures.")
    if outcomes.survivors:
        notes.append(f"{outcomes.survivors} processes went on after their command had returned, and were ended by us.")
    return notes


def _tell(duel: Duel, options: Namespace) -> None:
    """Print what was found."""
    if options.json:
        view = compare_view(duel.comparison, duel.gates)
        print_data({**view, "sentence": duel_sentence(duel.comparison, duel.gates), "notes": list(duel.notes)})
    elif options.markdown:
        print_text(write_duel_markdown(duel))
    else:
        print_text(write_duel(duel, find_style()))


def _find_error(contest: Contest, outcomes: Outcomes) -> LanemarkError | None:
    """Return why the comparison is not whole, None where it is."""
    kind: type[LanemarkError]
    for side, failure in outcomes.failures:
        command = contest.base if side == "base" else contest.head
        message = f"the {side} command failed: {command}: {failure.evidence}"
        kind = StoppedError if failure.kind in ("timeout", "lane-timeout") else CommandError
        return kind(message, help=quote_tail(failure.tail) or "it wrote nothing to its error output")
    if outcomes.ended:
        kind = StoppedError if outcomes.ended.kind == "cancelled" else CommandError
        return kind(outcomes.ended.evidence, help=quote_tail(outcomes.ended.tail))
    if outcomes.reason.startswith("failed"):
        return CommandError(outcomes.reason, help="Run it by itself and mend it, or use --ignore-failure.")
    return None

"""lanemark time: one command, no configuration, measured well."""

from collections.abc import Sequence

from lanemark.cli.console import Parser, print_data, print_text, say
from lanemark.cli.stop import stopping
from lanemark.errors import StoppedError, UsageError
from lanemark.escape import shell, visible
from lanemark.metric import METRICS, Metric, Usage, unit_of
from lanemark.ports import Command, Exit, Pass, Processes
from lanemark.settings import Settings
from lanemark.units import quantity
from lanemark.wiring.bench import open_bench

MEMORY_RUNS = 3


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Time one command."""
    parser = Parser(prog="lanemark time", description="Run one command n times; memory and I/O come from a pass of their own.")
    parser.add_argument("-n", type=int, default=10, metavar="N", help="timed runs (10)")
    parser.add_argument("--warmup", type=int, default=1, metavar="N", help="runs that are thrown away first (1)")
    parser.add_argument("--json", action="store_true", help="print JSON with every sample")
    parser.add_argument("words", nargs="+", metavar="COMMAND", help="the command and its arguments, after --")
    options = parser.parse_args(arguments)
    if options.n < 1 or options.warmup < 0:
        raise UsageError("-n must be 1 or more and --warmup 0 or more")
    with open_bench(settings, say) as bench, stopping(bench.cancel):
        taken = take_samples(
            bench.tools.processes, tuple(options.words), settings, runs=options.n, warmup=options.warmup, log=f"{bench.work}/time"
        )
    view = summarise_usages(taken)
    if options.json:
        print_data({"command": list(options.words), "metrics": view})
    else:
        print_text(_table(options.words, view, options.n))
    return 0


def take_samples(
    processes: Processes, words: tuple[str, ...], settings: Settings, *, runs: int, warmup: int, log: str
) -> list[tuple[Pass, Usage]]:
    """Run the command and return the usage of each counted run; a run that fails ends it with an error."""
    taken: list[tuple[Pass, Usage]] = []
    for account, count, counted in (("time", warmup, False), ("time", runs, True), ("memory", MEMORY_RUNS, True)):
        kind: Pass = "memory" if account == "memory" else "time"
        timed = Command(
            argv=words,
            cwd=settings.workspace,
            environment=settings.stage_environment,
            stdout=None,
            stderr=f"{log}.err",
            account=kind,
        )
        for _ in range(count):
            ended = processes.run(timed)
            _check(ended, words, f"{log}.err")
            if counted:
                taken.append((kind, ended.usage))
    return taken


def _check(ended: Exit, words: Sequence[str], log: str) -> None:
    """Raise where a run did not work: its time would be the time of a failure."""
    if ended.cancelled:
        raise StoppedError("cancelled")
    if ended.status == 0:
        return
    with open(log, "rb") as file:
        told = [visible(line) for line in file.read().decode("utf-8", "replace").splitlines()[-5:]]
    why = ended.error or f"exit status {ended.status}"
    raise UsageError(f"{' '.join(words)} failed: {why}", help="\n".join(told))


def summarise_usages(taken: Sequence[tuple[Pass, Usage]]) -> dict[str, dict[str, object]]:
    """Return samples and summary per metric: times from the timing pass, memory and I/O from the other."""
    from lanemark.stats.summary import summarise

    found: dict[str, dict[str, object]] = {}
    for metric in METRICS:
        wanted: Pass = "memory" if metric in ("rss_peak", "io_read", "io_write") else "time"
        values = [value for account, usage in taken if account == wanted and (value := usage.value(metric)) is not None]
        if values:
            summary = summarise(values)
            numbers = {
                name: getattr(summary, name)
                for name in ("n", "mean", "median", "stdev", "mad", "min", "max", "p90", "p95", "p99")
            }
            found[metric] = {"unit": unit_of(metric), **numbers, "samples": values}
    return found


def _table(words: Sequence[str], view: dict[str, dict[str, object]], runs: int) -> str:
    """Return the summary for people."""
    lines = [
        f"{' '.join(map(shell, words))}: {runs} runs",
        "",
        f"  {'':13}{'median':>12}{'min':>12}{'max':>12}{'spread (MAD)':>14}",
    ]
    for name, row in view.items():
        metric: Metric = next(one for one in METRICS if one == name)
        cells = [quantity(float(str(row[key])), unit_of(metric)) for key in ("median", "min", "max", "mad")]
        lines.append(f"  {name:13}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, (12, 12, 12, 14), strict=True)))
    return "\n".join(lines) + "\n"

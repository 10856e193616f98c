"""lanemark record: measure the default branch, so that pull requests can compare with it in artifact mode."""

from collections.abc import Sequence
from dataclasses import replace

from lanemark.cli.caching import add_pack_option, read_caching
from lanemark.cli.console import Parser, print_data
from lanemark.cli.measure import failed_stages, failure_status, measure_change
from lanemark.cli.merge import join_folders
from lanemark.cli.options import add_change_options, add_output_options, out_folder, read_asked
from lanemark.cli.results import write_badge, write_pair
from lanemark.cli.workflow import write_outputs
from lanemark.errors import NoResultsError, StoppedError
from lanemark.result import Pair
from lanemark.settings import Settings
from lanemark.wiring.publish import open_files


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Measure one side alone and write the result; the workflow keeps it as the artifact `lanemark-baseline-…`."""
    parser = Parser(prog="lanemark record", description="Measure a commit alone, as a baseline for later comparisons.")
    add_change_options(parser)
    add_output_options(parser)
    parser.add_argument("--results", default="", metavar="DIR", help="join the shards below DIR instead of measuring")
    add_pack_option(parser)
    options = parser.parse_args(arguments)
    out = out_folder(options, settings)
    if options.results:
        return _record_shards(options.results, out, settings, as_json=options.json)
    asked, caching = replace(read_asked(options, settings), baseline="artifact"), read_caching(options, settings, fresh=True)
    task, pair = measure_change(settings, asked, out, caching=caching)
    write_badge(open_files(), out, pair.head)
    write_outputs(settings, {"lane": task.choice.lane, "results": out})
    if options.json:
        print_data({"lane": task.choice.lane, "results": out, "samples": len(pair.head.samples)})
    return failure_status(failed_stages(pair))


def _record_shards(folder: str, out: str, settings: Settings, *, as_json: bool) -> int:
    """Write what shards measured as one baseline; raise NoResultsError where that is not the whole lane."""
    pair = join_folders([folder], settings)
    head = pair.head
    if head.cancelled:
        raise StoppedError("no baseline was recorded: one of the jobs was cancelled", help="run the job again")
    if head.flaws:
        raise NoResultsError(f"no baseline was recorded: {' '.join(head.flaws)}", help="run the jobs that failed again")
    write_pair(open_files(), out, Pair(head=head))
    write_badge(open_files(), out, head)
    write_outputs(settings, {"lane": head.choice.lane, "results": out})
    if as_json:
        print_data({"lane": head.choice.lane, "results": out, "samples": len(head.samples)})
    return failure_status(failed_stages(pair))

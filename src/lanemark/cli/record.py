"""lanemark record: measure the default branch, so that pull requests can compare with it in artifact mode."""

from collections.abc import Sequence
from dataclasses import replace

from lanemark.cli.console import Parser, print_data
from lanemark.cli.measure import failed_stages, failure_status, measure_change
from lanemark.cli.options import add_change_options, add_output_options, out_folder, read_asked
from lanemark.cli.workflow import write_outputs
from lanemark.settings import Settings


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Measure one side alone and write the result; the workflow keeps it as the artifact `lanemark-baseline-…`."""
    parser = Parser(prog="lanemark record", description="Measure a commit alone, as a baseline for later comparisons.")
    add_change_options(parser)
    add_output_options(parser)
    options = parser.parse_args(arguments)
    out = out_folder(options, settings)
    task, pair = measure_change(settings, replace(read_asked(options, settings), baseline="artifact"), out)
    write_outputs(settings, {"lane": task.choice.lane, "results": out})
    if options.json:
        print_data({"lane": task.choice.lane, "results": out, "samples": len(pair.head.samples)})
    return failure_status(failed_stages(pair))

"""lanemark demo: the whole path on a small real repository, without network."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace

from lanemark.cli.console import Parser, print_text, say
from lanemark.cli.finish import finish_ruling
from lanemark.cli.measure import measure_change
from lanemark.pipeline.prepare import Asked
from lanemark.pipeline.verdict import rule
from lanemark.report.types import Links
from lanemark.settings import Settings
from lanemark.wiring.demo import make_sample


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Make the sample, gate it, and show what a pull request would have got."""
    parser = Parser(prog="lanemark demo", description="A sample repository end to end, in about 20 seconds; no network.")
    parser.add_argument("--in", dest="folder", metavar="DIR", help="make the sample there, and keep it (a temporary folder)")
    parser.add_argument("--only-sample", action="store_true", help="make the sample repository and stop")
    options = parser.parse_args(arguments)
    folder = os.path.abspath(options.folder or os.path.join(tempfile.mkdtemp(prefix="lanemark-demo-"), "shop"))
    make_sample(folder)
    say(f"made a sample repository in {folder}: branch main, and branch slower with one commit")
    if options.only_sample:
        return 0
    here = replace(settings, workspace=folder, out=f"{folder}/.lanemark/out", in_actions=False, output_file="", summary_file="")
    task, pair = measure_change(here, Asked(base="main", head="slower"), here.out)
    ruling = rule(pair, task.policy, links=Links(), adopting=task.adopting, notices=task.notices)
    print_text("\n---- the comment that the pull request gets " + "-" * 50)
    print_text(ruling.pages.comment)
    print_text("-" * 95)
    finish_ruling(here, ruling, here.out, as_json=False)
    print_text(f"In a workflow this ends with exit status {ruling.judgement.exit_status}. Look around: cd {folder}\n")
    return 0

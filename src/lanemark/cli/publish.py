"""lanemark publish: step 3 of the Action, in a `workflow_run` of the default branch."""

from collections.abc import Sequence

from lanemark.cli.console import Parser, print_data, say
from lanemark.cli.event import find_event
from lanemark.cli.options import add_expect_option, add_output_options, out_folder, read_expected
from lanemark.cli.results import write_ruling
from lanemark.cli.workflow import write_outputs, write_summary
from lanemark.errors import DataError, GitHubError
from lanemark.escape import visible
from lanemark.pipeline.publish import publish
from lanemark.publish.types import Publication
from lanemark.settings import Settings, read_mode_cap
from lanemark.wiring.publish import open_files, open_github, read_links, read_results, read_today
from lanemark.wiring.pull_requests import PullRequestsOnGitHub


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Judge the results of the triggering run again and tell the pull request."""
    parser = Parser(
        prog="lanemark publish", description="Tell the pull request; judges again and trusts no text of a measurement."
    )
    parser.add_argument(
        "--results", default="", metavar="DIR", help="downloaded results; without it the run's artifacts are read"
    )
    parser.add_argument("--config", metavar="F", help="path of the configuration (.github/lanemark.yml)")
    parser.add_argument("--mode-cap", default="", help="the strictest mode a gate may have: shadow, inform or warn")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="print every request and its answer; count them in the summary"
    )
    parser.add_argument("--dry-run", action="store_true", help="print every request instead of sending it")
    add_output_options(parser)
    add_expect_option(parser)
    parser.add_argument("--lane", default="", help="the lane that the measuring step was told to take")
    options = parser.parse_args(arguments)
    event, github = find_event(settings), open_github(settings)
    verbose = options.verbose or settings.debugging
    try:
        done = publish(
            github,
            event,
            config=options.config or settings.config,
            links=read_links(settings),
            mode_cap=read_mode_cap(options.mode_cap),
            results=read_results(options.results) if options.results else (),
            asked_lane=options.lane,
            expect=read_expected(options.expect),
            dry_run=options.dry_run,
            today=read_today(),
        )
    except DataError as error:
        # A run that was cancelled or broke before it measured has nothing to publish; its own job is red already.
        raise GitHubError(f"nothing was published: {error.message}", help=error.help) from None
    finally:
        for line in (*(github.asked() if verbose else ()), traffic_line(github)):
            say(line)
    for line in done.said:
        say(visible(line))
    if options.dry_run:
        print_data(publication_view(done.publication))
    if done.ruling is not None:
        write_ruling(open_files(), out_folder(options, settings), done.ruling)
        write_summary(settings, done.ruling.pages.summary)
        if verbose:
            write_summary(settings, f"\n{traffic_line(github)}\n")
        write_outputs(settings, {"lane": done.ruling.judgement.lane, "verdict": done.ruling.judgement.verdict.value})
    if done.failed is not None:
        raise done.failed
    return 0


def traffic_line(github: PullRequestsOnGitHub) -> str:
    """Return how much was asked of GitHub, as a sentence."""
    return f"GitHub was asked: {github.traffic()}."


def publication_view(publication: Publication) -> list[dict[str, object]]:
    """Return the requests as JSON."""
    return [{"method": request.method, "path": request.path, "body": request.body} for request in publication]

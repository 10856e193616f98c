"""lanemark merge: the results of all shards of a lane, as one."""

from collections.abc import Sequence

from lanemark.cli.console import Parser, print_data, say
from lanemark.cli.event import find_event
from lanemark.cli.options import add_output_options, out_folder
from lanemark.cli.results import write_pair
from lanemark.cli.workflow import write_outputs
from lanemark.errors import DataError, NoResultsError, StoppedError, UsageError
from lanemark.escape import visible
from lanemark.pipeline.join import join_left
from lanemark.pipeline.verdict import event_head
from lanemark.result import Pair
from lanemark.settings import Settings
from lanemark.wiring.publish import open_files, read_results


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Join what the measuring jobs left; 5 where that is not the whole lane, which the result says, too."""
    parser = Parser(prog="lanemark merge", description="Join the results of all shards of a lane; judges nothing.")
    parser.add_argument("folders", nargs="*", metavar="DIR", help="output folders of measure --shard, or folders of artifacts")
    parser.add_argument("--results", default="", metavar="DIR", help="one more of them")
    add_output_options(parser)
    options = parser.parse_args(arguments)
    folders = [*options.folders, *filter(None, [options.results])]
    if not folders:
        raise UsageError("there is nothing to join", help="name the folders that `lanemark measure --shard K/N` wrote")
    out = out_folder(options, settings)
    pair = join_folders(folders, settings)
    write_pair(open_files(), out, pair)
    head = pair.head
    write_outputs(settings, {"lane": head.choice.lane, "results": out})
    for flaw in head.flaws:
        say(f"warning: {visible(flaw)}")
    say(f"joined {len(head.shards)} shard{'s' if len(head.shards) != 1 else ''} of the lane {visible(head.choice.lane)}")
    if options.json:
        shards = [{"shard": shard.number, "of": shard.of, "stages": list(shard.stages)} for shard in head.shards]
        print_data({"lane": head.choice.lane, "results": out, "shards": shards, "flaws": list(head.flaws)})
    if head.cancelled:
        raise StoppedError("one of the jobs was cancelled, so this is not the whole lane", help="run the job again")
    return NoResultsError.exit_status if head.flaws else 0


def join_folders(folders: Sequence[str], settings: Settings) -> Pair:
    """Return one pair for what lies below the folders; raise NoResultsError where nothing does."""
    places = [folder if folder.startswith("/") else f"{settings.workspace}/{folder}" for folder in folders]
    try:
        left = [one for place in places for one in read_results(place)]
        return join_left(left, head=event_head(find_event(settings)))
    except DataError as error:
        raise NoResultsError(f"nothing was joined: {error.message}", help=error.help) from None

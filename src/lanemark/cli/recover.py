"""lanemark recover: what the last run failed of, and doing once what may help."""

from collections.abc import Sequence

import msgspec

from lanemark.cli.console import Parser, print_data, print_text, say
from lanemark.codec import encode_plain, parse
from lanemark.config.read import read_config
from lanemark.errors import UsageError
from lanemark.escape import visible
from lanemark.recover.last import LIMIT, FailedStage, LastRun, Proposal, propose, read_last
from lanemark.settings import Settings
from lanemark.units import seconds, size
from lanemark.wiring.lane import read_disk
from lanemark.wiring.recovery import empty_manager, free_disk, read_file, write_file


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Say what would be done about the failures of the last run, or do it once."""
    parser = Parser(prog="lanemark recover", description="What the last `lanemark run` failed of, and what may help.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, told in (("plan", "say what failed, by which evidence, and what would be done"), ("apply", "do it, once")):
        one = verbs.add_parser(verb, help=told)
        one.add_argument("--run", default="", metavar="F", help="the record of the run (.lanemark/out/run.json)")
        one.add_argument("--config", metavar="F", help="path of the configuration (.github/lanemark.yml)")
        one.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    path = options.run or f"{settings.out}/run.json"
    path = path if path.startswith("/") else f"{settings.workspace}/{path}"
    last = read_last(read_file(path, limit=LIMIT), path)
    proposals = propose(last)
    if options.verb == "plan":
        _show_plan(last, proposals, as_json=options.json)
        return 0
    return _apply(settings, options.config or settings.config, last, proposals, as_json=options.json)


def _show_plan(last: LastRun, proposals: tuple[Proposal, ...], *, as_json: bool) -> None:
    """Print the failures and what would be done."""
    by_stage = {one.stage: one for one in last.failures}
    if as_json:
        views = [{**msgspec.to_builtins(by_stage[one.stage]), "act": one.act, "action": one.words} for one in proposals]
        recovered = [msgspec.to_builtins(one) for one in last.failures if one.failure is None]
        print_data({"lane": last.lane, "failed": views, "recovered": recovered})
        return
    for one in last.failures:
        if one.failure is None:
            print_text(f"{visible(one.stage)} works: {_tries(one)}\n")
    for proposal in proposals:
        failed = by_stage[proposal.stage]
        assert failed.failure is not None
        print_text(f"{visible(proposal.stage)} failed: {proposal.cause}, {failed.failure.confidence}\n")
        for sign in failed.failure.signs:
            print_text(f"  evidence: {visible(sign)}\n")
        if failed.tries:
            print_text(f"  tried: {_tries(failed)}\n")
        print_text(f"  would do: {proposal.words}\n")
    if not proposals:
        print_text("nothing failed in the end\n")


def _tries(one: FailedStage) -> str:
    """Return what the tries before the last one were and took."""
    causes = ", ".join(dict.fromkeys(each.cause for each in one.tries))
    number = len(one.tries)
    return f"{number} {'try' if number == 1 else 'tries'} failed before ({causes}), {seconds(one.retry_s)}"


def _apply(settings: Settings, name: str, last: LastRun, proposals: tuple[Proposal, ...], *, as_json: bool) -> int:
    """Do what may help, and run the stages again; 7 where nothing can be done about one of them."""
    from lanemark.cli import run

    config = read_config(read_disk(settings, name), name)
    todo = [one for one in proposals if one.act]
    for one in proposals:
        if one.stage not in config.stages:
            raise UsageError(f"the record names a stage {one.stage!r} that the configuration does not have", help="run it again")
        say(f"{visible(one.stage)}: {one.cause}, {one.words}")
    if not todo:
        return 7 if proposals else 0
    if any(one.free_disk for one in todo):
        freed = free_disk(settings)
        say(f"made {size(freed.bytes)} free; the largest folders are {visible(', '.join(freed.largest)) or 'small'}")
    for manager in sorted({one.manager for one in todo if one.manager is not None}):
        problem = empty_manager(settings, manager)
        say(f"emptied the cache of {manager}" if not problem else f"could not empty the cache of {manager}: {visible(problem)}")
    jobs = ("--jobs", "1") if any(one.alone for one in todo) else ()
    shown = ("--json",) if as_json else ()
    stages = [one.stage for one in todo]
    # Going on with the run puts back first what its failed stages left half done.
    status = run.command(["--lane", last.lane, "--config", name, *jobs, *shown, "--resume", "--", *stages], settings)
    _carry_over(settings, last, frozenset(stages))
    return status or (7 if len(todo) < len(proposals) else 0)


def _carry_over(settings: Settings, last: LastRun, again: frozenset[str]) -> None:
    """Add what failed and was not run again to the record of the newest run, so that the next `plan` knows of it."""
    path = f"{settings.out}/run.json"
    plain = parse(read_file(path, limit=LIMIT), limit=LIMIT, source=path)
    still = [msgspec.to_builtins(one) for one in last.failures if one.failure is not None and one.stage not in again]
    write_file(path, encode_plain({**plain, "failures": [*plain.get("failures", []), *still]}))

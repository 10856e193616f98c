"""lanemark checkpoint: create, list, show, restore, verify, diff, prune."""

import argparse
from collections.abc import Sequence

from lanemark.cli.amounts import read_amount
from lanemark.cli.checkpoint_view import changes_data, checkpoint_data, checkpoint_line, print_changes, print_checkpoint
from lanemark.cli.console import Parser, print_data, print_text, say
from lanemark.codec import encode_plain
from lanemark.config.read import read_config
from lanemark.config.types import Config
from lanemark.config.unknown import no_stage
from lanemark.errors import UsageError
from lanemark.escape import visible
from lanemark.recover.checkpoint import Checkpoint
from lanemark.recover.policy import Retention, choose_retention, covered_paths, lies_within
from lanemark.recover.rollback import compare_items
from lanemark.settings import Settings
from lanemark.units import size
from lanemark.wiring.checkpoint import Recovery, draft_checkpoint, open_recovery, save_quietly, settle_rollback
from lanemark.wiring.lane import read_disk
from lanemark.wiring.unchanged import keep_unchanged

VERBS = {
    "create": "keep what stands at the outputs and the state of all stages (or of some)",
    "list": "the checkpoints of this checkout",
    "show": "what one has",
    "restore": "put everything back to one, or some paths; all of it or nothing",
    "verify": "whether one is whole, or all of them",
    "diff": "what differs between two, or between one and what stands now",
    "prune": "forget those that are old, too many or too much",
}

MEANT = "an id, the start of one, `last`, or `good` (of the last run that worked)"


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Keep states of a checkout, look at them, and go back to them."""
    options = _parser().parse_args(arguments)
    recovery = open_recovery(settings)
    settle_rollback(recovery, settings, say)
    verb = {
        "create": _create,
        "list": _list,
        "show": _show,
        "restore": _restore,
        "verify": _verify,
        "diff": _diff,
        "prune": _prune,
    }[options.verb]
    return verb(settings, recovery, options)


def _parser() -> Parser:
    parser = Parser(prog="lanemark checkpoint", description="States of what stages write, to look at and to go back to.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, told in VERBS.items():
        one = verbs.add_parser(verb, help=told)
        one.add_argument("--json", action="store_true", help="print JSON")
        if verb in ("create", "restore", "prune"):
            one.add_argument("--config", metavar="F", help="path of the configuration (.github/lanemark.yml)")
        if verb == "create":
            one.add_argument("stages", nargs="*", metavar="STAGE", help="only what these stages write")
        if verb in ("show", "restore"):
            one.add_argument("id", metavar="CHECKPOINT", help=MEANT)
        if verb == "restore":
            one.add_argument("--paths", nargs="+", default=(), metavar="PATH", help="only these; a folder ends with a slash")
            one.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
            one.add_argument("--force", action="store_true", help="also where files were changed by hand; they are kept first")
        if verb == "verify":
            one.add_argument("id", nargs="?", default="", metavar="CHECKPOINT", help=f"{MEANT} (all of them)")
            one.add_argument("--deep", action="store_true", help="read every content")
        if verb == "diff":
            one.add_argument("before", metavar="A", help=MEANT)
            one.add_argument("after", metavar="B", help="another one, or `worktree`")
        if verb == "prune":
            one.add_argument(
                "--keep", type=int, metavar="N", help="keep those of the last N runs; one made by hand counts as a run"
            )
            one.add_argument("--ttl", metavar="TIME", help="keep what was made within this time, such as 7d")
            one.add_argument("--max-size", metavar="SIZE", help="keep at most so much, such as 2GiB")
    return parser


def _create(settings: Settings, recovery: Recovery, options: argparse.Namespace) -> int:
    config = _read(settings, options)
    for name in options.stages:
        if name not in config.stages:
            raise no_stage(name, config)
    paths = covered_paths(config.stages[name] for name in options.stages or config.stages)
    if not paths:
        raise UsageError("the stages declare no outputs and no state, so there is nothing to keep", help="declare outputs")
    before = recovery.keeper.newest()
    taken = recovery.keeper.take(draft_checkpoint(settings), paths, unless=before)
    save_quietly(recovery, say)
    line = checkpoint_line(taken)
    if taken is before:
        say(f"nothing has changed since {taken.id}")
    if options.json:
        print_data({**checkpoint_data(taken), "new": taken is not before})
    else:
        print_text(line)
    if not (options.stages or options.config):
        again = encode_plain({**checkpoint_data(taken), "new": False}).decode("ascii")
        keep_unchanged(settings, recovery, taken, (f"nothing has changed since {taken.id}\n", line, again))
    for path in taken.skipped:
        say(f"note: {visible(path)} is a socket, a pipe or a device and is not kept")
    for note in taken.notes:
        say(f"note: {visible(note)}")
    return 0


def _list(_settings: Settings, recovery: Recovery, options: argparse.Namespace) -> int:
    known = recovery.keeper.all()
    if options.json:
        print_data({"checkpoints": [checkpoint_data(one) for one in known]})
        return 0
    for one in known:
        print_text(checkpoint_line(one))
    if not known:
        print_text("there is none; runs take them, and so does lanemark checkpoint create\n")
    return 0


def _show(_settings: Settings, recovery: Recovery, options: argparse.Namespace) -> int:
    one = recovery.keeper.find(options.id)
    items = {part.path: recovery.keeper.items(part) for part in one.parts}
    if options.json:
        print_data(checkpoint_data(one, items))
    else:
        print_checkpoint(one, items)
    return 0


def _restore(settings: Settings, recovery: Recovery, options: argparse.Namespace) -> int:
    target = recovery.keeper.find(options.id)
    declared = covered_paths(_read(settings, options).stages.values())
    paths = _choose_paths(target, declared, tuple(options.paths))
    prepared = recovery.rollbacks.prepare(target, paths)
    if options.dry_run:
        if options.json:
            print_data({"target": target.id, "changes": changes_data(prepared.changes)})
        else:
            print_changes(prepared.changes)
        return 0
    by_hand = recovery.rollbacks.changed_by_hand(prepared, recovery.journals.last())
    if by_hand and not options.force:
        shown = ", ".join(map(visible, by_hand[:5])) + (f" and {len(by_hand) - 5} more" if len(by_hand) > 5 else "")
        raise UsageError(
            f"changed since the last checkpoint: {shown}",
            help="keep it with `lanemark checkpoint create`, or use --force: it goes into a checkpoint of its own first",
        )
    rolled = recovery.rollbacks.restore(prepared, draft_checkpoint(settings))
    save_quietly(recovery, say)
    if options.json:
        print_data({"target": target.id, "undo": rolled.undo, "bytes": rolled.bytes, "changes": changes_data(rolled.changes)})
    else:
        print_text(f"put back to {target.id}: {len(rolled.changes)} changes, {size(rolled.bytes)} written\n")
        print_text(f"to undo it: lanemark checkpoint restore {rolled.undo}\n")
    return 0


def _choose_paths(target: Checkpoint, declared: tuple[str, ...], asked: tuple[str, ...]) -> tuple[str, ...]:
    """Return the paths to put back: of the checkpoint, and declared now; raise UsageError for others and where none is left."""
    paths = asked or tuple(part.path for part in target.parts)
    found: list[str] = []
    for path in paths:
        if not any(lies_within(path, part.path) for part in target.parts):
            raise UsageError(f"{path[:100]!r} is not part of {target.id}", help=f"lanemark checkpoint show {target.id}")
        if any(lies_within(path, one) for one in declared):
            found.append(path)
        elif asked:
            raise UsageError(
                f"{path[:100]!r} is declared by no stage any more", help="only declared outputs and state are touched"
            )
        else:
            say(f"note: {visible(path)} is declared by no stage any more and stays as it is")
    if not found:
        raise UsageError(f"nothing in {target.id} is declared by a stage now", help="only declared outputs and state are touched")
    return tuple(path for path in found if not any(path != other and lies_within(path, other) for other in found))


def _verify(_settings: Settings, recovery: Recovery, options: argparse.Namespace) -> int:
    """Print what is missing or damaged; 2 where anything is."""
    chosen = (recovery.keeper.find(options.id),) if options.id else recovery.keeper.all()
    faults = {one.id: recovery.keeper.verify(one, deep=options.deep) for one in chosen}
    if options.json:
        print_data({"checkpoints": [{"id": id_, "faults": found} for id_, found in faults.items()]})
    else:
        for id_, found in faults.items():
            print_text(f"{id_}: {'whole' if not found else f'{len(found)} faults'}\n")
            for fault in found[:20]:
                print_text(f"  {visible(fault)}\n")
    return 2 if any(faults.values()) else 0


def _diff(_settings: Settings, recovery: Recovery, options: argparse.Namespace) -> int:
    keeper = recovery.keeper
    before = keeper.find(options.before)
    other = None if options.after == "worktree" else keeper.find(options.after)
    paths = sorted({part.path for one in (before, other) if one for part in one.parts})
    old = [item for part in before.parts for item in keeper.items(part)]
    if other is None:
        new = [item for path in paths for item in keeper.survey(path)[1]]
    else:
        new = [item for part in other.parts for item in keeper.items(part)]
    changes = compare_items(old, new)
    if options.json:
        print_data({"before": before.id, "after": other.id if other else "worktree", "changes": changes_data(changes)})
    else:
        print_changes(changes)
    return 0


def _prune(settings: Settings, recovery: Recovery, options: argparse.Namespace) -> int:
    from lanemark.cache.policy import choose_policy, longest
    from lanemark.wiring.store import forget_here, prune_here

    config = _read(settings, options)
    rules = choose_retention(config.cache)
    if options.keep is not None and options.keep < 0:
        raise UsageError(f"--keep {options.keep} is too few", help="0 forgets all that nothing needs")
    ttl_s, most = read_amount(options.ttl, "seconds", "--ttl", "7d"), read_amount(options.max_size, "bytes", "--max-size", "2GiB")
    asked = Retention(
        keep=rules.keep if options.keep is None else options.keep,
        ttl_s=rules.ttl_s if ttl_s is None else ttl_s,
        max_size_bytes=rules.max_size_bytes if most is None else most,
    )
    gone = forget_here(recovery.keeper, recovery.journals, asked)
    swept = prune_here(
        settings, longest(config.cache), {lane.name: choose_policy(config, lane.name, "") for lane in config.lanes}
    )
    if options.json:
        print_data({"checkpoints": list(gone.checkpoints), "runs": list(gone.runs), "freed": swept.freed, "busy": swept.busy})
    else:
        freed = "the contents go when nobody uses the store" if swept.busy else f"{size(swept.freed)} freed"
        print_text(f"forgot {len(gone.checkpoints)} checkpoints and {len(gone.runs)} runs, {freed}\n")
    return 0


def _read(settings: Settings, options: argparse.Namespace) -> Config:
    name = options.config or settings.config
    return read_config(read_disk(settings, name), name)

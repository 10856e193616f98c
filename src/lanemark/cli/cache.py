"""lanemark cache: stats, why, verify, prune, export, import."""

from collections.abc import Sequence
from dataclasses import asdict

from lanemark.cache.ask import Foreseen
from lanemark.cache.policy import MAX_PACK_BYTES, choose_policy, longest
from lanemark.cli.amounts import read_amount
from lanemark.cli.console import Parser, print_data, print_text, say
from lanemark.cli.here import settle_stages
from lanemark.config.types import CacheRules, Config
from lanemark.errors import DataError, UsageError
from lanemark.escape import visible
from lanemark.settings import Settings
from lanemark.units import seconds, size
from lanemark.wiring.cache import foresee_here
from lanemark.wiring.compiled import read_here
from lanemark.wiring.packs import export_here, import_here, list_lanes, results
from lanemark.wiring.place import store_folder
from lanemark.wiring.store import audit_here, count_here, count_uses_here, prune_here

VERBS = {
    "stats": "what is kept, and how much it takes",
    "why": "why a stage would run now, or that it would be replayed",
    "verify": "read everything that is kept; what is damaged goes into quarantine",
    "prune": "remove what is old, too many or too much",
    "export": "write what the last runs of a lane used to a file",
    "import": "take what such a file holds into the store",
}


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Look at what is kept of stages, or keep it small."""
    parser = Parser(prog="lanemark cache", description="What is kept of stages that worked, so that they need not run again.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, told in VERBS.items():
        one = verbs.add_parser(verb, help=told)
        one.add_argument("--json", action="store_true", help="print JSON")
        if verb in ("why", "prune"):
            one.add_argument("--config", metavar="F", help="path of the configuration (.github/lanemark.yml)")
        if verb == "why":
            one.add_argument("stage", metavar="STAGE", help="a stage of the configuration")
        if verb == "prune":
            one.add_argument("--keep", type=int, metavar="N", help="keep N results of each stage")
            one.add_argument("--ttl", metavar="TIME", help="keep what was used within this time, such as 7d")
            one.add_argument("--max-size", metavar="SIZE", help="keep at most so much, such as 2GiB")
        if verb in ("export", "import"):
            one.add_argument("file", metavar="FILE", help="the pack")
            one.add_argument("--lane", default="", help="the lane (where there is only one, that one)")
        if verb == "export":
            one.add_argument("--max-size", metavar="SIZE", help="leave out what would make it larger (500MB)")
    options = parser.parse_args(arguments)
    if options.verb == "stats":
        return _show_stats(settings, as_json=options.json)
    if options.verb == "verify":
        return _verify(settings, as_json=options.json)
    if options.verb == "export":
        limit = read_amount(options.max_size, "bytes", "--max-size", "500MB")
        return _export(settings, options.file, options.lane, limit, as_json=options.json)
    if options.verb == "import":
        return _import(settings, options.file, options.lane, as_json=options.json)
    name = options.config or settings.config
    config = read_here(settings, name)
    if options.verb == "why":
        return _explain(settings, config, options.stage, as_json=options.json)
    return _prune(settings, config, _asked_rules(options, config.cache), as_json=options.json)


def _show_stats(settings: Settings, *, as_json: bool) -> int:
    """Print what the store holds."""
    found, (hits, misses, saved_s) = count_here(settings), count_uses_here(settings)
    rate = hits / (hits + misses) if hits + misses else None
    if as_json:
        uses = {"hits": hits, "misses": misses, "hit_rate": rate, "saved_s": saved_s}
        print_data({"store": store_folder(settings), **asdict(found), **uses})
        return 0
    print_text(f"{visible(store_folder(settings))}\n")
    print_text(f"{found.entries} results, {found.blobs} contents, {size(found.bytes)}\n")
    if rate is not None:
        # Rounded down: one miss among a thousand is not "100 %".
        print_text(
            f"{hits} hits, {misses} misses: {int(rate * 100)} % of the stages were replayed, which spared {seconds(saved_s)}\n"
        )
    for name, stage in sorted(found.stages.items()):
        print_text(f"  {visible(name)}: {stage.entries} kept, {size(stage.bytes)}, took up to {seconds(stage.wall_s)}\n")
    if found.unnamed:
        print_text(f"{found.unnamed} contents that no result needs; lanemark cache prune removes them\n")
    if found.quarantined:
        print_text(f"{found.quarantined} damaged files in quarantine\n")
    return 0


def _explain(settings: Settings, config: Config, stage: str, *, as_json: bool) -> int:
    """Print why a stage would run now."""
    here = settle_stages(settings, config, (stage,))
    policy = choose_policy(config, config.default.name, settings.occasion)
    foreseen = foresee_here(settings, config.default.name, here.config.stages, here.stages, policy)
    views = [_view_reasons(name, foreseen[name]) for name in here.stages]
    if as_json:
        print_data(views[0] if here.stages == (stage,) else {"stage": stage, "instances": views})
        return 0
    for line in here.unmatched:
        print_text(f"{line}\n")
    words = {"hit": "would be replayed", "miss": "would run", "after": "is decided later", "never": "always runs"}
    for name in here.stages:
        print_text(f"{name} {words[foreseen[name].forecast.state]}\n")
        for text in _reasons(foreseen[name]):
            print_text(f"  {text}\n")
    return 0


def _view_reasons(stage: str, found: Foreseen) -> dict[str, object]:
    """Return the JSON of what would become of a stage."""
    kinds = [{"kind": reason.kind, "what": reason.what} for reason in found.reasons]
    return {"stage": stage, "state": found.forecast.state, "reasons": kinds, "text": _reasons(found)}


def _reasons(found: Foreseen) -> list[str]:
    return [reason.text for reason in found.reasons] or [found.forecast.reason]


def _verify(settings: Settings, *, as_json: bool) -> int:
    """Print everything that is not as it should be; 2 where there is any."""
    found = audit_here(settings)
    if as_json:
        print_data(asdict(found))
    else:
        print_text(f"{found.entries} results and {found.blobs} contents read, {len(found.faults)} faults\n")
        for fault in found.faults:
            print_text(f"  {visible(fault)}\n")
    if found.faults:
        say("what is damaged lies in quarantine now; the stages run again when they are needed")
    return 2 if found.faults else 0


def _prune(settings: Settings, config: Config, rules: CacheRules, *, as_json: bool) -> int:
    """Remove what is beyond the rules."""
    lanes = {lane.name: choose_policy(config, lane.name, "") for lane in config.lanes}
    asked = rules != config.cache
    found = prune_here(settings, longest(rules), {} if asked else lanes)
    if as_json:
        print_data(asdict(found))
    elif found.busy:
        print_text("runs use the store right now, so nothing was removed\n")
    else:
        print_text(f"removed {found.entries} results and {found.blobs} contents, {size(found.freed)}\n")
    return 0


def _export(settings: Settings, file: str, lane: str, limit: float | None, *, as_json: bool) -> int:
    """Write a pack."""
    lanes = list_lanes(settings)
    if not lane and len(lanes) > 1:
        raise UsageError("results of several lanes are kept, and a pack is for one", help=f"add --lane: {', '.join(lanes)}")
    lane = lane or (lanes[0] if lanes else "")
    found = export_here(settings, lane, _absolute(settings, file), limit=limit or MAX_PACK_BYTES)
    for why in found.left_out:
        say(f"warning: left out: {visible(why)}")
    if not found.entries:
        raise DataError("nothing was written, because no result is kept that fits", help="Run the lane first: lanemark run")
    if as_json:
        print_data({"lane": lane, "entries": found.entries, "bytes": found.bytes, "left_out": found.left_out})
    else:
        print_text(f"{results(found.entries)} of the lane {visible(lane)}, {size(found.bytes)}\n")
    return 0


def _import(settings: Settings, file: str, lane: str, *, as_json: bool) -> int:
    """Take in a pack; 2 where something in it was not what it says."""
    found = import_here(settings, _absolute(settings, file), lane=lane)
    if as_json:
        known = {"entries": found.entries, "known": found.known, "contents": found.blobs}
        print_data({"lane": found.lane, **known, "skipped": found.skipped})
    else:
        print_text(f"{results(found.entries)} of the lane {visible(found.lane)} taken in, {found.known} were here already\n")
        for why in found.skipped:
            print_text(f"  left out: {visible(why)}\n")
    return 2 if found.skipped else 0


def _absolute(settings: Settings, file: str) -> str:
    """Return a path of the command line as an absolute one."""
    return file if file.startswith("/") else f"{settings.workspace}/{file}"


def _asked_rules(options: object, rules: CacheRules) -> CacheRules:
    """Return the rules with what was asked for on the command line."""
    given = vars(options)
    keep: int | None = given["keep"]
    if keep is not None and keep < 0:
        raise UsageError(f"--keep {keep} is too few", help="0 removes everything")
    ttl_s = read_amount(given["ttl"], "seconds", "--ttl", "7d")
    most = read_amount(given["max_size"], "bytes", "--max-size", "2GiB")
    return CacheRules(
        max_size_bytes=rules.max_size_bytes if most is None else most,
        keep=rules.keep if keep is None else keep,
        ttl_s=rules.ttl_s if ttl_s is None else ttl_s,
    )

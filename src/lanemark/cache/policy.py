"""What may be replayed and kept, how much and how long."""

from dataclasses import dataclass

from lanemark.config.types import CacheRules, Config

MAX_SIZE_BYTES = 2.0 * 2**30
KEEP = 5
TTL_S = 7 * 86400.0
LIGHT_ENTRY_BYTES = 20.0 * 2**20
MAX_PACK_BYTES = 500e6
LIGHT_PACK_BYTES = 100e6
AUDIT = 20
"""In the heaviest lane one in so many replays is run all the same, to see whether it leaves what it left before."""

NEVER_FOR = {"release": "the event release", "tag": "a tag"}
"""Occasions whose runs neither read nor write the store: what ships was made by the run that ships it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What holds for the stages of one lane.

    `read` replays, `write` keeps. `keep` results of each stage stay, `ttl_s` seconds after their last use, all lanes together at
    most `max_size_bytes`. A result of more than `max_entry_bytes` is not kept. With `read_outputs` outputs that lie there already
    are read to know that they are right; without it their stat is enough where it has not changed. `why_off` says why nothing is
    read and written, `why_unread` why nothing is read. One in `audit` replays is run instead and compared (0: none), in runs of
    GitHub's. A pack takes at most `max_pack_bytes`.
    """

    read: bool = True
    write: bool = True
    max_size_bytes: float = MAX_SIZE_BYTES
    keep: int = KEEP
    ttl_s: float = TTL_S
    max_entry_bytes: float = MAX_SIZE_BYTES
    read_outputs: bool = False
    why_off: str = ""
    why_unread: str = ""
    audit: int = 0
    max_pack_bytes: float = MAX_PACK_BYTES


def choose_policy(config: Config, lane: str, occasion: str, *, off: bool = False, force: bool = False) -> Policy:
    """Return what holds for a run of `lane`: what the file says, else what suits the lane's weight.

    Of several lanes the lightest one keeps small results longer, because they cost little and save whole runs; the heaviest one
    keeps fewer and trusts no stat, because it runs where being right matters most. `occasion` is an event or `tag`. `off` is what
    the person asked for, `force` runs everything and replaces what is kept.
    """
    rules, rank, last = config.cache, [one.name for one in config.lanes].index(lane), len(config.lanes) - 1
    lightest, heaviest = last > 0 and rank == 0, last > 0 and rank == last
    size = rules.max_size_bytes or MAX_SIZE_BYTES
    policy = Policy(
        max_size_bytes=size,
        keep=rules.keep or (4 * KEEP if lightest else 3 if heaviest else KEEP),
        ttl_s=rules.ttl_s or (30 * 86400.0 if lightest else 3 * 86400.0 if heaviest else TTL_S),
        max_entry_bytes=min(size, LIGHT_ENTRY_BYTES) if lightest else size,
        read_outputs=heaviest,
        read=not force,
        audit=AUDIT if heaviest else 0,
        max_pack_bytes=LIGHT_PACK_BYTES if lightest else MAX_PACK_BYTES,
    )
    if off or occasion in NEVER_FOR:
        why = "--no-cache" if off else f"never for {NEVER_FOR[occasion]}"
        return Policy(read=False, write=False, max_size_bytes=size, keep=policy.keep, ttl_s=policy.ttl_s, why_off=why)
    return policy


def longest(rules: CacheRules) -> Policy:
    """Return what holds for the store as a whole, where entries of all lanes lie: nobody's results go too early."""
    return Policy(
        max_size_bytes=MAX_SIZE_BYTES if rules.max_size_bytes is None else rules.max_size_bytes,
        keep=4 * KEEP if rules.keep is None else rules.keep,
        ttl_s=30 * 86400.0 if rules.ttl_s is None else rules.ttl_s,
    )

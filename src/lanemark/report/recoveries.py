"""What checkpoints cost and what trying again gave, in a line."""

from lanemark.result.recoveries import Recoveries
from lanemark.units import seconds, size


def recovery_words(one: Recoveries) -> str:
    """Return `1 of 2 stages that ran again after a failure worked; 3 checkpoints in 5 ms, …`; empty where nothing happened."""
    return "; ".join(part for part in (_tried(one), _kept(one), _put_back(one)) if part)


def _tried(one: Recoveries) -> str:
    if not one.tried:
        return ""
    return f"{one.recovered} of {one.tried} stage{'s' if one.tried != 1 else ''} that ran again after a failure worked"


def _kept(one: Recoveries) -> str:
    if not one.checkpoints:
        return ""
    plural = "s" if one.checkpoints != 1 else ""
    return (
        f"{one.checkpoints} checkpoint{plural} in {seconds(one.create_s)}, {size(one.new_bytes)} new of {size(one.covered_bytes)}"
    )


def _put_back(one: Recoveries) -> str:
    if not one.restores:
        return ""
    times = "once" if one.restores == 1 else f"{one.restores} times"
    checked = f"{seconds(one.verify_s)} of them to check it"
    return f"files put back {times} in {seconds(one.restore_s)}, {checked}, {size(one.restored_bytes)} written"

"""How many stages may run side by side, given how the last runs of the lane went."""

from collections.abc import Sequence

IN_A_ROW = 2
"""So many breaches in a row make a lane run its stages one at a time: one may be bad luck."""


def allowed_jobs(asked: int, breaches: Sequence[bool]) -> tuple[int, str]:
    """Return how many stages may run at a time, at most `asked`, and why fewer than that; the reason is empty where all may.

    `breaches` says of earlier runs, newest first, whether the lane took longer than it may. Where the last two did, stages run
    one at a time, because what runs side by side may be what slows it down. One run within its limits lets them loose again.
    """
    if asked <= 1 or len(breaches) < IN_A_ROW or not all(breaches[:IN_A_ROW]):
        return max(asked, 1), ""
    return 1, (
        f"Stages run one at a time instead of up to {asked} side by side, because the last two runs of this lane took longer than"
        " it may. A run within its limits lets them run side by side again."
    )

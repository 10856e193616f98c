"""What checkpoints cost in one run, and what trying again gave."""

from collections.abc import Iterable

import msgspec

from lanemark.codec import Record
from lanemark.result import Outcome


class Recoveries(Record, frozen=True, kw_only=True):
    """Checkpoints and recoveries of one run: counts, seconds and bytes.

    `checkpoints` were taken in `create_s` over files of `covered_bytes`, of which `new_bytes` had to be stored. `restores` wrote
    `restored_bytes` in `restore_s`, of which `verify_s` was reading what is needed before, and what stands there after.
    `failed` stages failed at least once, `tried` of them ran again, and `recovered` of these worked in the end.
    """

    checkpoints: int = 0
    create_s: float = 0.0
    covered_bytes: int = 0
    new_bytes: int = 0
    restores: int = 0
    restore_s: float = 0.0
    verify_s: float = 0.0
    restored_bytes: int = 0
    failed: int = 0
    tried: int = 0
    recovered: int = 0

    @property
    def dedup(self) -> float | None:
        """The share of the covered bytes that was stored already, None where no byte was covered."""
        return 1.0 - min(self.new_bytes / self.covered_bytes, 1.0) if self.covered_bytes else None

    @property
    def success_rate(self) -> float | None:
        """The share of the stages tried again that worked in the end, None where none was tried again."""
        return self.recovered / self.tried if self.tried else None


def count_recoveries(outcomes: Iterable[Outcome], before: Recoveries | None = None) -> Recoveries:
    """Return `before` with the stages of a run counted: those that failed, ran again, and worked then."""
    listed = list(outcomes)
    return msgspec.structs.replace(
        before or Recoveries(),
        failed=sum(one.state == "failed" or bool(one.tries) for one in listed),
        tried=sum(bool(one.tries) for one in listed),
        recovered=sum(one.recovered for one in listed),
    )


def recoveries_view(recoveries: Recoveries) -> dict[str, object]:
    """Return the figures with the two shares that follow from them, as JSON has them."""
    shares = {"dedup": recoveries.dedup, "success_rate": recoveries.success_rate}
    return {**msgspec.to_builtins(recoveries), **shares}

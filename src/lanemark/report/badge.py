"""The badge: what shields.io's endpoint reads, so that no service of ours is asked for a picture."""

from lanemark.config.types import Kind
from lanemark.coverage.types import Coverage
from lanemark.units import percent

COLOURS = ((90, "brightgreen"), (80, "green"), (70, "yellowgreen"), (60, "yellow"), (50, "orange"), (0, "red"))
"""From how many percent on a badge has which colour."""


def badge_of(coverage: Coverage | None, kind: Kind = "lines", label: str = "coverage") -> dict[str, object]:
    """Return the JSON of a badge; grey and `unknown` where not every report was read, or nothing was measured.

    The share is rounded down, so 99.996 % is no 100 %.
    """
    count = coverage.counts.of(kind) if coverage is not None and coverage.whole else None
    if count is None or not 0 <= count.covered <= count.total or count.total == 0:
        return {"schemaVersion": 1, "label": label, "message": "unknown", "color": "lightgrey"}
    colour = next(name for least, name in COLOURS if 100 * count.covered >= least * count.total)
    return {"schemaVersion": 1, "label": label, "message": percent(count.covered, count.total), "color": colour}

"""A run asks many gates at once; what turns it red must stand although so many were asked."""

from collections.abc import Sequence

from lanemark.judge.bands import Finding
from lanemark.judge.types import Verdict
from lanemark.stats.family import holm

FAMILY = 0.05
"""The chance that any gate of a run fails by luck alone, before the second batch is asked."""


def doubt_family(findings: Sequence[Finding], chances: Sequence[float | None]) -> list[Finding]:
    """Return the findings, a fail turned into a warn where its chance does not stand among all the gates of the run.

    `chances` are the one-sided p-values of head being no larger than base; Holm (1979) adjusts them together. None is for gates
    that were not sampled in enough pairs, memory for example, and for artifact baselines: they stand as they are and are no part
    of the family.
    """
    known = [chance for chance in chances if chance is not None]
    adjusted = iter(holm(known))
    return [
        _read_again(finding, None if chance is None else next(adjusted), len(known))
        for finding, chance in zip(findings, chances, strict=True)
    ]


def _read_again(finding: Finding, together: float | None, asked: int) -> Finding:
    """Return the finding as it stands among all `asked`; `together` is its adjusted p-value."""
    if finding.verdict is not Verdict.FAIL or together is None or together <= FAMILY:
        return finding
    reason = f"{finding.reason}, but among {asked} gates one such is not unlikely by luck ({together:.2g})"
    return Finding(Verdict.WARN, reason, (*finding.tags, "one-of-many"))

"""What the measuring loop asks at every look: which stages are still open, and which look bad enough for a second batch?"""

from collections.abc import Iterator, Mapping, Sequence

from lanemark.compare.paired import ACCOUNT, compare_samples
from lanemark.compare.types import Difference
from lanemark.config.types import Band, Lane, Stage
from lanemark.judge.bands import bands_of, weigh_effect
from lanemark.judge.types import Verdict
from lanemark.result import Sample


def undecided(
    base_samples: Sequence[Sample], head_samples: Sequence[Sample], lane: Lane, stages: Mapping[str, Stage]
) -> frozenset[str]:
    """Return the stages that more timing pairs could still decide: one of their gates on a timing metric is unknown.

    Gates on memory and I/O are left out, because their pairs come from another pass. `stages` is the policy's; stages it does
    not measure, and stages without a pair, are not among the answers.
    """
    return frozenset(
        difference.stage
        for difference, band in _judged(base_samples, head_samples, lane, stages)
        if ACCOUNT[band.metric] == "time" and weigh_effect(difference, band, confirm=False).verdict is Verdict.UNKNOWN
    )


def suspects(
    base_samples: Sequence[Sample], head_samples: Sequence[Sample], lane: Lane, stages: Mapping[str, Stage]
) -> frozenset[str]:
    """Return the stages with a gate that would fail, and so need a second batch: of both passes, as any gate may be the cause."""
    return frozenset(
        difference.stage
        for difference, band in _judged(base_samples, head_samples, lane, stages)
        if weigh_effect(difference, band, confirm=False).verdict is Verdict.FAIL
    )


def _judged(
    base_samples: Sequence[Sample], head_samples: Sequence[Sample], lane: Lane, stages: Mapping[str, Stage]
) -> Iterator[tuple[Difference, Band]]:
    """Yield every difference that a band judges, with its band."""
    differences = [one for one in compare_samples(base_samples, head_samples) if one.temperature == "warm"]
    primaries = {difference.stage: difference.metric for difference in differences if difference.primary}
    for difference in differences:
        stage = stages.get(difference.stage)
        if stage is not None and stage.measure is None:
            continue
        for band in bands_of(lane, difference.stage, primaries.get(difference.stage, "wall")):
            if band.metric == difference.metric:
                yield difference, band

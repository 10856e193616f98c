"""Put one side back to where a stage's first run started, so that every further run does the whole work."""

from lanemark.config.types import Stage
from lanemark.measure.experiment import Experiment
from lanemark.run.types import Workspace


def reset_stage(experiment: Experiment, place: Workspace, stage: Stage) -> None:
    """Put outputs back to what they were before the first run and those of its needs to what they were after theirs.

    Without this an incremental build's second run has nothing to do and measures nothing.
    """
    trees = experiment.tools.trees
    needs = _all_needs(place, stage)
    for step in place.plan.steps:  # in their order: what one made another may have changed in place
        if step.stage in needs:
            trees.put(place.root, place.stages[step.stage].writes, experiment.after[place.side, step.stage])
    trees.put(place.root, stage.writes, experiment.before[place.side, stage.name])


def _all_needs(place: Workspace, stage: Stage) -> frozenset[str]:
    """Return everything a stage needs, directly or through others."""
    found: set[str] = set()
    queue = list(stage.needs)
    while queue:
        need = queue.pop()
        if need in place.stages and need not in found:
            found.add(need)
            queue += place.stages[need].needs
    return frozenset(found)

"""Put one side back to where a stage's first run started, so that every further run does the whole work."""

from lanemark.config.types import Stage
from lanemark.measure.experiment import Experiment
from lanemark.run.types import Workspace


def reset_stage(experiment: Experiment, place: Workspace, stage: Stage) -> None:
    """Put outputs back to what they were before the first run and those of its needs to what they were after theirs.

    Without this an incremental build's second run has nothing to do and measures nothing.
    """
    trees = experiment.tools.trees
    for need in _all_needs(place, stage):
        trees.put(place.root, place.stages[need].outputs, experiment.after[place.side, need])
    trees.put(place.root, stage.outputs, experiment.before[place.side, stage.name])


def _all_needs(place: Workspace, stage: Stage) -> tuple[str, ...]:
    """Return everything a stage needs, directly or through others."""
    found: dict[str, None] = {}
    queue = list(stage.needs)
    while queue:
        need = queue.pop()
        if need in place.stages and need not in found:
            found[need] = None
            queue += place.stages[need].needs
    return tuple(found)

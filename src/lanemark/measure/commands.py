"""Two commands against each other, without a repository: one stage, two definitions, the same folder."""

from lanemark.config.types import MeasureRules, Stage
from lanemark.measure.experiment import Ask, Experiment
from lanemark.measure.pairs import measure_stages
from lanemark.measure.prepare import prepare_sides
from lanemark.plan import Plan, Step
from lanemark.result import Side
from lanemark.run.types import Tools, Workspace

STAGE = "command"


def measure_commands(
    base_command: str, head_command: str, *, folder: str, logs: str, tools: Tools, rules: MeasureRules, seed: str, undecided: Ask
) -> Experiment:
    """Measure two shell commands in pairs in `folder`; the caller looks at `done` and `samples`."""

    def place(side: Side, run: str) -> Workspace:
        stage = Stage(name=STAGE, line=0, run=run, measure=rules)
        plan = Plan(lane="compare", steps=(Step(stage=STAGE),))
        return Workspace(side=side, root=folder, stages={STAGE: stage}, plan=plan, logs=f"{logs}-{side}")

    experiment = Experiment(
        base=place("base", base_command), head=place("head", head_command), tools=tools, rules=rules, seed=seed
    )
    prepare_sides(experiment)
    measure_stages(experiment, undecided, lambda _base, _head: frozenset(), memory_wanted=frozenset())
    return experiment

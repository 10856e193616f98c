"""A stage that there is not: what was most likely meant, and never a screen full of names."""

import pytest

from lanemark.config.read import read_config
from lanemark.config.unknown import no_stage

FEW = read_config(
    "version: 1\nlanes: {quick: {default: true, stages: [lint]}}\nstages: {lint: {run: a}, unit: {run: b}}\n", "f.yml"
)


@pytest.mark.parametrize(
    ("name", "help_text"),
    [("lintt", "did you mean 'lint'?"), ("quick", "'quick' is a lane: --lane quick"), ("x", "the stages are lint, unit")],
)
def test_the_help_names_what_was_most_likely_meant(name, help_text):
    said = no_stage(name, FEW)
    assert str(said) == f"there is no stage {name!r}"
    assert said.help == help_text


def test_of_many_stages_a_few_are_named():
    names = [f"s{number}" for number in range(400)]
    stages = ", ".join(f"{name}: {{run: a}}" for name in names)
    config = read_config(
        f"version: 1\nlanes: {{all: {{default: true, stages: [{', '.join(names)}]}}}}\nstages: {{{stages}}}\n", "f.yml"
    )
    assert no_stage("other", config).help == f"the stages are {', '.join(names[:20])} and 380 more"

"""A stage that reads what another one writes without needing it."""

import pytest

from lanemark.config.doubts import find_doubts
from lanemark.config.read import read_config


def doubts(inputs, outputs, *, needs="[]", more=""):
    text = (
        f"version: 1\nstages:\n  gen: {{run: x, outputs: [{outputs}]}}\n  mid: {{run: x, needs: [gen]}}\n"
        f"  app: {{run: x, inputs: [{inputs}], needs: {needs}}}\n{more}lanes: {{l: {{stages: [app]}}}}\n"
    )
    return find_doubts(read_config(text, "f"))


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ('"src/**"', "src/gen.py"),
        ('"*.py"', "src/gen.py"),
        ("src/", "src/made/"),
        ("dist/a.js", "dist/"),
        ('"dist/*.js"', "dist/"),
    ],
)
def test_reading_what_another_stage_writes_is_said_with_its_line(inputs, outputs):
    (said,) = doubts(inputs, outputs)
    assert said.startswith(f"line 5: app reads {outputs}, which gen writes, and does not need it; add needs: [gen]")


@pytest.mark.parametrize(
    ("inputs", "outputs", "needs"),
    [
        ('"src/**"', "src/gen.py", "[gen]"),
        ('"src/**"', "src/gen.py", "[mid]"),
        ('"src/**", "!src/gen.py"', "src/gen.py", "[]"),
        ('"src/**", "!src/made/"', "src/made/", "[]"),
        ('"src/**"', "dist/", "[]"),
        ('"src/*.c"', "src/made.py", "[]"),
    ],
)
def test_nothing_is_said_where_it_is_needed_or_not_read(inputs, outputs, needs):
    assert doubts(inputs, outputs, needs=needs) == []


def test_instances_are_looked_at_as_they_are_declared():
    text = (
        "version: 1\nstages:\n  a: {run: x, each: p/*/, outputs: ['{each}/out/']}\n"
        "  b: {run: x, each: p/*/, inputs: ['{each}/**'], needs: NEEDS}\nlanes: {l: {stages: [b]}}\n"
    )
    assert len(find_doubts(read_config(text.replace("NEEDS", "[]"), "f"))) == 1
    assert find_doubts(read_config(text.replace("NEEDS", "[a]"), "f")) == []


def test_flood_of_doubts_is_cut():
    stages = "".join(f"  s{number}: {{run: x, inputs: ['**'], outputs: [o{number}]}}\n" for number in range(40))
    assert len(find_doubts(read_config(f"version: 1\nstages:\n{stages}lanes: {{l: {{stages: [s1]}}}}\n", "f"))) == 20

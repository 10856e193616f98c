"""The table of attacks in docs/security.md: all 26, and every test it names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "security.md").read_text().partition("## Attack by attack")[2]
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in TABLE.splitlines() if re.match(r"\| \d+ \|", line)]


def test_every_attack_has_its_row_in_order():
    assert [row[0].strip("| ") for row in ROWS] == [str(number) for number in range(1, 27)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip("| "))
def test_the_tests_of_a_row_are_there(row):
    _, attack, defence, tests = row
    assert len(attack) > 10
    assert len(defence) > 10
    named = re.findall(r"`([^`]+)`", tests)
    assert named
    for name in named:
        path, _, function = name.partition("::")
        text = (ROOT / path).read_text()
        assert re.search(rf"^def {function}\(", text, re.MULTILINE), name

import re
from pathlib import Path

import pytest

from lanemark import REPOSITORY
from lanemark.config.document import MAX_ALIASES, MAX_BYTES, MAX_DEPTH, MAX_NODES
from lanemark.config.gates import FLOORS, NEEDED, STATISTICS
from lanemark.config.keys import KEYS
from lanemark.config.read import read_config
from lanemark.errors import ConfigError
from lanemark.metric import METRICS
from lanemark.units import UNITS

PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text("utf-8")
FILES = [block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if block.startswith("version: 1")]


@pytest.mark.parametrize("text", FILES)
def test_example_is_valid(text):
    assert read_config(text, "f").stages


def test_smallest_file_has_five_lines():
    assert len(FILES) == 4
    assert len(FILES[0].splitlines()) == 5


def test_every_key_metric_statistic_and_unit_is_on_the_page():
    words = set(re.findall(r"[a-z_0-9A-Z%]+", " ".join(re.findall(r"`[^`\n]+`", PAGE))))
    assert {key for keys in KEYS.values() for key in keys} <= words
    assert set(METRICS) | set(STATISTICS) | {unit for units in UNITS.values() for unit in units} <= words


def test_numbers_of_the_page_are_the_programs():
    assert f"{MAX_BYTES >> 10} KiB, {MAX_DEPTH} levels, {MAX_ALIASES} aliases and {MAX_NODES:,} values" in PAGE
    assert f"`p90` needs {NEEDED['p90']} samples, `p95` {NEEDED['p95']}, `p99` {NEEDED['p99']}" in PAGE
    shown = ((f"{FLOORS['cpu'] * 1000:g} ms", "cpu"), (f"{FLOORS['wall'] * 1000:g} ms", "wall"))
    assert all(
        f"{least} for `{metric}`" in PAGE for least, metric in (*shown, (f"{FLOORS['rss_peak'] / 2**20:g} MiB", "rss_peak"))
    )
    assert f"raw.githubusercontent.com/{REPOSITORY}/" in PAGE


def test_shown_mistake_is_what_is_said():
    shown = re.search(r"```text\n(\.github/lanemark.yml:8.*?)\n```", PAGE, re.DOTALL)[1]
    text = "# limits\n" + FILES[0].replace(
        "{default: true, stages: [test]}", "\n    default: true\n    timeout: soon\n    stages: [test]"
    )
    with pytest.raises(ConfigError) as caught:
        read_config(text, ".github/lanemark.yml")
    assert caught.value.problems[0].text() == shown

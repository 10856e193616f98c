"""What a step hands on cannot become another output, and a summary never grows beyond what GitHub takes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.cli.workflow import write_outputs, write_summary
from lanemark.errors import DataError
from lanemark.settings import read_settings


def settings_with(folder):
    return read_settings(
        {"GITHUB_OUTPUT": str(folder / "output"), "GITHUB_STEP_SUMMARY": str(folder / "summary")}, folder=str(folder)
    )


def read_outputs(text):
    """Read the file as the runner does: `name<<FENCE`, lines, FENCE, or `name=value`."""
    found, lines = {}, iter(text.split("\n"))
    for line in lines:
        if "<<" in line and ("=" not in line or line.index("<<") < line.index("=")):
            name, _, fence = line.partition("<<")
            found[name] = "\n".join(iter(lambda end=fence: next(lines), fence))
        elif "=" in line:
            name, _, found[name] = line.partition("=")
    return found


VALUES = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=60)


@given(st.one_of(VALUES, st.sampled_from(["docs\nverdict=pass", "x\nlanemark_00\nverdict<<E\npass\nE", "EOF\nverdict=pass"])))
def test_a_value_stays_one_output(tmp_path_factory, value):
    folder = tmp_path_factory.mktemp("o")
    write_outputs(settings_with(folder), {"lane": value, "verdict": "fail"})
    assert read_outputs((folder / "output").read_bytes().decode()) == {"lane": value, "verdict": "fail"}


def test_the_fence_is_another_one_each_time(tmp_path):
    for _ in range(2):
        write_outputs(settings_with(tmp_path), {"lane": "docs"})
    fences = re.findall(r"^lane<<(lanemark_[0-9a-f]{32})$", (tmp_path / "output").read_text(), re.MULTILINE)
    assert len(set(fences)) == 2


def test_a_carriage_return_is_refused(tmp_path):
    with pytest.raises(DataError, match="carriage return"):
        write_outputs(settings_with(tmp_path), {"lane": "docs\rverdict=pass"})
    assert not (tmp_path / "output").exists()


def test_a_summary_beyond_the_limit_is_not_written_because_github_would_drop_all_of_it(tmp_path):
    write_summary(settings_with(tmp_path), "ä" * 600_000)
    assert (tmp_path / "summary").read_text() == "The summary was too long.\n"

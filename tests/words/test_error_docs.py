import runpy
from pathlib import Path

import pytest

from lanemark.errors import EXPLANATIONS

DOCS = Path(__file__).parents[2] / "docs"
MADE = runpy.run_path(str(DOCS / "make_docs.py"))


@pytest.mark.parametrize(("page", "maker"), [("errors.md", "errors_page"), ("exit-status.md", "exit_page")])
def test_page_is_what_the_program_says(page, maker):
    assert (DOCS / page).read_text("utf-8") == MADE[maker]()


def test_every_code_has_a_heading():
    page = (DOCS / "errors.md").read_text("utf-8")
    assert [line.split(":")[0] for line in page.splitlines() if line.startswith("### ")] == [
        f"### {code}" for code in EXPLANATIONS
    ]

import re
from pathlib import Path

import pytest

from lanemark import errors
from lanemark.errors import EXIT, EXPLANATIONS, ConfigError, LanemarkError, Problem, UsageError, explain

SRC = Path(errors.__file__).parent


def classes(kind=LanemarkError):
    yield kind
    for below in kind.__subclasses__():
        yield from classes(below)


def codes_in_source():
    """Codes that are raised: those of the classes, and those that modules other than the table write."""
    found = {kind.code for kind in classes() if kind.__module__ == errors.__name__}
    for path in SRC.rglob("*.py"):
        if path.name != "errors.py":
            found |= set(re.findall(r'"(LG[0-9]{3})"', path.read_text("utf-8")))
    return found


def test_every_code_that_is_raised_is_explained_and_no_other():
    assert codes_in_source() == set(EXPLANATIONS)


def test_explanations_are_whole_sentences_in_order():
    assert list(EXPLANATIONS) == sorted(EXPLANATIONS)
    for code, found in EXPLANATIONS.items():
        assert re.fullmatch(r"LG[0-9]{3}", code)
        assert found.title
        assert not found.title.endswith(".")
        assert found.meaning.endswith(".")
        assert found.remedy.endswith(".")


def test_every_error_class_has_an_exit_status_of_the_table():
    assert {kind.exit_status for kind in classes()} <= set(EXIT)
    assert ConfigError.exit_status == 8


def test_explain_takes_any_case_and_tells_what_to_do():
    assert explain(" lg112 ") == (
        "LG112: a value without its unit\n\n"
        "A bare number can be read in several ways, so it is not read at all.\n\n"
        "What to do: Write the unit: `500ms`, `90s`, `1.5GiB`, `5%`, `0.5pp`.\n"
    )


@pytest.mark.parametrize(
    ("code", "hint"), [("LG11", "did you mean"), ("E501", "docs/errors.md"), ("\x1b[31m" * 100, "docs/errors.md")]
)
def test_unknown_code_is_a_usage_error_with_a_hint(code, hint):
    with pytest.raises(UsageError) as caught:
        explain(code)
    assert hint in caught.value.help
    assert "\x1b" not in caught.value.message
    assert len(caught.value.message) < 120


def test_problem_reads_like_a_compilers():
    problem = Problem(
        code="LG112",
        path="f.yml",
        line=12,
        column=4,
        width=3,
        message='"500" has no unit',
        snippet="a: 500",
        help="write 500ms",
        notes=("one", "two"),
    )
    assert problem.text() == (
        'f.yml:12:4: error LG112: "500" has no unit\n   |\n12 | a: 500\n   |    ^^^\n   = note: one\n   = note: two\n   = help: write 500ms'
    )


def test_problem_without_snippet_is_still_placed():
    problem = Problem(code="LG101", path="f.yml", line=1, column=1, width=1, message="too long", help="shorten it")
    assert problem.text() == "f.yml:1:1: error LG101: too long\n = help: shorten it"


def test_config_error_counts_its_problems():
    problem = Problem(code="LG101", path="f.yml", line=1, column=1, width=1, message="too long")
    assert ConfigError((problem,)).message == "1 error in the configuration"
    assert ConfigError((problem, problem)).message == "2 errors in the configuration"

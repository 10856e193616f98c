import pytest

from bench import make_stage, make_tools
from lanemark.cache.identity import digest_fields, forecast_stages


def identity_of(tmp_path, root, name="unit", tools="linux", **changes):
    stage = make_stage(name, changes.pop("run", "make"), **{"inputs": ("src/**",), **changes})
    stages = {name: stage, "build": make_stage("build", "b", inputs=("src/**",))}
    order = (*stage.needs, name)
    return forecast_stages(order, stages, str(root), trees=make_tools(tmp_path).trees, tools=tools)[name].identity


@pytest.fixture
def root(tmp_path):
    (tmp_path / "w" / "src").mkdir(parents=True)
    (tmp_path / "w" / "src" / "a.py").write_text("a = 1\n")
    return tmp_path / "w"


def test_two_equal_sides_at_two_places_are_equal(tmp_path, root):
    (tmp_path / "v" / "src").mkdir(parents=True)
    (tmp_path / "v" / "src" / "a.py").write_text("a = 1\n")
    assert identity_of(tmp_path, root) == identity_of(tmp_path, tmp_path / "v") is not None


@pytest.mark.parametrize(
    "change",
    [
        {"run": "make all"},
        {"env": {"A": "1"}},
        {"outputs": ("out/",)},
        {"needs": ("build",)},
        {"tools": "macos"},
        {"name": "test"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_can_make_a_difference_changes_the_identity(tmp_path, root, change):
    assert identity_of(tmp_path, root, **change) != identity_of(tmp_path, root)


def test_an_edited_a_new_and_a_renamed_input_change_it(tmp_path, root):
    first = identity_of(tmp_path, root)
    (root / "src" / "a.py").write_text("a = 2\n")
    edited = identity_of(tmp_path, root)
    (root / "src" / "b.py").write_text("")
    more = identity_of(tmp_path, root)
    (root / "src" / "b.py").rename(root / "src" / "c.py")
    assert len({first, edited, more, identity_of(tmp_path, root)}) == 4


def test_a_file_outside_the_inputs_does_not(tmp_path, root):
    first = identity_of(tmp_path, root)
    (root / "notes.txt").write_text("x")
    assert identity_of(tmp_path, root) == first


def test_without_inputs_a_stage_and_all_behind_it_are_untracked(tmp_path, root):
    stages = {"build": make_stage("build", "b"), "unit": make_stage("unit", "u", needs=("build",), inputs=("src/**",))}
    found = forecast_stages(("build", "unit"), stages, str(root), trees=make_tools(tmp_path).trees, tools="x")
    assert found["build"].identity is None
    assert found["unit"].identity is None
    assert "build" in found["unit"].reason


def test_moving_a_character_between_fields_is_a_difference():
    assert digest_fields(["ab", "c"]) != digest_fields(["a", "bc"])

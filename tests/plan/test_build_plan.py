from hypothesis import given
from hypothesis import strategies as st

from bench import make_stage
from lanemark.plan.build import build_plan, stage_order


def test_what_a_stage_needs_comes_before_it():
    stages = {"unit": make_stage("unit", "x", needs=("build",)), "build": make_stage("build", "x")}
    assert stage_order(["unit"], stages) == ("build", "unit")


def test_independent_stages_keep_the_order_asked_for():
    stages = {name: make_stage(name, "x") for name in "cab"}
    assert stage_order(["b", "c", "a"], stages) == ("b", "c", "a")


def test_a_stage_this_side_does_not_have_is_left_out():
    assert stage_order(["unit", "gone"], {"unit": make_stage("unit", "x")}) == ("unit",)


def test_the_plan_names_needs_and_estimates():
    stages = {"unit": make_stage("unit", "x", needs=("build",)), "build": make_stage("build", "x")}
    plan = build_plan("standard", ["unit"], stages, durations_s={"unit": 2.0})
    assert [(step.stage, step.needs, step.estimate_s) for step in plan.steps] == [("build", (), None), ("unit", ("build",), 2.0)]


@given(st.lists(st.integers(0, 11), unique=True, min_size=1), st.data())
def test_any_acyclic_graph_is_ordered_once_with_needs_first(numbers, data):
    stages = {}
    for place, number in enumerate(numbers):
        needs = data.draw(st.sets(st.sampled_from(numbers[:place]))) if place else set()
        stages[f"s{number}"] = make_stage(f"s{number}", "x", needs=tuple(f"s{need}" for need in sorted(needs)))
    order = stage_order(reversed(list(stages)), stages)
    assert sorted(order) == sorted(stages)
    for name in order:
        assert all(order.index(need) < order.index(name) for need in stages[name].needs)

from pathlib import Path

import pytest

from lanemark.config.read import SMALLEST, read_config
from lanemark.config.types import (
    EVENTS,
    Band,
    Budget,
    CacheRules,
    CheckRules,
    Floor,
    LaneFloors,
    MeasureRules,
    MetricFile,
    Mode,
    Only,
    Protected,
    PublishRules,
    ReportRules,
    Rule,
    When,
)
from lanemark.errors import ConfigError
from lanemark.event import READERS

FULL = (Path(__file__).parent / "full.yml").read_text("utf-8")
STAGE = "version: 1\nstages: {test: {run: pytest -q}}\n"
LANE = "lanes: {standard: {stages: [test]}}\n"


def read(text):
    return read_config(text, ".github/lanemark.yml")


def test_smallest_file_has_every_default():
    config = read("version: 1\nstages:\n  test: {run: pytest -q}\nlanes:\n  standard: {default: true, stages: [test]}\n")
    assert config.mode is None
    assert config.on_unknown == "warn"
    assert config.measure == MeasureRules(baseline="paired", max_time_s=600.0, min_pairs=10, max_pairs=80, warmup=1)
    assert config.protected == Protected(rules=(Rule(pattern=".github/**", line=0),), floor=None)
    assert config.publish == PublishRules(comment="changes", check_runs=True, html=True)
    assert config.coverage.reports == ()
    stage = config.stages["test"]
    assert (stage.run, stage.line, stage.needs, stage.inputs, stage.outputs, stage.env, stage.timeout_s) == (
        "pytest -q",
        3,
        (),
        (),
        (),
        {},
        None,
    )
    assert stage.measure == config.measure
    assert config.default is config.heaviest
    assert config.lane("standard").stages == ("test",)
    assert config.lane("standard").line == 5


def test_smallest_file_of_the_message_for_an_empty_file_is_valid():
    assert read(f"{{{SMALLEST}}}") == read_config(f"{{{SMALLEST}}}", ".github/lanemark.yml")


def test_full_file_is_read_as_it_stands():
    config = read(FULL)
    assert config.mode is Mode.ENFORCE
    assert [lane.name for lane in config.lanes] == ["docs", "standard", "heavy"]
    docs, standard, heavy = config.lanes
    assert docs.rules == tuple(Rule(pattern=text, line=6) for text in ("docs/**", "*.md", "!docs/conf.py"))
    assert standard.default
    assert not heavy.default
    assert standard.timeout_s == 1800.0
    assert standard.budgets == (
        Budget(stage="total", metric="wall", statistic="median", warn=360.0, fail=480.0),
        Budget(stage="unit", metric="rss_peak", statistic="max", fail=1.5 * 2**30),
    )
    assert standard.bands == (
        Band(stage="default", metric="cpu", warn=0.03, fail=0.1, floor=0.005),
        Band(stage="unit", metric="wall", warn=0.06, fail=0.07, floor=0.010),
    )
    assert config.protected.floor == "heavy"
    assert config.stages["install"].measure is None
    unit = config.stages["unit"]
    assert unit.measure == MeasureRules(max_time_s=120.0, cold=True)
    assert unit.env == {"PYTHONHASHSEED": "0"}
    assert unit.outputs == ("coverage.xml", "junit.xml")
    assert unit.checks == CheckRules(deterministic=3, memory_stable=20)
    assert config.stages["install"].checks == CheckRules()
    assert unit.inputs == ("src/**", "tests/**")
    assert unit.help == "Reproduce with `lanemark gate --stage unit`."
    assert config.stages["links"].metrics == (
        MetricFile(file="links.json", line=27),
        MetricFile(file="out/bench.json", line=27, format="hyperfine"),
    )
    assert standard.on_failure == "after-level"
    assert heavy.on_failure == "continue"
    assert config.stages["integration"].only == Only(lanes=("heavy",), events=("merge_group", "schedule"))
    package, schemas = config.stages["package"], config.stages["schemas"]
    assert (package.each, schemas.each) == (("packages/*/", "!packages/old/"), ("schemas/**/*.json",))
    assert package.tools == {"node": "node --version", "python": "python --version"}
    assert schemas.tools == {"jq": "jq --version"}
    assert unit.tools == {}
    assert config.stages["install"].relocatable
    assert not unit.relocatable
    assert config.cache == CacheRules(max_size_bytes=2 * 2**30, keep=5, ttl_s=7 * 86400)
    coverage = config.coverage
    assert coverage.reports == (
        ReportRules(path="coverage.xml", line=53),
        ReportRules(path="web/c.xml", line=53, format="cobertura", flag="web", expect=2),
    )
    assert coverage.project == (Floor(kind="lines", fail="80%", max_drop=0.005), Floor(kind="branches", fail="70%"))
    assert coverage.patch == (Floor(kind="lines", warn="90%", fail="80%", ignore_below=5),)
    assert coverage.flags == {"web": (Floor(kind="branches", fail="80%"),)}
    assert coverage.files == (Floor(kind="lines", fail="50%"), Floor(kind="branches", warn="70%", fail="60%"))
    assert heavy.coverage == LaneFloors(
        project=(),
        patch=(Floor(kind="lines", fail="90%"),),
        files=(Floor(kind="lines", warn="60%"),),
        flags={"web": (Floor(kind="lines", fail="70%"),)},
    )
    assert standard.coverage == LaneFloors()
    assert config.tests.reports == (Rule(pattern="junit.xml", line=59), Rule(pattern="reports/**/*.xml", line=59))
    assert config.publish.comment == "off"


def test_lines_point_at_lanes_stages_rules_and_reports():
    config = read(FULL)
    lines = FULL.split("\n")
    for lane in config.lanes:
        assert lines[lane.line - 1].startswith(f"  {lane.name}:")
        assert all(rule.pattern in lines[rule.line - 1] for rule in lane.rules)
    for stage in config.stages.values():
        assert lines[stage.line - 1].startswith(f"  {stage.name}:")
    for report in config.coverage.reports:
        assert report.path in lines[report.line - 1]


def test_only_lane_is_the_default_without_saying_so():
    assert read(STAGE + LANE).default.name == "standard"


def test_lane_without_stages_says_so():
    assert read(STAGE + "lanes: {docs: {stages: []}}\n").lanes[0].stages == ()
    with pytest.raises(ConfigError) as caught:
        read(STAGE + "lanes: {docs: {}}\n")
    assert [problem.code for problem in caught.value.problems] == ["LG106"]


@pytest.mark.parametrize(
    ("written", "rules"),
    [
        ("true", MeasureRules(warmup=3, baseline="artifact")),
        ("false", None),
        ("{}", MeasureRules(warmup=3, baseline="artifact")),
        ("{max_time: 2m, warmup: 0}", MeasureRules(warmup=0, baseline="artifact", max_time_s=120.0)),
        ("{baseline: none}", MeasureRules(warmup=3, baseline="none")),
        ("{pairs: {max: 5}}", MeasureRules(warmup=3, baseline="artifact", min_pairs=5, max_pairs=5)),
        ("{pairs: {min: 100}}", MeasureRules(warmup=3, baseline="artifact", min_pairs=100, max_pairs=100)),
    ],
)
def test_stage_overrides_the_measure_block(written, rules):
    text = f"version: 1\nmeasure: {{warmup: 3, baseline: artifact}}\nstages: {{test: {{run: x, measure: {written}}}}}\n{LANE}"
    assert read(text).stages["test"].measure == rules


def test_a_stage_weighs_one_place_unless_it_says_more():
    stages = read("version: 1\nstages: {a: {run: x}, b: {run: x, jobs: 4}}\nlanes: {l: {default: true, stages: [a, b]}}\n").stages
    assert (stages["a"].jobs, stages["b"].jobs) == (1, 4)


def test_no_baseline_still_has_rules():
    assert read(STAGE + LANE + "measure: {baseline: none}\n").stages["test"].measure == MeasureRules(baseline="none")


def test_gates_reach_stages_that_the_lane_needs():
    text = "version: 1\nstages: {a: {run: x}, b: {run: x, needs: [a]}}\nlanes: {l: {stages: [b], budgets: {a.wall.max: 5s}, regression: {a.cpu: 5%}}}\n"
    lane = read(text).lanes[0]
    assert lane.budgets[0].stage == "a"
    assert lane.bands == (Band(stage="a", metric="cpu", fail=0.05, floor=0.005),)


def test_budget_of_an_unmeasured_stage_needs_one_sample_only():
    text = "version: 1\nstages: {a: {run: x, measure: false}}\nlanes: {l: {stages: [a], budgets: {a.wall.max: 5s, total.cpu.median: 6s}}}\n"
    assert [budget.fail for budget in read(text).lanes[0].budgets] == [5.0, 6.0]


@pytest.mark.parametrize(
    ("statistic", "most", "accepted"),
    [("p90", 29, False), ("p90", 30, True), ("p95", 59, False), ("p95", 60, True), ("p99", 299, False), ("p99", 300, True)],
)
def test_quantile_needs_its_samples(statistic, most, accepted):
    text = f"version: 1\nmeasure: {{pairs: {{max: {most}}}}}\nstages: {{a: {{run: x}}}}\nlanes: {{l: {{stages: [a], budgets: {{a.wall.{statistic}: 5s}}}}}}\n"
    if accepted:
        assert read(text).lanes[0].budgets[0].statistic == statistic
    else:
        with pytest.raises(ConfigError) as caught:
            read(text)
        assert [problem.code for problem in caught.value.problems] == ["LG157"]


def test_limits_may_be_equal():
    text = (
        STAGE
        + "lanes: {l: {stages: [test], regression: {test.wall: {warn: 5%, fail: 5%}}}}\ncoverage: {reports: [c.xml], project: {lines: {warn: 80%, fail: 80%}}}\n"
    )
    assert read(text).coverage.project[0].warn == "80%"


@pytest.mark.parametrize("word", ["always", "changes", "failures", "off"])
def test_comment_may_be_any_of_its_words_without_quotes(word):
    assert read(STAGE + LANE + f"publish: {{comment: {word}}}\n").publish.comment == word


def test_anchors_of_free_keys_are_repeated_by_value():
    text = "version: 1\nx-env: &env {A: '1'}\nstages: {a: {run: x, env: *env}, b: {run: y, env: *env}}\nlanes: {l: {stages: [a, b]}}\n"
    config = read(text)
    assert config.stages["a"].env == config.stages["b"].env == {"A": "1"}


def test_byte_order_mark_and_windows_line_ends_change_nothing():
    assert read("\ufeff" + FULL.replace("\n", "\r\n")) == read(FULL)


def test_command_over_several_lines_keeps_them():
    text = "version: 1\nstages:\n  test:\n    run: |\n      make\n      make check\nlanes: {l: {stages: [test]}}\n"
    assert read(text).stages["test"].run == "make\nmake check\n"


def test_protected_paths_may_be_given_without_a_floor():
    protected = read(STAGE + LANE + "protected: {paths: [ci/]}\n").protected
    assert protected == Protected(rules=(Rule(pattern="ci/", line=4),), floor=None)
    assert read(STAGE + LANE + "protected: {floor: standard}\n").protected.rules == Protected().rules


@pytest.mark.parametrize(
    ("written", "floor"),
    [
        ("a.cpu: 5%", 0.005),
        ("a.wall: {warn: 5%}", 0.010),
        ("a.rss_peak: 20%", 4 << 20),
        ("a.user: 5%", 0.0),
        ("a.io_read: 5%", 0.0),
        ("a.ctx_switches: 5%", 0.0),
        ("default.cpu: {fail: 5%, floor: 0ms}", 0.0),
        ("a.rss_peak: {fail: 5%, floor: 0B}", 0.0),
        ("a.wall: {fail: 5%, floor: 250ms}", 0.25),
    ],
)
def test_a_band_without_a_floor_has_that_of_its_metric_and_zero_switches_it_off(written, floor):
    text = f"version: 1\nstages: {{a: {{run: x}}}}\nlanes: {{l: {{default: true, stages: [a], regression: {{{written}}}}}}}\n"
    assert read(text).lanes[0].bands[0].floor == floor


def test_when_is_read_with_its_line():
    heavy = read_config(FULL, "f").lane("heavy")
    assert heavy.when == When(
        line=22,
        files=200,
        lines=2000,
        dirs=10,
        labels=("run-heavy",),
        events=("merge_group", "schedule"),
        submodule=True,
        binary=True,
    )


def test_without_when_nothing_is_asked_for():
    assert read_config(FULL, "f").lane("standard").when == When()


def test_when_knows_every_event_that_lanemark_acts_on():
    assert set(READERS) <= set(EVENTS)

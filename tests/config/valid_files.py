"""Random valid configurations as plain JSON, for properties that hold for every file."""

from hypothesis import strategies as st

NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,6}", fullmatch=True).filter(
    lambda name: name not in ("total", "default", "on", "no", "off", "yes")
)
TIMES = st.sampled_from(["500ms", "90s", "1m30s", "10m", "2h", "0.25s"])
SHARES = st.sampled_from(["0%", "66.6%", "80%", "99.99%", "100%"])
WHENS = st.dictionaries(st.sampled_from(["files", "lines", "dirs"]), st.integers(1, 10_000_000), min_size=1).flatmap(
    lambda counts: st.fixed_dictionaries(
        {key: st.just(value) for key, value in counts.items()},
        optional={
            "labels": st.lists(st.sampled_from(["run-heavy", "size/XL", "a b"]), unique=True),
            "events": st.lists(st.sampled_from(["push", "merge_group", "schedule"]), unique=True),
            "submodule": st.booleans(),
            "binary": st.booleans(),
        },
    )
)
BANDS = st.sampled_from(["0.5%", "3%", "7%", "10%", "57%"])


@st.composite
def floors(draw, key, value):
    found = draw(st.fixed_dictionaries({"fail": SHARES}, optional={key: value}))
    return draw(st.sampled_from([found, found["fail"]]))


@st.composite
def lanes(draw, stages, name, default, *, lightest):
    chosen = draw(st.lists(st.sampled_from(stages), unique=True))
    lane = {"stages": chosen, "paths": draw(st.lists(st.sampled_from(["docs/**", "*.md", "!docs/conf.py"]))), "default": default}
    if draw(st.booleans()):
        lane["timeout"] = draw(TIMES)
    if not lightest and draw(st.booleans()):
        lane["when"] = draw(WHENS)
    if chosen:
        stage = draw(st.sampled_from(chosen))
        lane["budgets"] = {
            f"{stage}.{draw(st.sampled_from(['wall', 'cpu', 'user']))}.{draw(st.sampled_from(['median', 'max', 'min']))}": draw(
                TIMES
            ),
            f"{stage}.rss_peak.max": {"warn": "1MiB", "fail": draw(st.sampled_from(["1MiB", "1.5GiB"]))},
            f"{stage}.page_faults.max": draw(st.sampled_from([0, 12, 1.5, "12"])),
            "total.wall.median": {"warn": "1ms", "fail": draw(TIMES)},
        }
        lane["regression"] = {f"{stage}.cpu": draw(BANDS), "default.wall": {"warn": "0.1%", "fail": draw(BANDS), "floor": "5ms"}}
    return lane


@st.composite
def files(draw):
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    stages = {}
    for name in names:
        stage = {"run": draw(st.sampled_from(["make", "a: b\nc # d", "é 'x' \"y\""]))}
        if stages and draw(st.booleans()):
            stage["needs"] = draw(st.lists(st.sampled_from(list(stages)), unique=True))
        if draw(st.booleans()):
            stage |= {
                "outputs": [f"out-{name}/", f"{name}.xml"],
                "inputs": ["src/**"],
                "env": {"A_1": "0"},
                "timeout": draw(TIMES),
                "checks": draw(st.fixed_dictionaries({}, optional={"deterministic": st.integers(2, 100)})),
            }
        if draw(st.booleans()):
            stage["measure"] = draw(st.sampled_from([True, {}, {"max_time": "2m"}, {"pairs": {"max": 40}, "warmup": 0}]))
        if draw(st.booleans()):
            stage["checks"] = stage.get("checks", {}) | {"memory_stable": draw(st.integers(20, 500))}
        if draw(st.booleans()):
            stage["metrics"] = [
                f"{name}.json",
                {"file": f"out-{name}/b.txt", "format": draw(st.sampled_from(["gobench", "junit"]))},
            ]
        if draw(st.booleans()):
            stage["jobs"] = draw(st.sampled_from([1, 2, 1000]))
        stages[name] = stage
    called = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    default = draw(st.sampled_from(called))
    file = {
        "version": 1,
        "stages": stages,
        "lanes": {name: draw(lanes(list(stages), name, name == default, lightest=name == called[0])) for name in called},
    }
    optional = {
        "mode": draw(st.sampled_from(["shadow", "inform", "warn", "enforce"])),
        "on_unknown": draw(st.sampled_from(["warn", "fail"])),
        "protected": {"paths": ["ci/"], "floor": draw(st.sampled_from(called))},
        "measure": {
            "baseline": draw(st.sampled_from(["paired", "artifact"])),
            "max_time": draw(TIMES),
            "pairs": {"min": 5, "max": 20},
        },
        "coverage": {
            "reports": ["coverage.xml", {"path": "web/c.xml", "flag": "web", "expect": 2, "format": "cobertura"}],
            "project": {"lines": draw(floors("max_drop", st.sampled_from(["0pp", "0.5pp"]))), "branches": "70%"},
            "flags": {"web": {"branches": draw(SHARES)}},
            "patch": {"lines": draw(floors("ignore_below", st.integers(0, 9)))},
            "files": {"lines": draw(SHARES)},
            "exclude": ["tests/**"],
        },
        "tests": {"reports": ["junit.xml", "out/**/*.xml"]},
        "publish": {
            "comment": draw(st.sampled_from(["always", "off"])),
            "check_runs": draw(st.booleans()),
            "html": draw(st.booleans()),
        },
        "x-free": {"anything": [1, None]},
    }
    return file | {key: value for key, value in optional.items() if draw(st.booleans())}

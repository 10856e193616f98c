"""The real `lanemark publish` as a process, while each of its calls fails in each of the ways GitHub fails.

Every case has a GitHub of its own. They run side by side, because they mostly wait; each test looks at its own case.
"""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from publisher import MARKER, NUMBER, World, end, measure_once

from emulator.server import GitHubEmulator

pytestmark = pytest.mark.slow

COMMENTS = rf"/issues/{NUMBER}/comments"
ROUTES = {
    "find the pull request": ("GET", r"/pulls$"),
    "read the pull request": ("GET", rf"/pulls/{NUMBER}$"),
    "list its files": ("GET", rf"/pulls/{NUMBER}/files"),
    "list its comments": ("GET", COMMENTS),
    "list its label events": ("GET", rf"/issues/{NUMBER}/events"),
    "ask for a permission": ("GET", r"/collaborators/ada/permission"),
    "list its check runs": ("GET", r"/commits/[0-9a-f]+/check-runs"),
    "list artifacts": ("GET", r"/actions/runs/\d+/artifacts"),
    "download an artifact": ("GET", r"/artifacts/\d+/zip"),
    "compare": ("GET", r"/compare/"),
    "read the policy": ("GET", r"/contents/"),
    "list commits": ("GET", r"/commits$"),
    "list runs": ("GET", r"/actions/workflows/[\w.-]+/runs"),
    "comment": ("POST", COMMENTS),
    "post a check run": ("POST", r"/check-runs"),
}
WRITES = ("comment", "post a check run")
KINDS = {"dropped": None, "502": 502, "429": 429}
AT_ONCE = {"Retry-After": "0"}


def fail_route(hub, route, status, **more):
    method, path = ROUTES[route]
    hub.fail(
        method, path, status, headers={} if status is None else AT_ONCE, message="rate limit" if status == 429 else "", **more
    )


def each_kind_in_a_row(route):
    def plant(hub):
        for status in KINDS.values():
            fail_route(hub, route, status)

    return plant


def everywhere_once(status):
    def plant(hub):
        for route in ROUTES:
            fail_route(hub, route, status)

    return plant


def landed(route, status):
    return lambda hub: fail_route(hub, route, status, applied=True)


def slow_lists(hub):
    for route, (method, path) in ROUTES.items():
        if route not in WRITES:
            hub.fail(method, path, slow_s=0.3, times=99)
    hub.list_lag_s = 0.5


MENDED = {
    **{f"{route}: each fault in a row": each_kind_in_a_row(route) for route in ROUTES},
    **{f"every call: {kind} once": everywhere_once(status) for kind, status in KINDS.items()},
    **{f"{route}: {kind}, but it landed": landed(route, KINDS[kind]) for route in WRITES for kind in ("502", "dropped")},
    "every list slow, and the comment late in it": slow_lists,
}
"""Faults that pass: afterwards everything stands there once, as if nothing had been."""

LASTING = {f"{route}: never works": route for route in ROUTES}
"""Faults that last: nothing half-made stands there, and the next run mends it."""


class Outcomes:
    """Starts every case when the first is asked for."""

    def __init__(self, pool, run, cases):
        self.futures = {case: pool.submit(run, case) for case in cases}

    def of(self, case):
        return self.futures[case].result(timeout=280)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    return measure_once(tmp_path_factory.mktemp("measured") / "site")


@pytest.fixture(scope="module")
def pool():
    with ThreadPoolExecutor(12) as pool:
        yield pool


@pytest.fixture(scope="module")
def mended(pool, measured, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mended")

    def run(case):
        world = World(folder / str(list(MENDED).index(case)), measured)
        with world.hub as hub:
            MENDED[case](hub)
            return world, world.publish(words=("-v",))

    return Outcomes(pool, run, MENDED)


@pytest.fixture(scope="module")
def lasting(pool, measured, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lasting")

    def run(case):
        world = World(folder / str(list(LASTING).index(case)), measured)
        with world.hub as hub:
            fail_route(hub, LASTING[case], 503, times=99)
            first = world.publish()
            seen = world.comments(), world.checks()
            hub.faults.clear()
            return world, first, seen, world.publish(run=202) if LASTING[case] in WRITES else None

    return Outcomes(pool, run, LASTING)


def test_the_faults_cover_every_call_there_is(measured, tmp_path):
    """A new call without a row in ROUTES fails here."""
    world = World(tmp_path, measured)
    with world.hub as hub:
        done = world.publish()
        assert done.returncode == 0, done.stdout
        world.assert_told_once()
        for exchange in hub.exchanges:
            fits = [
                name for name, (method, path) in ROUTES.items() if method == exchange.method and re.search(path, exchange.path)
            ]
            assert len(fits) == 1, (exchange.method, exchange.path, fits)
        used = {name for name, (method, path) in ROUTES.items() if hub.sent(method, path)}
        assert used == set(ROUTES)


@pytest.mark.parametrize("case", MENDED)
def test_a_fault_that_passes_leaves_no_trace(mended, case):
    world, done = mended.of(case)
    assert done.returncode == 0, done.stdout
    world.assert_told_once()
    assert "retries" in done.stdout or "retry" in done.stdout


@pytest.mark.parametrize("case", LASTING)
def test_a_fault_that_lasts_leaves_nothing_half_made_and_the_next_run_mends_it(lasting, case):
    world, first, (comments, checks), second = lasting.of(case)
    route = LASTING[case]
    assert first.returncode in ((6,) if route in (*WRITES, "find the pull request", "read the policy") else (0, 6)), first.stdout
    assert len(comments) == (1 if route == "post a check run" or first.returncode == 0 else 0)
    assert all(comment.startswith(MARKER) and "lanemark-state:v1" in comment for comment in comments)
    assert {status for _, status, _ in checks} <= {"completed"}
    assert len(checks) == (2 if route == "comment" or first.returncode == 0 else 0)
    summary = world.folder / "summary-201-1.md"
    assert first.returncode == 0 or "lanemark: error" in first.stdout
    if route in WRITES:
        assert "Lanemark: failed" in summary.read_text(), "the summary stands although the comment could not be written"
        assert second.returncode == 0, second.stdout
        world.assert_told_once(runs=2 if checks else 1)


@pytest.mark.parametrize("lag", [0.0, 0.5], ids=["prompt lists", "late lists"])
def test_four_processes_at_once_leave_one_comment_with_the_newest_text(measured, tmp_path, lag):
    world = World(tmp_path, measured)
    world.hub.list_lag_s = lag
    with world.hub:
        for done in map(end, [world.start(run=run) for run in (301, 302, 303, 304)]):
            assert done.returncode == 0, done.stdout
        world.assert_told_once(runs=len({each["external_id"].split(":")[0] for each in world.hub.checks.values()}))
        assert "/actions/runs/304/" in world.comments()[0]


def test_a_second_attempt_of_a_run_edits_the_comment_and_posts_its_own_checks(measured, tmp_path):
    world = World(tmp_path, measured)
    with world.hub as hub:
        for attempt in (1, 2):
            assert world.publish(attempt=attempt).returncode == 0
        world.assert_told_once(runs=2)
        assert "attempt 2" in world.comments()[0]
        assert world.publish(attempt=1).returncode == 0, "a late first attempt says nothing"
        assert "attempt 2" in world.comments()[0]
        world.assert_told_once(runs=2)
        assert len(hub.sent("POST", COMMENTS)) == 1


def test_an_enterprise_server_is_asked_below_its_path_and_linked_by_its_name(measured, tmp_path):
    world = World(tmp_path, measured)
    plain = world.hub
    enterprise = GitHubEmulator(prefix="/api/v3")
    for name in ("pulls", "parents", "branches", "contents", "runs", "artifacts", "blobs", "label_events", "roles"):
        setattr(enterprise, name, getattr(plain, name))
    world.hub = enterprise
    with plain, enterprise:
        done = world.publish(environment={"GITHUB_SERVER_URL": "https://git.example.com"})
        assert done.returncode == 0, done.stdout
        world.assert_told_once()
        assert "https://git.example.com/octo-org/shop/" in world.comments()[0]
        assert "github.com" not in world.comments()[0].replace("git.example.com", "")

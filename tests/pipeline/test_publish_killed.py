"""`lanemark publish` is ended at each of its requests: nothing half-written stands there, and the next run mends what does."""

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from publisher import MARKER, World, measure_once

pytestmark = pytest.mark.slow

REQUESTS = 26
"""How many requests one publication takes; a test below holds this to be so."""

COMMENT, LOOK, FIRST_CHECK, LAST_CHECK = 22, 23, 24, 25
"""Which of them write, and the one between that looks whether the comment stayed alone."""

CASES = [(number, signal.SIGKILL, False) for number in range(REQUESTS)]
CASES += [(number, signal.SIGKILL, True) for number in (COMMENT, FIRST_CHECK, LAST_CHECK)]
CASES += [(number, kill, True) for number in (COMMENT, FIRST_CHECK) for kill in (signal.SIGINT, signal.SIGTERM)]
CASES += [(number, kill, False) for number in (0, COMMENT) for kill in (signal.SIGINT, signal.SIGTERM)]


def standing(number, applied):
    """How many comments and check runs stand when the request `number` was the last, and took effect or not."""
    reached = number + applied
    return int(reached > COMMENT), sum(reached > check for check in (FIRST_CHECK, LAST_CHECK))


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    return measure_once(tmp_path_factory.mktemp("measured") / "site")


@pytest.fixture(scope="module")
def killed(measured, tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")

    def run(place):
        number, kill, applied = CASES[place]
        world = World(folder / str(place), measured)
        with world.hub:
            status = world.publish_and_kill(number, kill, applied=applied)
            seen = world.comments(), world.checks()
            again = world.publish(run=202) if any(seen) or number >= COMMENT else None
            return world, status, seen, again

    with ThreadPoolExecutor(12) as pool:
        yield {case: pool.submit(run, place) for place, case in enumerate(CASES)}


def test_the_requests_are_as_many_as_are_killed_here(measured, tmp_path):
    world = World(tmp_path, measured)
    with world.hub as hub:
        assert world.publish().returncode == 0
        assert len(hub.exchanges) == REQUESTS
        writes = [number for number, exchange in enumerate(hub.exchanges) if exchange.method != "GET"]
        assert writes == [COMMENT, FIRST_CHECK, LAST_CHECK]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[1].name} at {case[0]}{' after it landed' if case[2] else ''}")
def test_what_is_ended_leaves_whole_things_or_nothing_and_the_next_run_mends(killed, case):
    number, kill, applied = case
    world, status, (comments, checks), again = killed[case].result(timeout=280)
    assert status == (10 if kill is signal.SIGINT else -kill)
    assert (len(comments), len(checks)) == standing(number, applied)
    assert all(comment.startswith(MARKER) and "lanemark-state:v1" in comment.splitlines()[-1] for comment in comments)
    assert all(state == "completed" and conclusion for _, state, conclusion in checks)
    if again is not None:
        assert again.returncode == 0, again.stdout
        (comment,) = world.comments()
        assert "/actions/runs/202/" in comment
        assert {state for _, state, _ in world.checks()} == {"completed"}
        assert len(world.checks()) == 2 + len(checks)
    assert world.hub.violations == []

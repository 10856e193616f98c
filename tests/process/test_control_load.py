"""The control load on the real machine: the same work for the same units, accounted whole, and nothing left."""

import os
import resource
import statistics
import threading
import time

import pytest

from lanemark.measure.experiment import ControlLoad as ControlPort
from lanemark.process.control import ControlLoad
from lanemark.process.listing import children_of


@pytest.fixture(scope="module")
def load():
    warm = ControlLoad()
    warm.run(1)
    return warm


def test_it_is_what_an_experiment_asks_for(load):
    port: ControlPort = load
    used = port.run(2)
    assert used.wall_s > 0
    assert used.cpu_s > 0


def test_no_units_are_no_work(load):
    used = load.run(0)
    assert used.cpu_s < 0.001
    assert used.page_faults == 0


def test_more_units_are_more_work_in_proportion(load):
    few, many = (statistics.median(load.run(units).cpu_s for _ in range(9)) for units in (8, 32))
    assert 3 < many / few < 5.5


def test_processor_time_is_that_of_the_thread_and_its_processes(load):
    """What another thread burns at the same time does not count."""
    stop = threading.Event()

    def burn():
        while not stop.is_set():
            sum(range(1000))

    other = threading.Thread(target=burn)
    other.start()
    try:
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.thread_time()
        used = load.run(40)
        own, after = time.thread_time() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    finally:
        stop.set()
        other.join()
    spawned = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spawned > 0
    assert used.cpu_s == pytest.approx(own + spawned, rel=0.05, abs=0.001)


def test_processes_are_started_and_none_is_left(load):
    there = set(children_of(os.getpid()))  # what other tests of this process left
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
    alone = load.run(1).page_faults
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt - before == alone > 20
    assert load.run(8).page_faults == pytest.approx(2 * alone, rel=0.2)
    assert set(children_of(os.getpid())) <= there


def test_memory_is_neither_taken_nor_given_back(load):
    load.run(4)
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    load.run(40)
    assert resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before < 200  # one page each for what Python itself does


def test_without_true_it_does_the_rest(load):
    bare = ControlLoad()
    bare._program = None
    assert bare.run(4).cpu_s > 0.001
    bare._program = "/nowhere/true"
    assert bare.run(4).cpu_s > 0.001

import os
import signal
import threading

import pytest

from lanemark.errors import StoppedError, UsageError
from lanemark.ports import Command
from lanemark.process.spawn import Spawner
from lanemark.process.workers import ThreadWorkers


def ours():
    return [thread for thread in threading.enumerate() if thread.name == "stage"]


def sleeper(spawner, seconds="60"):
    """A piece of work that runs a process, as a stage does."""

    def work():
        ended = spawner.run(Command(argv=("sleep", seconds), cwd="/", environment=dict(os.environ)))
        if ended.cancelled:
            raise StoppedError("cancelled")
        return ended.status

    return work


@pytest.fixture
def crew():
    spawner = Spawner()
    workers = ThreadWorkers(spawner.cancel)
    yield spawner, workers
    workers.stop()
    assert not ours()


def test_what_ends_first_is_told_first(crew):
    spawner, workers = crew
    slow, quick = sleeper(spawner, "0.5"), sleeper(spawner, "0")
    workers.start(lambda: ("slow", slow()))
    workers.start(lambda: ("quick", quick()))
    assert [workers.wait(), workers.wait()] == [("quick", 0), ("slow", 0)]
    assert not ours()


def test_what_a_piece_of_work_raises_is_raised_where_somebody_waits_and_stop_ends_the_others(crew):
    spawner, workers = crew

    def break_down():
        raise LookupError("mine")

    workers.start(sleeper(spawner))
    workers.start(break_down)
    with pytest.raises(LookupError, match="mine"):
        workers.wait()
    assert len(ours()) == 1
    workers.stop()
    assert not ours()
    workers.stop()


def test_even_an_exit_in_a_thread_is_told(crew):
    _, workers = crew

    def leave():
        raise SystemExit(3)

    workers.start(leave)
    with pytest.raises(SystemExit):
        workers.wait()


def test_a_signal_reaches_the_thread_that_waits_and_cancel_ends_everything_that_runs(crew):
    spawner, workers = crew
    before = signal.signal(signal.SIGUSR1, lambda *_: spawner.cancel())
    try:
        for _ in range(3):
            workers.start(sleeper(spawner))
        killer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1))
        killer.start()
        with pytest.raises(StoppedError):
            workers.wait()
        workers.stop()
        killer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert not ours()


def test_nothing_to_wait_for_is_said_instead_of_waiting_for_ever(crew):
    _, workers = crew
    with pytest.raises(ValueError, match="nothing runs"):
        workers.wait()


def test_a_system_without_threads_is_told_to_the_user(crew):
    _, workers = crew
    before = threading.stack_size(1 << 47)  # no address space has room for it
    try:
        with pytest.raises(UsageError, match="no more threads"):
            workers.start(lambda: None)
    finally:
        threading.stack_size(before)
    workers.stop()

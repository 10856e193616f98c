"""The traps of measuring memory: a small child of a large parent, several at once, short lives, orphans."""

import os
import sys
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from lanemark.ports import Command
from lanemark.process import family, listing, memory
from lanemark.process.child import Child, watch_by_thread
from lanemark.process.listing import Relative, children_by_psutil, children_of, pids_in_session, read_relative, relative_by_psutil
from lanemark.process.memory import FIRST_S, INTERVAL_S, PAGE, SHARE, TreeSampler, resident_bytes, statm_by_psutil
from lanemark.process.spawn import Spawner

MIB = 2**20
HOLD = "import sys, time; held = bytearray(b'x') * int(sys.argv[1]); time.sleep(float(sys.argv[2]))"


def measure(*argv, cwd="/", **options):
    ended = Spawner().run(Command(argv=argv, cwd=str(cwd), environment=dict(os.environ), account="memory", **options))
    assert (ended.status, ended.error) == (0, "")
    return ended.usage


def python(code, *argv, **options):
    return measure(sys.executable, "-I", "-S", "-c", code, *(str(one) for one in argv), **options)


@pytest.fixture(scope="module")
def bare():
    """What a Python that holds nothing has, by the kernel."""
    return python("pass").rss_peak_bytes


def test_a_small_child_of_a_large_parent_is_small():
    ours = bytearray(b"x") * (200 * MIB)
    used = measure("/bin/true").rss_peak_bytes
    assert len(ours) == 200 * MIB
    assert 0.3 * MIB < used < 2.5 * MIB


@pytest.mark.parametrize("size", [50 * MIB, 100 * MIB])
def test_a_short_peak_is_seen_whole(size, bare):
    assert python(HOLD, size, 0).rss_peak_bytes - bare == pytest.approx(size, rel=0.02, abs=MIB)


def test_three_at_once_are_summed(bare):
    code = f"import subprocess, sys\nall = [subprocess.Popen([sys.executable, '-I', '-S', '-c', {HOLD!r}, str({60 * MIB}), '1.0']) for _ in '123']\nfor one in all: one.wait()"
    assert python(code).rss_peak_bytes == pytest.approx(3 * (60 * MIB + bare) + bare, rel=0.05)


def test_one_after_the_other_are_not_summed(bare):
    code = f"import subprocess, sys\nfor _ in '123': subprocess.run([sys.executable, '-I', '-S', '-c', {HOLD!r}, str({60 * MIB}), '0.1'])"
    assert python(code).rss_peak_bytes == pytest.approx(60 * MIB + 2 * bare, rel=0.10)


def test_an_orphan_counts_while_the_run_lasts(tmp_path):
    code = f"import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        held = bytearray(b'x') * {80 * MIB}\n        time.sleep(.4)\n    os._exit(0)\nos.wait(); time.sleep(.5)"
    assert python(code).rss_peak_bytes > 80 * MIB


def test_a_child_in_its_parents_memory_counts_once():
    ours = read_relative(os.getpid())
    alone = resident_bytes([ours])
    # vfork: another process, the same memory. This process stands for both, which is exactly what /proc shows then.
    double = Relative(pid=ours.pid, parent=ours.pid, group=ours.group, session=ours.session, alive=True, started=0.0)
    assert resident_bytes([ours, double]) == pytest.approx(alone, rel=0.05)


def test_bytes_of_the_whole_tree_are_counted(tmp_path):
    write = "dd if=/dev/zero of=a bs=1M count=3 status=none; cat a >b; (dd if=/dev/zero of=c bs=1M count=2 status=none)"
    used = measure("sh", "-c", write, cwd=tmp_path)
    assert used.io_write_bytes == pytest.approx(8 * MIB, rel=0.01)
    assert used.io_read_bytes == pytest.approx(8 * MIB, rel=0.02)


def test_bytes_of_an_orphan_are_counted(tmp_path):
    used = measure("sh", "-c", "setsid -f dd if=/dev/zero of=a bs=1M count=4 status=none; sleep 0.3", cwd=tmp_path)
    assert used.io_write_bytes == pytest.approx(4 * MIB, rel=0.01)


def test_memory_of_a_run_that_timed_out_is_told():
    ended = Spawner(interrupt_grace_s=1).run(
        Command(
            argv=(sys.executable, "-I", "-S", "-c", HOLD, str(70 * MIB), "60"),
            cwd="/",
            environment={},
            account="memory",
            timeout_s=1.0,
        )
    )
    assert ended.timed_out
    assert ended.usage.rss_peak_bytes > 70 * MIB
    assert ended.usage.io_read_bytes is not None


def test_without_adoption_a_figure_below_our_own_is_not_trusted(monkeypatch):
    """macOS, busybox: the kernel's figure then has our memory as its floor, so what was seen counts."""
    ours = bytearray(b"x") * (150 * MIB)
    monkeypatch.setattr(family, "_become_subreaper", lambda: False)
    spawner = Spawner()
    command = Command(
        argv=(sys.executable, "-I", "-S", "-c", HOLD, str(20 * MIB), "2"), cwd="/", environment={}, account="memory"
    )
    used = spawner.run(command).usage
    assert len(ours) == 150 * MIB
    assert 20 * MIB < used.rss_peak_bytes < 60 * MIB


def test_without_adoption_what_stays_in_the_session_is_still_ended():
    spawner = Spawner(interrupt_grace_s=0.2, terminate_grace_s=0.2)
    spawner._family.adopts = False
    ended = spawner.run(Command(argv=("sh", "-c", "sleep 60 & sleep 0.05"), cwd="/", environment=dict(os.environ)))
    assert (ended.status, ended.survivors) == (0, 1)


class Looks:
    """A tree whose looks take what they are told to, on a clock that moves only by them and by the pauses between them."""

    def __init__(self, monkeypatch, *costs_s):
        self.wall_s = self.spent_s = 0.0
        self.costs_s = costs_s
        clock = SimpleNamespace(perf_counter=lambda: self.wall_s, thread_time=lambda: self.spent_s)
        monkeypatch.setattr(memory, "time", clock)
        self.ours = [read_relative(os.getpid())]

    def run(self):
        """Return, for each look, when it began and the share of the time until its end that all looks took."""
        costs = iter(self.costs_s)

        def find():
            cost_s = next(costs)
            self.wall_s += cost_s
            self.spent_s += cost_s
            return self.ours

        sampler, looks, pause_s = TreeSampler(find), [], FIRST_S
        for _ in self.costs_s:
            self.wall_s += pause_s
            began_s = self.wall_s
            pause_s = sampler.sample()
            looks.append((began_s, sampler.cost_s / self.wall_s))
        assert sampler.cost_s == pytest.approx(self.spent_s)
        assert sampler.peak_bytes > MIB
        return looks


def test_cheap_looks_come_early_and_then_every_20_ms(monkeypatch):
    began = [began_s for began_s, _ in Looks(monkeypatch, *[0.00001] * 10).run()]
    pauses = [after - before for before, after in pairwise([0.0, *began])]
    assert pauses == pytest.approx([FIRST_S, FIRST_S, 2 * FIRST_S, *[INTERVAL_S] * 7], abs=0.0001)


@pytest.mark.parametrize("cost_s", [0.0001, 0.00025, 0.004, 0.1])
def test_from_the_second_look_on_a_run_may_end_at_any_time_and_looking_took_its_share(monkeypatch, cost_s):
    looks = Looks(monkeypatch, *[cost_s] * 12).run()
    assert looks[0][0] == FIRST_S
    assert all(share <= SHARE * 1.0001 for _, share in looks[1:])
    assert looks[-1][1] > SHARE / 2 or cost_s == 0.0001  # dear looks use what they have


def test_one_dear_look_is_paid_for_by_those_after_it(monkeypatch):
    looks = Looks(monkeypatch, *[0.0002] * 5, 0.003, *[0.0002] * 3).run()
    assert looks[5][1] > SHARE
    assert all(share <= SHARE for _, share in looks[6:])


def test_what_looking_cost_is_told():
    crowd = "import subprocess, sys\nall = [subprocess.Popen(['sleep', '0.6']) for _ in range(40)]\nfor one in all: one.wait()"
    ended = Spawner().run(
        Command(argv=(sys.executable, "-I", "-S", "-c", crowd), cwd="/", environment=dict(os.environ), account="memory")
    )
    assert 0 < ended.sampler_s < 0.02 * ended.usage.wall_s + 0.01  # a look may be dearer than the one before it
    quick = Spawner().run(Command(argv=("true",), cwd="/", environment=dict(os.environ)))
    assert quick.sampler_s is None


def test_without_proc_psutil_says_the_same():
    child = os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "60")
    try:
        ends = time.monotonic() + 10
        became = Path(f"/proc/{child}/comm")
        while became.read_text() != "sleep\n" or int(statm_by_psutil(child).split()[1]) * PAGE < 100_000:
            assert time.monotonic() < ends
        assert child in children_of(os.getpid())
        assert children_by_psutil(os.getpid()) == children_of(os.getpid())
        told, read = relative_by_psutil(child), read_relative(child)
        assert (told.parent, told.group, told.session, told.alive) == (read.parent, read.group, read.session, read.alive)
        assert child in pids_in_session(os.getsid(0))
        assert int(statm_by_psutil(child).split()[1]) * PAGE > 100_000
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert (children_by_psutil(child), relative_by_psutil(child), statm_by_psutil(child)) == ([], None, b"")
    assert (children_of(child), listing.read_relative(child)) == ([], None)


def test_a_long_list_of_the_kernels_is_read_to_its_end(tmp_path):
    (tmp_path / "list").write_bytes(text := b"123456 " * 3000)
    assert listing.read_whole(str(tmp_path / "list")) == text


def test_without_pidfd_a_thread_waits():
    child = os.spawnlp(os.P_NOWAIT, "sh", "sh", "-c", "sleep 0.05; exit 7")
    ended, reap = watch_by_thread(child)
    assert os.read(ended, 1) == b""
    os.close(ended)
    status, used = reap()
    assert (os.waitstatus_to_exitcode(status), used.ru_minflt > 0) == (7, True)


def test_a_child_is_awaited_and_reaped_once():
    reader, writer = os.pipe()
    try:
        child = Child(os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "0.2"))
        assert child.wait(wake=reader, timeout_s=0.01) is False
        os.write(writer, b"x")
        assert child.wait(wake=reader, timeout_s=None) is False
        assert child.wait(wake=-1, timeout_s=None) is True
        assert child.reap() is child.reap()
    finally:
        os.close(reader)
        os.close(writer)

"""The counters of the real machine, and of machines that have little or something odd."""

import os
import subprocess
import sys
import time

import pytest

from lanemark.process.gauges import SystemGauges

STAT = "cpu  100 20 30 4000 50 6 7 8 90 10\ncpu0 1 2 3\n"
PSI = "some avg10=0.38 avg60=0.80 avg300=0.91 total=796421657\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
CPUINFO = "processor\t: 0\nmodel name\t: X\ncpu MHz\t\t: 2596.124\n\nprocessor\t: 1\ncpu MHz\t\t: 9999.0\n"


@pytest.fixture
def machine(tmp_path):
    """A folder that stands for `/`."""

    def place(**files):
        for name, text in files.items():
            path = tmp_path / {"psi": "proc/pressure/cpu", "clock": "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq"}.get(
                name, f"proc/{name}"
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return SystemGauges(root=f"{tmp_path}/")

    return place


def test_work_makes_the_machine_busier():
    gauges = SystemGauges()
    before = gauges.read()
    started = time.thread_time()
    while time.thread_time() - started < 0.15:
        pass
    after = gauges.read()
    assert after.cores == os.cpu_count()
    assert after.busy_s - before.busy_s > 0.1
    assert after.at_s - before.at_s >= 0.15
    total = sum(getattr(after, name) - getattr(before, name) for name in ("busy_s", "idle_s", "iowait_s", "steal_s"))
    assert 0.1 < total < (after.at_s - before.at_s + 0.1) * after.cores * 1.1
    assert after.load == pytest.approx(os.getloadavg()[0], abs=2.0)


def test_more_work_than_cores_raises_the_pressure():
    gauges = SystemGauges()
    before = gauges.read()
    burn = "import time\nends = time.monotonic() + 0.3\nwhile time.monotonic() < ends: pass"
    crowd = [subprocess.Popen([sys.executable, "-I", "-S", "-c", burn]) for _ in range(2 * before.cores + 1)]
    for one in crowd:
        one.wait()
    after = gauges.read()
    if before.pressure_s is None:
        assert after.pressure_s is None
        return
    assert 0.1 < after.pressure_s - before.pressure_s <= after.at_s - before.at_s + 0.05


def test_every_figure_is_the_kernels(machine):
    tick = 1 / os.sysconf("SC_CLK_TCK")
    seen = machine(stat=STAT, psi=PSI, cpuinfo=CPUINFO).read()
    assert seen.busy_s == pytest.approx((100 + 20 + 30 + 6 + 7) * tick)  # a guest's time is in user and nice already
    assert (seen.idle_s, seen.iowait_s, seen.steal_s) == pytest.approx((4000 * tick, 50 * tick, 8 * tick))
    assert seen.pressure_s == pytest.approx(796.421657)
    assert seen.mhz == 2596.124


def test_a_look_sees_what_stands_there_now(machine, tmp_path):
    gauges = machine(stat=STAT, psi=PSI)
    first = gauges.read()
    (tmp_path / "proc/stat").write_text(STAT.replace("100", "900"))
    (tmp_path / "proc/pressure/cpu").write_text(PSI.replace("total=796421657", "total=796921657"))
    assert gauges.read().busy_s - first.busy_s == pytest.approx(800 / os.sysconf("SC_CLK_TCK"))
    assert gauges.read().pressure_s - first.pressure_s == pytest.approx(0.5)


def test_the_driver_knows_the_clock_best(machine):
    assert machine(clock="1800000\n", cpuinfo=CPUINFO).read().mhz == 1800.0


def test_where_there_is_nothing_nothing_is_told(tmp_path):
    seen = SystemGauges(root=f"{tmp_path}/").read()
    assert (seen.busy_s, seen.idle_s, seen.iowait_s, seen.steal_s, seen.pressure_s, seen.mhz) == (None,) * 6
    assert seen.at_s > 0


@pytest.mark.parametrize(
    "text",
    [b"", b"\n", b"cpu", b"cpu  1 2 3 4\n", b"cpu  1 2 3 4 5 6 7 x\n", b"intr 1 2 3 4 5 6 7 8 9\n", b"some\n", b"some total=\n", b"some total=x", b"full avg10=0 total=5\n", b"<unavailable>", b"\xff\xfe\0", b"x" * 100_000],
)  # fmt: skip
def test_what_is_odd_is_unknown_and_never_a_fault(machine, text):
    seen = machine(stat=text, psi=text, clock=text, cpuinfo=text).read()
    assert (seen.busy_s, seen.idle_s, seen.iowait_s, seen.steal_s, seen.pressure_s, seen.mhz) == (None,) * 6


def test_a_clock_of_zero_is_unknown(machine):
    assert machine(clock="0\n").read().mhz is None


def test_an_old_kernel_without_steal_tells_nothing_of_the_processor(machine):
    assert machine(stat="cpu  100 20 30 4000\n").read().busy_s is None


def test_what_can_be_opened_and_not_read_is_unknown(machine, tmp_path):
    (tmp_path / "proc/stat").mkdir(parents=True)  # reading a folder fails as reading a file of a kernel without it does
    (tmp_path / "proc/pressure/cpu").mkdir(parents=True)
    seen = machine(cpuinfo=CPUINFO).read()
    assert (seen.busy_s, seen.pressure_s, seen.mhz) == (None, None, 2596.124)


def test_descriptors_end_with_the_gauges():
    before = len(os.listdir("/dev/fd"))
    for _ in range(20):
        SystemGauges().read()
    assert len(os.listdir("/dev/fd")) == before

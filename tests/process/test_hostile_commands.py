"""Commands that do what no command should: each ends in a clear state, never in a number that looks fine."""

import ast
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lanemark.ports import Command
from lanemark.process.logs import KEPT
from lanemark.process.spawn import KILLED, Spawner

MIB = 2**20
ROOT = Path(__file__).resolve().parents[2]
PRINT = "import os, time\nwhile True:\n    os.write(int({stream}), b'x' * (1 << 19)); time.sleep(.01)"
ACCOUNTS = pytest.mark.parametrize("account", ["time", "memory"])


def command(*argv, cwd="/", **options):
    return Command(argv=argv, cwd=str(cwd), environment=dict(os.environ), **options)


def python(code, **options):
    return command(sys.executable, "-I", "-S", "-c", code, **options)


def ourselves(code, cwd):
    """Run a program that uses the spawner, so that it may be killed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def spawner():
    return Spawner(interrupt_grace_s=0.2, terminate_grace_s=0.2, log_limit=4 * MIB)


@ACCOUNTS
@pytest.mark.parametrize("stream", ["1", "2"])
def test_one_that_prints_without_end_is_ended_and_its_log_cut(spawner, tmp_path, account, stream):
    out, err = tmp_path / "out", tmp_path / "err"
    ended = spawner.run(python(PRINT.format(stream=stream), stdout=str(out), stderr=str(err), account=account, timeout_s=30))
    assert (ended.flooded, ended.status, ended.timed_out) == (True, KILLED, False)
    assert "printed more than 4 MiB" in ended.error
    assert ended.usage.wall_s < 10
    assert max(out.stat().st_size, err.stat().st_size) == KEPT
    assert min(out.stat().st_size, err.stat().st_size) == 0


def test_one_that_ignores_being_asked_to_end_is_not_asked(spawner, tmp_path):
    code = "import signal\nfor one in (2, 15): signal.signal(one, signal.SIG_IGN)\n" + PRINT.format(stream="1")
    ended = spawner.run(python(code, stdout=str(tmp_path / "out"), timeout_s=30))
    assert (ended.flooded, ended.status, ended.survivors) == (True, KILLED, 0)


def test_one_that_printed_too_much_before_anybody_looked_did_not_work(spawner, tmp_path):
    quick = command("head", "-c", str(9 * MIB), "/dev/zero", stdout=str(tmp_path / "out"))
    ended = spawner.run(quick)
    assert (ended.flooded, ended.status) == (True, KILLED)
    assert (tmp_path / "out").stat().st_size == KEPT


def test_both_outputs_count_together(spawner, tmp_path):
    each = "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2"
    assert spawner.run(command("sh", "-c", each, stdout=str(tmp_path / "out"), stderr=str(tmp_path / "err"))).flooded
    assert not spawner.run(command("sh", "-c", "head -c 3000000 /dev/zero", stdout=str(tmp_path / "out"))).flooded


def test_removing_the_log_hides_nothing(spawner, tmp_path):
    code = "import os\nos.unlink('out')\n" + PRINT.format(stream="1")
    ended = spawner.run(python(code, cwd=tmp_path, stdout=str(tmp_path / "out"), timeout_s=30))
    assert (ended.flooded, ended.status) == (True, KILLED)


def test_files_of_its_own_may_be_as_large_as_they_like(spawner, tmp_path):
    ended = spawner.run(command("sh", "-c", "head -c 9000000 /dev/zero >big", cwd=tmp_path, stdout=str(tmp_path / "out")))
    assert (ended.flooded, ended.status) == (False, 0)
    assert (tmp_path / "big").stat().st_size == 9_000_000


def test_what_is_thrown_away_may_be_endless(spawner):
    ended = spawner.run(command("yes", timeout_s=1.2))
    assert (ended.flooded, ended.timed_out) == (False, True)


def leave_daemon(seconds, *, goes_on, then):
    """A shell that starts a daemon, waits until that has worked so long, and does something then."""
    burn = f'import time\nwhile time.process_time() < {seconds}: pass\nopen("worked", "w").close()\nwhile {goes_on}: pass'
    return f"setsid -f {sys.executable} -I -S -c '{burn}'; while [ ! -e worked ]; do sleep 0.02; done; {then}"


@ACCOUNTS
def test_the_work_of_a_daemon_counts(spawner, tmp_path, account):
    """It looked like a quick command: the kernel adds an orphan's account to nobody's."""
    work = leave_daemon(0.3, goes_on=False, then="sleep 0.2")
    ended = spawner.run(command("sh", "-c", work, cwd=tmp_path, account=account))
    assert (ended.status, ended.survivors) == (0, 0)
    assert 0.3 < ended.usage.cpu_s < 1.5 * ended.usage.wall_s


@ACCOUNTS
def test_the_work_of_a_daemon_counts_until_we_end_it(spawner, tmp_path, account):
    work = leave_daemon(0.3, goes_on=True, then="true")
    ended = spawner.run(command("sh", "-c", work, cwd=tmp_path, account=account))
    assert (ended.status, ended.survivors) == (0, 1)
    assert ended.usage.cpu_s > 0.3


@pytest.mark.slow
def test_the_work_of_a_daemon_counts_when_the_time_is_up(spawner, tmp_path):
    work = leave_daemon(0.3, goes_on=True, then="touch waited; sleep 60")
    ended = spawner.run(command("sh", "-c", work, cwd=tmp_path, timeout_s=3.0))
    assert ended.timed_out
    assert (tmp_path / "waited").exists()
    assert ended.usage.cpu_s > 0.3


@ACCOUNTS
@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGTSTP])
def test_one_that_stops_itself_is_ended_when_its_time_is_up(spawner, account, number):
    ended = spawner.run(command("sh", "-c", f"kill -{int(number)} $$; sleep 60", timeout_s=0.4, account=account))
    assert ended.timed_out
    assert ended.status != 0


@ACCOUNTS
def test_one_that_kills_us_leaves_no_number(tmp_path, account):
    """Nobody can keep it from doing so. The step then has the status of a killed process, and no result is written."""
    code = f"""
import os
from lanemark.ports import Command
from lanemark.process.spawn import Spawner
ended = Spawner().run(Command(argv=("sh", "-c", "kill -9 $PPID; sleep 0.2"), cwd="/", environment=dict(os.environ), account={account!r}))
print(ended.status)
"""
    ran = ourselves(code, tmp_path)
    assert (ran.returncode, ran.stdout) == (-signal.SIGKILL, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_that_asks_us_to_end_cancels_the_run(tmp_path, number):
    ran = ourselves(
        f"from lanemark.cli.main import main\nraise SystemExit(main(['time', '--', 'sh', '-c', 'kill -{int(number)} $PPID; exec sleep 60']))",
        tmp_path,
    )
    assert ran.returncode == 10
    assert "stopped by hand" in ran.stderr
    assert ran.stdout == ""


@ACCOUNTS
def test_one_that_kills_its_own_group_failed(spawner, account):
    ended = spawner.run(command("sh", "-c", "kill -9 0; sleep 5", account=account))
    assert ended.status == KILLED
    assert not ended.timed_out


@ACCOUNTS
def test_one_that_vanishes_between_runs_is_not_there(spawner, tmp_path, account):
    program = tmp_path / "once"
    program.write_text("#!/bin/sh\nrm -- once\n")
    program.chmod(0o755)
    first, second = (spawner.run(command("./once", cwd=tmp_path, account=account)) for _ in "12")
    assert (first.status, second.status) == (0, 127)
    assert "No such file" in second.error


@ACCOUNTS
def test_a_folder_that_vanishes_between_runs_is_named(spawner, tmp_path, account):
    folder = tmp_path / "work"
    folder.mkdir()
    first, second = (spawner.run(command("sh", "-c", "rmdir ../work", cwd=folder, account=account)) for _ in "12")
    assert (first.status, second.status) == (0, 127)
    assert "work" in second.error


def test_no_jump_of_the_clock_reaches_a_time():
    """What is measured, and what ends a run, is told by clocks that nobody can set; the other one only writes dates."""
    for name in ("perf_counter", "monotonic", "thread_time"):
        told = time.get_clock_info(name)
        assert told.monotonic
        assert not told.adjustable
    settable = {}
    for path in sorted((ROOT / "src/lanemark/process").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("time", "datetime"):
                settable.setdefault(node.attr, set()).add(path.name)
    allowed = {"perf_counter", "monotonic", "thread_time", "sleep"}
    assert {name: where for name, where in settable.items() if name not in allowed} == {
        "strftime": {"clock.py"},
        "gmtime": {"clock.py"},
    }

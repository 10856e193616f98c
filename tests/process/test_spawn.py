"""Real processes: how they end, what they leave behind, and what the kernel says they used."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lanemark.ports import Command
from lanemark.process import direct, spawn, starting
from lanemark.process.child import Child
from lanemark.process.listing import read_relative
from lanemark.process.spawn import Spawner

STUBBORN = "import signal, time\nfor s in (2, 15): signal.signal(s, signal.SIG_IGN)\n"


def command(*argv, cwd="/", **options):
    return Command(argv=argv, cwd=str(cwd), environment=dict(os.environ), **options)


def python(code, *argv, **options):
    return command(sys.executable, "-I", "-S", "-c", code, *argv, **options)


def lives(pid):
    found = read_relative(pid)
    return found is not None and found.alive


@pytest.fixture
def spawner():
    return Spawner(interrupt_grace_s=0.2, terminate_grace_s=0.2)


def read_pids(folder):
    return {name.stem: int(name.read_text()) for name in Path(folder).glob("*.pid")}


@pytest.mark.parametrize("account", ["time", "memory"])
@pytest.mark.parametrize(("argv", "status"), [(("true",), 0), (("false",), 1), (("sh", "-c", "exit 42"), 42)])
def test_the_exit_status_is_the_commands(spawner, argv, status, account):
    ended = spawner.run(command(*argv, account=account))
    assert (ended.status, ended.timed_out, ended.cancelled, ended.error, ended.survivors) == (status, False, False, "", 0)


@pytest.mark.parametrize("account", ["time", "memory"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_signal_is_128_and_its_number(spawner, number, account):
    assert spawner.run(command("sh", "-c", f"ulimit -c 0; kill -{int(number)} $$", account=account)).status == 128 + number


@pytest.mark.parametrize("account", ["time", "memory"])
@pytest.mark.parametrize(
    ("argv", "cwd", "status", "says"),
    [
        (("no-such-program",), "/", 127, "'no-such-program' could not be started: No such file"),
        (("./no-such-program",), "/", 127, "No such file"),
        (("/etc/passwd",), "/", 126, "Permission denied"),
        (("true",), "/no/such/folder", 127, "/no/such/folder"),
        (("true",), "/etc/passwd", 127, "Not a directory"),
        (("tr\0ue",), "/", 126, "null byte"),
        (("true", "a\0b"), "/", 126, "null byte"),
        (("true", "\ud800"), "/", 126, "surrogates"),
        ((), "/", 126, "the command is empty"),
    ],
)
def test_what_cannot_be_started_says_why(argv, cwd, status, says, account):
    ended = Spawner().run(command(*argv, cwd=cwd, account=account))
    assert ended.status == status
    assert says in ended.error


@pytest.mark.parametrize(("name", "value", "says"), [("A=B", "c", "illegal environment"), ("A", "b\0c", "null byte")])
def test_a_setting_that_would_become_another_one_is_refused(name, value, says):
    ended = Spawner().run(Command(argv=("/bin/true",), cwd="/", environment={name: value}))
    assert (ended.status, says in ended.error) == (126, True), ended.error


def test_a_file_without_a_format_is_not_executable(spawner, tmp_path):
    (tmp_path / "junk").write_bytes(b"\x00\x01\x02")
    (tmp_path / "junk").chmod(0o755)
    ended = spawner.run(command("./junk", cwd=tmp_path))
    assert (ended.status, "Exec format error" in ended.error) == (126, True)


def test_the_command_gets_exactly_its_environment_and_folder(spawner, tmp_path):
    asked = Command(
        argv=("/usr/bin/env",), cwd=str(tmp_path), environment={"A.B": "1", "PWD": "x"}, stdout=str(tmp_path / "deep" / "out.log")
    )
    for account in ("time", "memory"):
        assert spawner.run(Command(**{name: getattr(asked, name) for name in asked.__slots__} | {"account": account})).status == 0
        assert sorted((tmp_path / "deep" / "out.log").read_text().splitlines()) == ["A.B=1", "PWD=x"]
    spawner.run(command("pwd", cwd=tmp_path, stdout=str(tmp_path / "pwd.log")))
    assert (tmp_path / "pwd.log").read_text().strip() == str(tmp_path)


def test_output_goes_to_files_and_stdin_is_closed(spawner, tmp_path):
    out, err = tmp_path / "out", tmp_path / "err"
    out.write_text("old words")
    ended = spawner.run(command("sh", "-c", "cat; echo said; echo cried >&2", stdout=str(out), stderr=str(err)))
    assert (ended.status, out.read_text(), err.read_text()) == (0, "said\n", "cried\n")


def test_both_outputs_may_share_a_file(spawner, tmp_path):
    both = str(tmp_path / "both")
    spawner.run(command("sh", "-c", "echo 1; echo 2 >&2; echo 3", stdout=both, stderr=both))
    assert Path(both).read_text() == "1\n2\n3\n"


def test_a_planted_link_is_not_written_through(spawner, tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "log").symlink_to("precious")
    ended = spawner.run(command("echo", "x", stdout=str(tmp_path / "log")))
    assert (ended.status, (tmp_path / "precious").read_text()) == (126, "precious")
    assert "log" in ended.error


def test_a_time_out_ends_what_ignores_us_and_what_left_the_session(spawner, tmp_path):
    # root -> child -> grandchild, all deaf, and one that called setsid and whose parent is gone
    sleeper = STUBBORN + "import sys, os\nopen(sys.argv[1], 'w').write(str(os.getpid()))\ntime.sleep(60)"
    code = f"""
import subprocess, sys, os, time
{STUBBORN}
run = lambda name, **more: subprocess.Popen([sys.executable, '-I', '-S', '-c', {sleeper!r}, name + '.pid'], **more)
if os.fork() == 0:
    run('grandchild'); time.sleep(60)
if os.fork() == 0:
    run('escaped', start_new_session=True); os._exit(0)
open('root.pid', 'w').write(str(os.getpid()))
time.sleep(60)
"""
    ended = spawner.run(python(code, cwd=tmp_path, timeout_s=1.0))
    pids = read_pids(tmp_path)
    assert set(pids) == {"root", "grandchild", "escaped"}
    assert (ended.status, ended.timed_out, ended.cancelled, ended.survivors) == (128 + signal.SIGKILL, True, False, 0)
    assert not [name for name, pid in pids.items() if lives(pid)]


def test_ending_begins_politely_and_once(spawner, tmp_path):
    code = "import signal, time\nn = []\nsignal.signal(2, lambda *_: n.append(1))\nopen('up', 'w')\nend = time.time() + 20\n"
    code += "while not n and time.time() < end: time.sleep(.01)\ntime.sleep(.05)\nopen('seen', 'w').write(str(len(n)))\nraise SystemExit(9)"
    ended = Spawner(interrupt_grace_s=20).run(python(code, cwd=tmp_path, timeout_s=0.5))
    assert (tmp_path / "seen").read_text() == "1"
    assert (ended.status, ended.timed_out) == (9, True)


def test_what_a_normal_end_leaves_behind_is_ended_and_counted(spawner, tmp_path):
    ended = spawner.run(
        command("sh", "-c", "sleep 60 & echo $! >a.pid; setsid -f sh -c 'echo $$ >b.pid; exec sleep 60'; sleep 0.1", cwd=tmp_path)
    )
    pids = read_pids(tmp_path)
    assert (ended.status, ended.survivors, len(pids)) == (0, 2, 2)
    assert not any(lives(pid) for pid in pids.values())


def test_a_tidy_run_after_an_untidy_one_counts_nothing(spawner):
    assert spawner.run(command("sh", "-c", "setsid -f sleep 60; sleep 0.1")).survivors == 1
    assert spawner.run(command("true")).survivors == 0
    with pytest.raises(ChildProcessError):  # and no zombie is left
        os.waitpid(-1, os.WNOHANG)


def test_children_of_other_parts_are_left_alone(spawner):
    other = subprocess.Popen(["sleep", "60"])
    try:
        ended = spawner.run(command("sh", "-c", "sleep 60 & sleep 0.05"))
        assert ended.survivors == 1
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_cancel_ends_the_run_and_refuses_later_ones(spawner, tmp_path):
    done = []
    runner = threading.Thread(target=lambda: done.append(spawner.run(command("sh", "-c", "echo up >up; sleep 60", cwd=tmp_path))))
    runner.start()
    while not (tmp_path / "up").exists():
        time.sleep(0.01)
    spawner.cancel()
    spawner.cancel()
    runner.join(20)
    assert [(ended.cancelled, ended.timed_out) for ended in done] == [(True, False)]
    later = spawner.run(command("sh", "-c", "echo x >late", cwd=tmp_path))
    assert (later.cancelled, later.status) == (True, 130)
    assert not (tmp_path / "late").exists()
    assert spawner.run(command("no-such-program")).status == 130  # nobody even tried


def test_cancel_from_a_signal_handler(tmp_path):
    code = """
import os, signal, sys
from lanemark.ports import Command
from lanemark.process.spawn import Spawner
spawner = Spawner(interrupt_grace_s=.2)
signal.signal(signal.SIGTERM, lambda *_: spawner.cancel())
ended = spawner.run(Command(argv=("sh", "-c", "kill -15 %d; sleep 60" % os.getpid()), cwd="/", environment=dict(os.environ)))
assert ended.cancelled and not ended.timed_out, ended
print("as wanted")
"""
    source = Path(__file__).parents[2] / "src"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(source)},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.stdout == "as wanted\n", done.stderr


def test_an_interrupt_leaves_nothing_behind(tmp_path):
    code = """
import os, signal
from lanemark.ports import Command
from lanemark.process.spawn import Spawner
try:
    Spawner().run(Command(argv=("sh", "-c", "echo $$ >root.pid; kill -2 %d; sleep 60" % os.getpid()), cwd=".", environment=dict(os.environ)))
except KeyboardInterrupt:
    print("interrupted")
"""
    source = Path(__file__).parents[2] / "src"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(source)},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.stdout == "interrupted\n", done.stderr
    assert not lives(read_pids(tmp_path)["root"])


def test_runs_side_by_side_do_not_end_each_other(spawner):
    done = {}

    def run(name, *argv):
        done[name] = spawner.run(command(*argv, timeout_s=20))

    threads = [threading.Thread(target=run, args=("slow", "sh", "-c", "sleep 0.6; exit 5"))]
    threads += [threading.Thread(target=run, args=(f"quick{n}", "sh", "-c", "sleep 60 & sleep 0.05")) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {name: (ended.status, ended.survivors) for name, ended in done.items()} == {
        "slow": (5, 0),
        **{f"quick{n}": (0, 1) for n in range(4)},
    }


def test_processor_time_is_that_of_the_tree(spawner, tmp_path):
    # The child reports what the kernel told it; its own child spins too and is waited for.
    code = """
import os, resource, time
def spin(seconds):
    while time.process_time() < seconds: sum(range(1000))
if os.fork() == 0:
    spin(.3); os._exit(0)
os.wait(); spin(.3)
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
open('used', 'w').write(str(sum(one.ru_utime + one.ru_stime for one in used)))
"""
    ended = spawner.run(python(code, cwd=tmp_path))
    told = float((tmp_path / "used").read_text())
    assert told > 0.55
    assert ended.usage.cpu_s == pytest.approx(told, rel=0.05)
    assert ended.usage.wall_s > 0.5
    assert ended.usage.page_faults > 100
    assert ended.usage.ctx_switches >= 1


def test_a_sleep_takes_wall_time_and_no_processor(spawner):
    best = min((spawner.run(command("sleep", "0.1")) for _ in range(5)), key=lambda ended: ended.usage.wall_s)
    assert 0.1 <= best.usage.wall_s < 0.2
    assert best.usage.cpu_s < 0.05


def test_timing_tells_no_memory(spawner):
    usage = spawner.run(command("true")).usage
    assert (usage.rss_peak_bytes, usage.io_read_bytes, usage.io_write_bytes) == (None, None, None)


def test_no_descriptor_leaks(spawner, tmp_path):
    spawner.run(command("true", account="memory"))
    before = len(os.listdir("/proc/self/fd"))
    for account in ("time", "memory"):
        for _ in range(5):
            spawner.run(command("true", stdout=str(tmp_path / "out"), account=account))
            spawner.run(command("no-such-program", stdout=str(tmp_path / "out"), account=account))
    assert len(os.listdir("/proc/self/fd")) == before


def test_psutil_is_not_loaded_for_a_run():
    code = "import sys\nimport lanemark.process.spawn\nsys.exit('psutil' in sys.modules or 'numpy' in sys.modules)"
    source = Path(__file__).parents[2] / "src"
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(source)}, check=False).returncode == 0


def test_where_looks_need_psutil_it_is_there_before_the_first_look():
    code = "import sys\nimport lanemark.process.family as f\nf._become_subreaper = bool\nf.Family()\nsys.exit('psutil' not in sys.modules)"
    source = Path(__file__).parents[2] / "src"
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(source)}, check=False).returncode == 0


@pytest.mark.parametrize("account", ["time", "memory"])
def test_a_folder_is_no_program(tmp_path, account):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "tool").mkdir()
    (tmp_path / "two" / "tool").write_text("#!/bin/sh\nexit 7\n")
    (tmp_path / "two" / "tool").chmod(0o755)
    both = Command(argv=("tool",), cwd="/", environment={"PATH": f"{tmp_path}/one:{tmp_path}/two"}, account=account)
    assert Spawner().run(both).status == 7
    alone = Spawner().run(Command(argv=("tool",), cwd="/", environment={"PATH": f"{tmp_path}/one"}, account=account))
    assert (alone.status, "Permission denied" in alone.error) == (126, True)


TELL = """
import json, os, signal, sys
print(json.dumps({
    "words": sys.orig_argv,
    "folder": os.getcwd(),
    "settings": dict(os.environ),
    "open": {n: os.readlink("/proc/self/fd/" + n) for n in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + n)},
    "leads": os.getsid(0) == os.getpgid(0) == os.getpid(),
    # without the two of glibc's own, 32 and 33, which posix_spawn ignores and every program with threads sets again
    "signals": [int(line.split()[1], 16) & ~0x180000000 for line in open("/proc/self/status") if line.startswith(("SigIgn", "SigBlk"))],
    "mask": os.umask(0),
    "text": sys.stdin.read(),
}))
"""


def tell(tmp_path, name):
    log = tmp_path / f"{name}.json"
    telling = Command(
        argv=(Path(sys.executable).name, "-I", "-S", "-c", TELL, "ein Wort", "zwei=\udcff\n"),
        cwd=str(tmp_path),
        environment={"PATH": "no/such:bin", "ODD": "\udcfe =;", "EMPTY": ""},
        stdout=str(log),
        stderr=str(log),
    )
    assert Spawner().run(telling).status == 0, log.read_text()
    return log.read_text().replace(log.name, "log")


def test_a_program_started_straight_finds_what_popen_would_have_given_it(tmp_path, monkeypatch):
    (tmp_path / "bin").symlink_to(Path(sys.executable).parent)
    inherited = os.open(__file__, os.O_RDONLY)
    os.set_inheritable(inherited, True)
    ignored = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    if direct._find_library():  # else both are Popen's

        def refuse(*_, **__):
            pytest.fail("Popen was asked")

        monkeypatch.setattr(starting.subprocess, "Popen", refuse)
    try:
        straight = tell(tmp_path, "straight")
        monkeypatch.undo()
        monkeypatch.setattr(direct, "_find_library", lambda: None)
        roundabout = tell(tmp_path, "roundabout")
    finally:
        signal.signal(signal.SIGUSR1, ignored)
        os.close(inherited)
    assert straight == roundabout
    assert __file__ not in straight


def test_a_program_does_not_inherit_that_python_ignores_a_broken_pipe(tmp_path):
    log = tmp_path / "log"
    assert Spawner().run(command("sed", "-n", "s/^SigIgn:\t*//p", "/proc/self/status", stdout=str(log))).status == 0
    assert not int(log.read_text(), 16) & (1 << signal.SIGPIPE - 1 | 1 << signal.SIGXFSZ - 1)


def test_popen_tells_why_where_the_straight_way_fails(tmp_path):
    (tmp_path / "script").write_text("#!/no/such/interpreter\n")
    (tmp_path / "script").chmod(0o755)
    ended = Spawner().run(command("./script", cwd=tmp_path))
    assert (ended.status, "No such file" in ended.error) == (127, True)


def test_a_program_that_cannot_run_does_not_hide_the_next_of_that_name(tmp_path):
    for folder, text in (("first", "#!/no/such/interpreter\n"), ("second", "#!/bin/sh\nexit 7\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "tool").write_text(text)
        (tmp_path / folder / "tool").chmod(0o755)
    path = f"{tmp_path}/first:{tmp_path}/second"
    assert Spawner().run(Command(argv=("tool",), cwd="/", environment={"PATH": path})).status == 7


@pytest.mark.parametrize("account", ["time", "memory"])
def test_a_folder_of_the_path_may_be_relative_to_where_the_command_runs(tmp_path, account):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "tool").write_text("#!/bin/sh\nexit 7\n")
    (tmp_path / "bin" / "tool").chmod(0o755)
    assert Spawner().run(Command(argv=("tool",), cwd=str(tmp_path), environment={"PATH": "bin"}, account=account)).status == 7


def test_what_we_do_after_a_quick_command_is_over_is_not_its_time(monkeypatch):
    """Both often get the same core, and then the command is over before its start has come back to us."""

    def start_and_let_it_end(prepared):
        pid = starting.start_root(prepared)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        return pid

    class SlowChild(Child):
        def __init__(self, pid):
            time.sleep(0.5)
            super().__init__(pid)

    monkeypatch.setattr(spawn, "start_root", start_and_let_it_end)
    monkeypatch.setattr(spawn, "Child", SlowChild)
    began = time.perf_counter()
    ended = Spawner().run(command("sh", "-c", "exit 7"))
    whole_s = time.perf_counter() - began
    assert (ended.status, ended.survivors) == (7, 0)
    assert 0 < ended.usage.wall_s <= whole_s - 0.5
    assert Spawner().run(command("sleep", "0.3")).usage.wall_s >= 0.3

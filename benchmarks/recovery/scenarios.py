"""Faults as commands of a stage, by class. Real programs fail for real; nothing is printed that a program would have to print.

`$P` is a server that fails on purpose, `$C` a port where nobody listens. `first(...)` is a fault that is gone the second time: such
a stage must work in the end. `needs` are programs, or `mounts` (a file system of our own) and `nobody` (another user).
"""

import os
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Scenario:
    """One stage that fails, and what that must be called. `recovers` says that it must work in the end, None that it cannot."""

    cause: str
    name: str
    run: str
    recovers: bool = False
    needs: tuple[str, ...] = ()
    stage: dict = field(default_factory=dict)
    cancel: bool = False
    lane_s: float | None = None
    longest_s: float | None = None
    quick: bool = False


def first(run):
    """Return a command whose fault is there once."""
    return f"if [ ! -e ../once ]; then touch ../once\n{run}\nfi\necho whole > out.txt"


def python(code):
    """Return a command line with a Python program."""
    return f"python3 - <<'PY'\n{code}\nPY"


NOBODY = "setpriv --reuid=65534 --clear-groups" if os.geteuid() == 0 else ""
TMPFS = "mkdir -p small; unshare -rm sh -ec 'mount -t tmpfs -o {0} t small; {1}'"
PYTEST = "python3 -m pytest -q -p no:cacheprovider"
HOG = "ulimit -v 400000; "
OUT = {"outputs": ("out.txt",)}

TIMEOUTS = [
    ("a sleep", "sleep 30"),
    ("it hears no SIGINT", "trap '' INT; sleep 30"),
    ("a busy loop", "while :; do :; done"),
    ("a child in the background", "sleep 30 & wait"),
    ("a pipe nobody writes to", "mkfifo p; cat p"),
    ("a server that says nothing", "curl -s http://127.0.0.1:$P/stall"),
    ("a lock", "python3 -c 'import threading; l = threading.Lock(); l.acquire(); l.acquire()'"),
    ("a session of its own", "setsid sleep 30"),
    ("after a line that looks like a network error", "echo 'Connection refused'; sleep 30"),
    ("waiting for input that never comes", "tail -f /dev/null"),
]
NETWORK = [
    ("curl, closed port", "curl -sS http://127.0.0.1:$C/"),
    ("curl, silent, closed port", "curl -s http://127.0.0.1:$C/"),
    ("curl, 503", "curl -sSf http://127.0.0.1:$P/503"),
    ("curl, 429", "curl -sSf http://127.0.0.1:$P/429"),
    ("curl, 502", "curl -sSf http://127.0.0.1:$P/502"),
    ("curl, stall", "curl -sS -m 0.3 http://127.0.0.1:$P/stall"),
    ("curl, reset", "curl -sS http://127.0.0.1:$P/reset"),
    ("curl, empty", "curl -sS http://127.0.0.1:$P/empty"),
    ("curl, half a file", "curl -sS -o f http://127.0.0.1:$P/half"),
    ("curl, no such host", "curl -sS http://nowhere.invalid/"),
    ("urllib, 504", 'python3 -c \'import os, urllib.request as u; u.urlopen("http://127.0.0.1:" + os.environ["P"] + "/504")\''),
    ("urllib, closed port", 'python3 -c \'import os, urllib.request as u; u.urlopen("http://127.0.0.1:" + os.environ["C"])\''),
    ("wget, closed port", "wget -q -t 1 -O f http://127.0.0.1:$C/"),
    ("git, closed port", "git clone -q http://127.0.0.1:$C/x.git"),
    ("git, 503", "git clone -q http://127.0.0.1:$P/503/x.git"),
    ("pip, closed port", "pip download -q --no-cache-dir --retries 0 --no-deps -i http://127.0.0.1:$C/simple good"),
    (
        "pip, closed port, with its warnings",
        "pip download --no-cache-dir --retries 1 --no-deps -i http://127.0.0.1:$C/simple good",
    ),
    ("npm, closed port", "npm view good --registry http://127.0.0.1:$C/ --fetch-retries 0"),
    ("npm, 503", "npm view good --registry http://127.0.0.1:$P/503/ --fetch-retries 0"),
    (
        "node, closed port",
        "node -e 'fetch(\"http://127.0.0.1:\" + process.env.C).catch(e => { console.error(e.cause || e); process.exit(1) })'",
    ),
    ("uv, closed port", "UV_HTTP_RETRIES=0 uv pip install --no-cache --target t -i http://127.0.0.1:$C/simple good"),
]
MEMORY = [
    ("Python", HOG + "python3 -c 'bytearray(1 << 31)'"),
    ("Python, a list that grows", HOG + "python3 -c 'x = []\nwhile True: x.append(bytearray(1 << 24))'"),
    ("node, its own heap", "node --max-old-space-size=20 -e 'const a = []; while (true) a.push(new Array(10000).fill(1.5))'"),
    (
        "Java, its own heap",
        "printf 'class A { public static void main(String[] a) { byte[] b = new byte[1 << 30]; } }' > A.java; java -Xmx16m A.java",
    ),
    ("perl", HOG + "perl -e '$x = \"x\" x (1 << 31)'"),
    ("dd, its buffer", HOG + "dd if=/dev/zero of=/dev/null bs=1G count=1"),
    (
        "a C++ program",
        "printf '#include <vector>\\nint main() { std::vector<char> v(1ull << 40); return v[5]; }' > a.cc; g++ -o a a.cc; ulimit -c 0; ulimit -v 200000; ./a",
    ),
    ("xz", "ulimit -v 60000; head -c 100000 /dev/zero | xz -9 > f.xz"),
    ("the kernel, by its counter", "echo 'oom_kill 1' > ../root/proc/vmstat; kill -KILL $$"),
    ("the kernel, a child", "echo 'oom_kill 3' > ../root/proc/vmstat; sh -c 'kill -KILL $$'"),
    (
        "the kernel, a child of make",
        "echo 'oom_kill 1' > ../root/proc/vmstat; printf 'all:\\n\\t@kill -KILL $$$$\\n' > Makefile; make",
    ),
]
DISK = [
    ("head", "head -c 1000 /dev/zero > /dev/full"),
    ("cp", "head -c 100 /dev/zero > f; cp f /dev/full"),
    ("dd", "dd if=/dev/zero of=/dev/full bs=1k count=1"),
    ("Python", 'python3 -c \'open("/dev/full", "w").write("x" * 100000)\''),
    ("gzip", "head -c 100000 /dev/urandom | gzip > /dev/full"),
    ("tar", "head -c 100000 /dev/zero > f; tar cf /dev/full f"),
    ("sort", "seq 10000 | sort > /dev/full"),
    ("node", 'node -e \'require("fs").writeFileSync("/dev/full", "x")\''),
    ("perl", 'perl -e \'open F, ">", "/dev/full"; print F "x"; close F or die $!\''),
    ("a limit on files", "ulimit -f 8; dd if=/dev/zero of=f bs=1k count=100"),
    (
        "a limit on files, Python",
        'ulimit -f 8; python3 -c \'import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); open("f", "wb").write(bytes(100000))\'',
    ),
]
DISK_MOUNTED = [
    ("a full file system", TMPFS.format("size=64k", "head -c 200k /dev/zero > small/f")),
    (
        "a full file system, git",
        TMPFS.format("size=64k", "git init -q small/r; head -c 200k /dev/urandom > small/r/f; git -C small/r add f"),
    ),
    ("no inodes", TMPFS.format("nr_inodes=4", "touch small/1 small/2 small/3 small/4 small/5")),
]
INSTALL = [
    ("pip, no such package", "pip install -q --no-cache-dir --target t -i http://127.0.0.1:$P/simple nothing"),
    ("pip, no such version", "pip install -q --no-cache-dir --target t -i http://127.0.0.1:$P/simple good==7"),
    ("pip, a conflict", "pip install -q --no-cache-dir --target t -i http://127.0.0.1:$P/simple one two"),
    ("pip, another Python", "pip install -q --no-cache-dir --target t -i http://127.0.0.1:$P/simple future"),
    ("uv, no such version", "uv pip install --no-cache --target t -i http://127.0.0.1:$P/simple good==7"),
    ("uv, a conflict", "uv pip install --no-cache --target t -i http://127.0.0.1:$P/simple one two"),
    ("npm, no such version", "npm install good@7 --no-audit --registry http://127.0.0.1:$P/npm/"),
    ("npm, no such package", "npm install nothing --no-audit --registry http://127.0.0.1:$P/npm/"),
    ("npm, peers that do not fit", "npm install peer good@1.0.0 --no-audit --registry http://127.0.0.1:$P/npm/"),
    (
        "npm, a lock that does not fit",
        'echo \'{"dependencies": {"good": "1.0.0"}}\' > package.json; echo \'{"lockfileVersion": 3, "packages": {}}\' > package-lock.json; npm ci --registry http://127.0.0.1:$P/npm/',
    ),
]
INTEGRITY = [
    ("pip, a digest of the index", "pip install -q --no-cache-dir --target t -i http://127.0.0.1:$P/simple wrong"),
    (
        "pip, a digest of ours",
        "echo 'good==1.0 --hash=sha256:"
        + "0" * 64
        + "' > r.txt; pip install -q --no-cache-dir --target t -i http://127.0.0.1:$P/simple -r r.txt",
    ),
    ("npm, a digest of the registry", "npm install wrong --no-audit --registry http://127.0.0.1:$P/npm/"),
    (
        "uv, a digest of ours",
        "echo 'good==1.0 --hash=sha256:"
        + "0" * 64
        + "' > r.txt; uv pip install --no-cache --target t -i http://127.0.0.1:$P/simple -r r.txt",
    ),
]
TESTS = [
    ("pytest", f"printf 'def test_a():\\n    assert 0\\n' > test_a.py; {PYTEST}", ()),
    (
        "pytest with a report",
        f"printf 'def test_a():\\n    assert 0\\n' > test_a.py; {PYTEST} --junitxml=junit.xml",
        ("junit.xml",),
    ),
    (
        "pytest, an error in a fixture",
        f"printf 'import pytest\\n@pytest.fixture\\ndef f():\\n    raise OSError(28, \"No space left on device\")\\ndef test_a(f):\\n    pass\\n' > test_a.py; {PYTEST}",
        (),
    ),
    (
        "pytest, a test that wants the network",
        f'printf \'import os, urllib.request\\ndef test_a():\\n    urllib.request.urlopen("http://127.0.0.1:" + os.environ["C"])\\n\' > test_a.py; {PYTEST} --junitxml=junit.xml',
        ("junit.xml",),
    ),
    ("pytest, a test that runs out of memory", f"printf 'def test_a():\\n    raise MemoryError\\n' > test_a.py; {PYTEST}", ()),
    ("pytest, a module that cannot be imported", f"echo 'import nothing_like_this' > test_a.py; {PYTEST}", ()),
    (
        "unittest",
        "printf 'import unittest\\nclass T(unittest.TestCase):\\n    def test_a(self):\\n        self.fail()\\n' > test_a.py; python3 -m unittest",
        (),
    ),
    ("node", 'echo \'require("node:test")("a", () => { throw new Error("ECONNREFUSED") })\' > a.test.js; node --test', ()),
    ("prove", "echo 'print \"1..1\\nnot ok 1\\n\"' > a.t; prove a.t", ()),
    (
        "go",
        "printf 'module x\\n' > go.mod; printf 'package x\\nimport \"testing\"\\nfunc TestA(t *testing.T) { t.Fatal(\"connection refused\") }\\n' > a_test.go; GOCACHE=$PWD/../gocache GOFLAGS=-mod=mod go test ./...",
        (),
    ),
]
PERMISSION = [
    ("a script that is not executable", "echo 'echo hi' > s.sh; ./s.sh"),
    ("a folder", "chmod 000 $PWD/locked 2>/dev/null || mkdir -m 000 locked; NOBODY cat locked/f"),
    ("/etc/shadow", "NOBODY cat /etc/shadow"),
    ("writing where nobody may", "NOBODY sh -c 'echo x > /etc/lanemark-fault'"),
    ("Python", "NOBODY python3 -c 'open(\"/etc/shadow\")'"),
    ("killing what is another's", "NOBODY kill -0 1"),
    ("node", 'NOBODY node -e \'require("fs").readFileSync("/etc/shadow")\''),
    ("making a folder", "NOBODY mkdir /lanemark-fault"),
    ("sort", "NOBODY sort /etc/shadow"),
]
PERMISSION_HTTP = [
    ("curl, 403", "curl -sSf http://127.0.0.1:$P/403"),
    ("curl, 401", "curl -sSf http://127.0.0.1:$P/401"),
    ("urllib, 403", 'python3 -c \'import os, urllib.request as u; u.urlopen("http://127.0.0.1:" + os.environ["P"] + "/403")\''),
    ("git, 403", "git clone -q http://127.0.0.1:$P/403/x.git"),
    ("npm, 401", "npm view good --registry http://127.0.0.1:$P/401/ --fetch-retries 0"),
]
CORRUPT = [
    ("gzip, cut", "seq 10000 | gzip > f.gz; head -c 500 f.gz > g.gz; gzip -d g.gz"),
    ("gzip, a bit", "seq 10000 | gzip > f.gz; printf 'XX' | dd of=f.gz bs=1 seek=2000 conv=notrunc status=none; gzip -d f.gz"),
    ("tar, cut", "seq 10000 > f; tar czf f.tgz f; head -c 500 f.tgz > g.tgz; tar xzf g.tgz"),
    ("zip, cut", "seq 10000 > f; python3 -m zipfile -c f.zip f; head -c 500 f.zip > g.zip; python3 -m zipfile -e g.zip x"),
    ("unzip, cut", "seq 10000 > f; python3 -m zipfile -c f.zip f; head -c 500 f.zip > g.zip; unzip -q g.zip -d x"),
    ("xz, cut", "seq 10000 | xz > f.xz; head -c 500 f.xz > g.xz; xz -d g.xz"),
    ("bzip2, cut", "seq 10000 | bzip2 > f.bz2; head -c 500 f.bz2 > g.bz2; bzip2 -d g.bz2"),
    (
        "sqlite",
        'python3 -c \'\nimport sqlite3\nc = sqlite3.connect("d"); c.execute("create table t(x)"); c.executemany("insert into t values(?)", [(str(i) * 50,) for i in range(500)]); c.commit(); c.close()\nd = bytearray(open("d", "rb").read()); d[4096:9000] = b"x" * 4904; open("d", "wb").write(d)\nsqlite3.connect("d").execute("select sum(length(x)) from t").fetchall()\'',
    ),
    ("sqlite, no database", 'seq 1000 > d; python3 -c \'import sqlite3; sqlite3.connect("d").execute("select 1 from t")\''),
    (
        "git, an object",
        "git init -q r; cd r; echo a > f; git add f; git -c user.name=a -c user.email=a@b commit -qm a; for o in .git/objects/??/*; do chmod +w $o; head -c 5 $o > ../o; cp ../o $o; done; git log -p",
    ),
    ("git, the index", "git init -q r; cd r; echo a > f; git add f; echo damaged > .git/index; git status"),
    ("zlib", "python3 -c 'import zlib; zlib.decompress(zlib.compress(bytes(range(256)) * 99)[:50])'"),
]
CANCELLED = [
    ("SIGTERM from outside", "kill -TERM $$"),
    ("SIGINT from outside", "kill -INT $$"),
    (
        "SIGHUP from outside",  # what was started with nohup is deaf to it, and so is all below
        "exec python3 -c 'import os, signal as s; s.signal(s.SIGHUP, s.SIG_DFL); os.kill(os.getpid(), s.SIGHUP)'",
    ),
    ("SIGTERM to a child", "sleep 5 & kill -TERM $!; wait $!"),
    ("SIGTERM to Python", "python3 -c 'import os, signal; os.kill(os.getpid(), signal.SIGTERM)'"),
]
CANCELS = [
    ("our cancel, a sleep", "sleep 30"),
    ("our cancel, it hears no SIGINT", "trap '' INT; sleep 30"),
    ("our cancel, children", "sleep 30 & sleep 30 & wait"),
    ("our cancel, a busy loop", "while :; do :; done"),
    ("our cancel, it ends well", "trap 'exit 0' INT; sleep 30 & wait"),
]
CRASH = [
    ("SIGSEGV", "ulimit -c 0; kill -SEGV $$"),
    ("SIGABRT", "ulimit -c 0; kill -ABRT $$"),
    ("SIGBUS", "ulimit -c 0; kill -BUS $$"),
    ("SIGFPE", "ulimit -c 0; kill -FPE $$"),
    ("SIGILL", "ulimit -c 0; kill -ILL $$"),
    ("Python, a bad address", "ulimit -c 0; python3 -c 'import ctypes; ctypes.string_at(0)'"),
    ("Python, abort", "ulimit -c 0; python3 -c 'import os; os.abort()'"),
    ("Python, its own stack trace", "ulimit -c 0; python3 -X faulthandler -c 'import ctypes; ctypes.string_at(0)'"),
    ("a C program", "echo 'int main() { int *p = 0; return *p; }' > a.c; gcc -o a a.c; ulimit -c 0; ./a"),
    ("node, abort", "ulimit -c 0; node -e 'process.abort()'"),
    ("without end", "yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
]
CONFIG = [
    ("a command that is not there", "no-such-command-anywhere"),
    ("a script that is not there", "./no-such-script"),
    ("a folder that is not there", "cd no-such-folder"),
    ("Python, a file that is not there", "python3 no_such_file.py"),
    ("Python, a module that is not there", "python3 -m no_such_module"),
    ("node, a file that is not there", "node no_such_file.js"),
    ("make, no rule", "echo 'all:' > Makefile; make other"),
    ("npm, no script", "echo '{}' > package.json; npm run nothing"),
    ("pytest, no tests", f"mkdir empty; {PYTEST} empty"),
    ("pytest, an unknown option", f"{PYTEST} --no-such-option"),
    ("the shell, a mistake", "if true; then echo ) fi"),
]
UNKNOWN = [
    ("a status", "exit 3"),
    ("another status", "exit 42"),
    ("255", "exit 255"),
    ("false", "false"),
    ("a sentence", "echo 'the moon is full' >&2; exit 1"),
    ("Python, a sentence", "python3 -c 'raise SystemExit(\"not today\")'"),
    ("grep", "echo a | grep b"),
    ("diff", "echo a > a; echo b > b; diff a b"),
    ("SIGUSR1", "kill -USR1 $$"),
    ("killed, with all memory free", "kill -KILL $$"),
]
FLAKY_TEST = "printf 'import os\\ndef test_ok():\\n    pass\\ndef test_a():\\n    {0}\\n' > test_a.py; {1} --junitxml=junit.xml"
FLAKY = [
    ("a file that is there later", 'assert os.path.exists("../once") or open("../once", "w").close()'),
    (
        "a count",
        'n = len(os.listdir("..")); open(f"../n{n}", "w").close(); assert os.path.exists("../once") or open("../once", "w").close()',
    ),
]
TURN = 'turn = os.path.exists("../once"); open("../once", "a").write("{0}"); assert turn'
FLAKY += [(f"by turns, {number}", TURN.format(number)) for number in range(1, 9)]


def all_scenarios():
    """Return every scenario; the first ones of each class are quick enough for the tests."""
    found = [Scenario("timeout", name, run, stage={"timeout_s": 0.4}) for name, run in TIMEOUTS]
    found.append(Scenario("timeout", "`timeout`", "timeout 0.2 sleep 30"))
    found.append(Scenario("timeout", "the lane", "sleep 30", lane_s=0.4))
    found += [
        Scenario("timeout", f"once: {name}", first(run), True, stage={"timeout_s": 1.5, **OUT}, longest_s=0.1)
        for name, run in TIMEOUTS[:4]
    ]
    for cause, rows in (
        ("network", NETWORK),
        ("out-of-memory", MEMORY),
        ("disk-full", DISK),
        ("corrupt-state", CORRUPT),
        ("install", INTEGRITY),
    ):
        found += [Scenario(cause, name, run) for name, run in rows]
        found += [Scenario(cause, f"once: {name}", first(f"( {run}\n)"), True, stage=OUT) for name, run in rows]
    found += [Scenario("disk-full", name, run, needs=("mounts",)) for name, run in DISK_MOUNTED]
    found += [Scenario("install", name, run) for name, run in INSTALL]
    found += [Scenario("test-failure", name, run, stage={"outputs": outputs}) for name, run, outputs in TESTS]
    found += [
        Scenario("permission", name, run.replace("NOBODY", NOBODY), needs=("nobody",) if "NOBODY" in run else ())
        for name, run in PERMISSION
    ]
    found += [Scenario("permission", name, run) for name, run in PERMISSION_HTTP]
    found += [Scenario("cancelled", name, run) for name, run in CANCELLED]
    found += [Scenario("cancelled", name, run, cancel=True) for name, run in CANCELS]
    found += [Scenario("crash", name, run) for name, run in CRASH]
    found += [Scenario("config", name, run) for name, run in CONFIG]
    found.append(Scenario("config", "an output that is not written", "true", stage={"outputs": ("made.txt",)}))
    found += [Scenario("unknown", name, run) for name, run in UNKNOWN]
    rerun = f'{PYTEST} $(cat "$LANEMARK_FAILED_TESTS")'
    found += [
        Scenario(
            "flaky",
            name,
            FLAKY_TEST.format(code.replace("%", "%%"), PYTEST),
            True,
            stage={"outputs": ("junit.xml",), "rerun": rerun},
        )
        for name, code in FLAKY
    ]
    return found

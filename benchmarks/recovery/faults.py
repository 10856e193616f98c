"""Is a failure called what it is, and does what can be got over get over it? `python benchmarks/recovery/faults.py [CLASS...]`.

Every scenario is a stage with real processes. Printed are the share that is called right (at least 95 %), the share of failures
that were gone the second time and whose stage worked in the end (at least 90 %), and whether any file that no stage declares was
touched (none). `interrupted` is not here: the kill suite has it.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "src")]

from scenarios import NOBODY, all_scenarios  # noqa: E402
from servers import start_servers  # noqa: E402

from lanemark.config.types import Stage  # noqa: E402
from lanemark.errors import StoppedError  # noqa: E402
from lanemark.plan.build import build_plan  # noqa: E402
from lanemark.process.clock import SystemClock  # noqa: E402
from lanemark.process.crowd import StageCrowd  # noqa: E402
from lanemark.process.scene import SystemScene  # noqa: E402
from lanemark.process.spawn import Spawner  # noqa: E402
from lanemark.recover.recovery import Recovery  # noqa: E402
from lanemark.run.plan import execute_plan  # noqa: E402
from lanemark.run.types import Tools, Workspace  # noqa: E402
from lanemark.store.files import DiskFiles  # noqa: E402
from lanemark.store.rooms import OwnRooms  # noqa: E402
from lanemark.store.trees import DiskTrees  # noqa: E402

RIGHT, RECOVERED = 0.95, 0.90


def lacking(scenario):
    """Return a program that the scenario needs and this machine lacks, empty where it has all."""
    words = (
        "curl",
        "wget",
        "git",
        "npm",
        "node",
        "java",
        "perl",
        "xz",
        "bzip2",
        "unzip",
        "g++",
        "gcc",
        "make",
        "prove",
        "go",
        "uv",
        "sqlite3",
        "pip",
    )
    used = [
        word
        for word in words
        if f"{word} " in f" {scenario.run} " and any(f"{sep}{word} " in f"\n{scenario.run}" for sep in ("\n", " ", ";", "("))
    ]
    for word in used:
        if shutil.which(word) is None:
            return word
    if "mounts" in scenario.needs and subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        return "a file system of our own"
    if "nobody" in scenario.needs and NOBODY and shutil.which("setpriv") is None:
        return "setpriv"
    return ""


def digest_of(folder):
    """Return a digest of all files in a folder."""
    seen = hashlib.sha256()
    for path in sorted(Path(folder).rglob("*")):
        seen.update(f"{path.relative_to(folder)} {path.lstat().st_mode}".encode())
        if path.is_file():
            seen.update(path.read_bytes())
    return seen.hexdigest()


class Outside:
    """The servers, for as long as the context lasts."""

    def __enter__(self):
        self.open_port, self.closed_port, self.stop = start_servers()
        return self

    def __exit__(self, *_):
        self.stop()


def play(scenario, outside, top):
    """Play one scenario below `top`; return the class that was found first, whether it worked at last, and whether all is intact."""
    top = Path(top)
    root, kept, fake = top / "w", top / "w" / "kept", top / "root" / "proc"
    for folder in (kept, fake, top / "log", top / "home"):
        folder.mkdir(parents=True)
    (kept / "precious").write_bytes(os.urandom(1000))
    (fake / "vmstat").write_text("oom_kill 0\n")
    (fake / "meminfo").write_text("MemTotal: 8000000 kB\n")
    top.chmod(0o755)
    before = digest_of(kept)
    stage = Stage(name="fault", line=1, run=scenario.run, retries=3, **scenario.stage)
    place = Workspace(
        side="head",
        root=str(root),
        stages={"fault": stage},
        plan=build_plan("standard", ["fault"], {"fault": stage}),
        logs=str(top / "log"),
    )
    spawner = Spawner(interrupt_grace_s=0.2, terminate_grace_s=0.2, log_limit=4 << 20)
    crowd = StageCrowd(2)
    recovery = Recovery(
        scene=SystemScene(root=f"{top}/root/"),
        crowd=crowd,
        rooms=OwnRooms(str(top / "cache"), str(top / "cache")),
        pause=lambda _: crowd.pause(0.01),
        random=lambda: 0.5,
        longest={"fault": scenario.longest_s} if scenario.longest_s else {},
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(top / "home"),
        "P": str(outside.open_port),
        "C": str(outside.closed_port),
        "LC_ALL": "C.UTF-8",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "NO_PROXY": "*",
        "UV_CACHE_DIR": str(top / "uv"),
        "UV_PYTHON": sys.executable,
        "npm_config_update_notifier": "false",
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_fetch_retries": "0",
    }
    tools = Tools(
        processes=spawner,
        files=DiskFiles(),
        trees=DiskTrees(str(top / "trees")),
        clock=SystemClock(),
        environment=environment,
        say=lambda _: None,
    )
    if scenario.cancel:
        threading.Thread(target=cancel_later, args=(spawner, top / "log" / "fault.out")).start()
    try:
        outcome = execute_plan(place, replace(tools, recovery=lambda: recovery), timeout_s=scenario.lane_s)["fault"]
    except StoppedError:
        return "cancelled", False, digest_of(kept) == before, ()
    cause = outcome.tries[0].cause if outcome.tries else outcome.failure.cause if outcome.failure else "none"
    signs = outcome.tries[0].signs if outcome.tries else outcome.failure.signs if outcome.failure else ()
    worked = outcome.state == "ran"
    if outcome.flaky:
        cause = "flaky"
    elif worked and (root / "out.txt").exists():
        worked = (root / "out.txt").read_text() == "whole\n"
    return cause, worked, digest_of(kept) == before, signs


def cancel_later(spawner, log):
    """Cancel when the stage runs."""
    while not log.exists():
        time.sleep(0.01)
    time.sleep(0.2)
    spawner.cancel()


def main(wanted):
    """Play all scenarios and print what came of them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what is in the background deaf to it
    total, right, wrong, skipped = Counter(), Counter(), [], []
    recoverable = recovered = torn = 0
    took = []
    with Outside() as outside:
        for scenario in all_scenarios():
            if wanted and scenario.cause not in wanted:
                continue
            if missing := lacking(scenario):
                skipped.append(f"{scenario.cause}, {scenario.name}: no {missing}")
                continue
            with tempfile.TemporaryDirectory(prefix="lanemark-fault-", ignore_cleanup_errors=True) as top:
                started = time.monotonic()
                cause, worked, intact, signs = play(scenario, outside, top)
                took.append((time.monotonic() - started, f"{scenario.cause}, {scenario.name}"))
            total[scenario.cause] += 1
            right[scenario.cause] += cause == scenario.cause
            torn += not intact
            if cause != scenario.cause:
                wrong.append(f"{scenario.cause}, {scenario.name}: called {cause}, {' | '.join(signs)[:200]}")
            if scenario.recovers:
                recoverable += 1
                recovered += worked
                if not worked:
                    wrong.append(f"{scenario.cause}, {scenario.name}: did not work in the end, {' | '.join(signs)[:200]}")
    for cause, number in sorted(total.items()):
        print(f"{cause:15} {right[cause]:3} of {number:3} called right")
    for line in (*wrong, *(f"left out: {line}" for line in skipped)):
        print(f"  {line}")
    print("slowest      " + "; ".join(f"{seconds:.1f} s {name}" for seconds, name in sorted(took, reverse=True)[:5]))
    share = sum(right.values()) / max(sum(total.values()), 1)
    gone = recovered / recoverable if recoverable else 1.0
    print(f"called right {share:.1%} of {sum(total.values())} (at least {RIGHT:.0%})")
    print(f"recovered    {gone:.1%} of {recoverable} (at least {RECOVERED:.0%})")
    print(f"torn files   {torn} (none)")
    return 0 if share >= RIGHT and gone >= RECOVERED and not torn else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

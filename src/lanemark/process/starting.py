"""Start the root of a run: straight for timing, through a tiny stranger for memory."""

import contextlib
import functools
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from lanemark.ports import Command
from lanemark.process.direct import Start, find_program, prepare_direct
from lanemark.process.family import Family


@dataclass(frozen=True, slots=True)
class Prepared:
    """A command and all it needs, made before the clock runs: nowhere and its outputs open, its environment as bytes."""

    command: Command
    environment: dict[bytes, bytes]
    nowhere: int
    stdout: int
    stderr: int
    direct: Start | None

    @property
    def written(self) -> frozenset[int]:
        """The files among its outputs."""
        return frozenset((self.stdout, self.stderr)) - {self.nowhere}


@contextlib.contextmanager
def prepare_start(command: Command) -> Iterator[Prepared]:
    """Yield what a start needs; its outputs are new empty files (their folders are made), one file where both have one name.

    Raise OSError where a file cannot be opened, ValueError for an empty command and names that have no bytes.
    """
    if not command.argv:
        raise ValueError("the command is empty")
    environment = {os.fsencode(name): os.fsencode(value) for name, value in command.environment.items()}
    with contextlib.ExitStack() as stack:
        nowhere = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        stack.callback(os.close, nowhere)
        outputs: dict[str | None, int] = {None: nowhere}
        for path in (command.stdout, command.stderr):
            if path is not None and path not in outputs:
                outputs[path] = _open_output(path)
                stack.callback(os.close, outputs[path])
        files = nowhere, outputs[command.stdout], outputs[command.stderr]
        direct = stack.enter_context(prepare_direct(command.argv, cwd=command.cwd, environment=environment, files=files))
        yield Prepared(command, environment, *files, direct)


def _open_output(path: str) -> int:
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    # Appending, so that two writers of one log (or one that opens /dev/stdout again) do not write over each other.
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)


def start_root(prepared: Prepared, *, argv: tuple[str, ...] = ()) -> int:
    """Start the command (or `argv` in its place) as the leader of a new session and return its process id.

    Raise OSError or ValueError where it cannot be started: no such file or folder, not executable, a NUL in an argument.
    """
    if prepared.direct and not argv and (pid := prepared.direct()):
        return pid
    process = subprocess.Popen(
        argv or prepared.command.argv,
        stdin=prepared.nowhere,
        stdout=prepared.stdout,
        stderr=prepared.stderr,
        cwd=prepared.command.cwd,
        env=prepared.environment,
        start_new_session=True,
    )
    process.returncode = 0  # `Child` waits for it; Popen must not
    return process.pid


def start_apart(prepared: Prepared, family: Family) -> tuple[int, int]:
    """Start the command so that its `ru_maxrss` is its own; return its process id and the floor of that figure in bytes.

    At exec the kernel notes the memory of whoever ran before in the process, which after vfork is *us*: /bin/true started from a
    program of 200 MB "uses" 200 MB. `setsid -f` starts it from a process of 1 MB instead, ends, and leaves us the orphan. Where
    that is not to be had, figures up to our own peak mean nothing. `family.lock` is held.
    """
    tool = _find_setsid()
    command = prepared.command
    there = os.path.isdir(command.cwd) and find_program(command.argv[0], command.cwd, prepared.environment)
    if tool and family.adopts and there:  # where it is not, only the straight way tells why
        known = {stray.pid for stray in family.strays()}
        tiny = start_root(prepared, argv=(tool, "-f", "--", *command.argv))
        _, status = os.waitpid(tiny, 0)
        born = [stray for stray in family.strays() if stray.pid not in known]
        if status == 0 and born:  # it may have left orphans already, but all of them are younger
            return min(born, key=lambda stray: (stray.started, stray.pid)).pid, 0
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * maxrss_unit()
    return start_root(prepared), floor


def maxrss_unit() -> int:
    """Return the bytes that one unit of `ru_maxrss` stands for: Linux counts KiB, macOS bytes."""
    return 1 if sys.platform == "darwin" else 1024


@functools.cache
def _find_setsid() -> str | None:
    """Return util-linux's setsid (busybox has one without `-f`)."""
    tool = shutil.which("setsid", path="/usr/bin:/bin")
    if not tool:
        return None
    asked = subprocess.run([tool, "--version"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return tool if b"util-linux" in asked.stdout else None

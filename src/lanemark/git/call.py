"""Start git so that nobody's configuration changes what it says or makes it run something, and bound how long it may take.

The repository's own configuration can name programs (`diff.external`, `core.fsmonitor`, hooks) and change every output
(`diff.noprefix`, `color.ui`, `diff.orderFile`), and so can the user's and the environment. What matters is overridden on the
command line, which wins over all files, and the files of user and system are not read, except where the network is asked:
there live credentials and proxies.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from lanemark.errors import DataError, NotARepositoryError, UsageError
from lanemark.escape import shell, visible

PINS = (
    "core.quotePath=false",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.untrackedCache=false",
    "core.pager=cat",
    "diff.external=",
    "diff.orderFile=/dev/null",
    "diff.suppressBlankEmpty=false",
    "diff.renameLimit=1000",
    "color.ui=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
    "protocol.ext.allow=never",
    "advice.detachedHead=false",
)
"""Settings that stand on every command line."""

KEPT = (
    "GIT_EXEC_PATH",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_PROXY_SSL_CAINFO",
)
"""The only variables of git that are handed on; the others move the repository or change what git does."""

LOCAL_TIMEOUT_S = 300.0
NETWORK_TIMEOUT_S = 300.0


@dataclass(slots=True)
class Call:
    """Starts git in the folder `root`.

    `trusted` are folders that the user told git to trust although they belong to somebody else (`safe.directory`); they are
    looked up when git refuses, since that setting stands in the files that are not read.
    """

    root: str
    trusted: tuple[str, ...] = field(default=())

    def run(
        self, *arguments: str, stdin: bytes = b"", fine: tuple[int, ...] = (0,), index: str = "", objects_only: bool = False
    ) -> bytes:
        """Return what git prints; raise NotARepositoryError, or DataError where the status is not in `fine`.

        `index` is the absolute path of an index to use instead of the repository's. `objects_only` is for what must not depend on
        any index or working tree: git would take its attributes from there, and a pull request's `*.py -diff` hides its lines.
        """
        environment, folder = self._environment(), self.root
        if objects_only:
            folder = self._find_inside()
            environment["GIT_DIR"] = folder
            index = index or os.path.join(folder, "lanemark-no-index")
        if index:
            environment["GIT_INDEX_FILE"] = index
        status, output, complaint = self._finish(arguments, stdin, environment, LOCAL_TIMEOUT_S, folder)
        if status in fine:
            return output
        if b"dubious ownership" in complaint and not self.trusted:
            self.trusted = self._read_trusted()
            if self.trusted:
                return self.run(*arguments, stdin=stdin, fine=fine, index=index, objects_only=objects_only)
        raise _explain(arguments[0], complaint, status, self.root)

    def ask_remote(self, *arguments: str) -> bytes | None:
        """Return what git prints of a command that uses the network, None where it fails or takes too long."""
        status, output, _ = self._finish(arguments, b"", self._environment(network=True), NETWORK_TIMEOUT_S)
        return output if status == 0 else None

    @contextmanager
    def stream(self, *arguments: str, stdin: bytes = b"") -> Iterator[IO[bytes]]:
        """Give git's output to read piece by piece; raise DataError where it fails after all was read.

        `stdin` must be small. Leaving early, without reading to the end, ends git and is no failure.
        """
        process = self._start(arguments, self._environment(), stderr=subprocess.DEVNULL)
        assert process.stdin is not None
        assert process.stdout is not None
        alarm = threading.Timer(LOCAL_TIMEOUT_S, _end, (process,))
        alarm.start()
        try:
            with process.stdin as pipe:
                pipe.write(stdin)
            yield process.stdout
            read_to_end = process.stdout.read(1) == b""
            if not read_to_end:
                _end(process)
        except BaseException:
            _end(process)
            raise
        finally:
            alarm.cancel()
            alarm.join()
            process.stdout.close()
            status = process.wait()
        if read_to_end and status != 0:
            raise _explain(arguments[0], b"", status, self.root)

    def _finish(
        self, arguments: tuple[str, ...], stdin: bytes, environment: Mapping[str, str], limit_s: float, folder: str = ""
    ) -> tuple[int, bytes, bytes]:
        """Run git to its end, in `folder` or at the root; status -1 where it took longer than `limit_s` seconds."""
        process = self._start(arguments, environment, stderr=subprocess.PIPE, folder=folder)
        try:
            output, complaint = process.communicate(stdin, timeout=limit_s)
        except subprocess.TimeoutExpired:
            _end(process)
            process.communicate()
            return -1, b"", f"took longer than {limit_s:g} seconds".encode()
        except BaseException:
            _end(process)
            process.communicate()
            raise
        return process.returncode, output, complaint

    def _start(
        self, arguments: tuple[str, ...], environment: Mapping[str, str], *, stderr: int, folder: str = ""
    ) -> subprocess.Popen[bytes]:
        """Start git in a session of its own, so that its helpers can be ended with it and none finds a terminal to prompt on."""
        pins = [word for pin in (*PINS, *(f"safe.directory={folder}" for folder in self.trusted)) for word in ("-c", pin)]
        command = ["git", "-C", folder or self.root, "--no-pager", *pins, *arguments]
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=environment,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise UsageError("git was not found", help="install git, or put it on PATH") from None

    def _find_inside(self) -> str:
        """Return the folder git keeps its own files in, usually `.git`; git is asked where that is not one."""
        usual = os.path.join(os.path.abspath(self.root), ".git")
        if os.path.isdir(usual):
            return usual
        return self.run("rev-parse", "--absolute-git-dir").decode("utf-8", "surrogateescape").removesuffix("\n")

    def _environment(self, *, network: bool = False) -> dict[str, str]:
        """Return the environment git runs in."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in KEPT}
        environment |= {
            "LC_ALL": "C",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_ATTR_NOSYSTEM": "1",
        }
        if not network:
            environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        return environment

    def _read_trusted(self) -> tuple[str, ...]:
        """Return the folders that the user's and the system's configuration (not the repository's) declare as trusted."""
        outside = Call(os.sep)
        status, output, _ = outside._finish(
            ("config", "--null", "--get-all", "safe.directory"), b"", self._environment(network=True), LOCAL_TIMEOUT_S
        )
        return tuple(os.fsdecode(folder) for folder in output.split(b"\0")[:-1]) if status == 0 else ()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill git and the helpers it started."""
    if process.poll() is not None:
        return
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _explain(command: str, complaint: bytes, status: int, root: str) -> DataError | NotARepositoryError:
    """Return what went wrong as an error that says what to do."""
    text = complaint.decode("utf-8", "replace").strip()
    where = visible(root)
    if "dubious ownership" in text:
        return NotARepositoryError(
            f"the repository at {where} belongs to another user, so git refuses to read it",
            help=f"if you trust it: git config --global --add safe.directory {shell(root)}",
        )
    if "not a git repository" in text or "cannot change to" in text:
        return NotARepositoryError(
            f"{where} is not inside a git repository",
            help="run it where the repository is checked out; in Actions, after actions/checkout",
        )
    last = visible(text.splitlines()[-1]) if text else f"status {status}"
    return DataError(f"`git {command}` failed in {where}: {last}", help="run `git fsck` to see whether the repository is whole")

"""Start Lanemark from the checkout this file lies in: make its environment where it is missing, then become it.

`action.yml` runs this file with whatever `python3` the runner has, before anything is installed. So it uses the standard library
alone, and its syntax is one that an old Python still reads, to be able to say that it is too old.

What the pull request holds must not matter here: Python runs isolated (`-I`), the installer runs outside of the workspace (where
it would read a `uv.toml` or `pip.conf`), and programs are never taken from the workspace. What the workflow's author sets
(`PIP_*`, `UV_*`, proxies, `LANEMARK_CACHE`, `LANEMARK_PYTHON`) does matter, because the author is trusted.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 -- the runner's own python3 may be older than what the package asks for
    sys.exit(
        "lanemark needs Python 3.11 or newer, but `python3` is %s (%s).\n"  # noqa: UP031 -- old versions read this line
        'help: put a step `uses: actions/setup-python` with `python-version: "3.12"` before this one.'
        % (sys.version.split()[0], sys.executable)
    )

import contextlib
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import tempfile
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

SOURCE = Path(__file__).resolve().parent
"""The folder that `lanemark` is imported from."""

LOCK = SOURCE.parent / "requirements" / "action.txt"
"""Every dependency with its version and the digests of its files."""

STAMP = "lanemark-environment.json"
"""Written last into an environment: the size of every file in it. Without it the environment is not one."""

START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from lanemark.cli.action import main; raise SystemExit(main())"
"""What the environment's Python runs; under `-I` there is no PYTHONPATH, so the source folder comes as an argument."""

WINDOWS = os.name == "nt"


class BootstrapError(Exception):
    """Something on this machine is missing. The message says what, and after `help:` what to do about it."""


def main() -> int:
    """Become Lanemark; return only where that failed, or on Windows, where a process cannot become another one."""
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a runner in the background starts its children ignoring it
        signal.signal(number, _stop)
    try:
        environment = dict(os.environ)
        python = find_python(environment)
        start_lanemark(python, sys.argv[1:])
    except BootstrapError as fault:
        _tell_failure(str(fault), os.environ)
        return 1
    except KeyboardInterrupt:
        _tell_failure("cancelled while the environment was made; the next run makes it again", os.environ)
        return 10
    return 1


def find_python(environment: Mapping[str, str]) -> str:
    """Return the Python that has Lanemark's dependencies: the one the workflow names, else that of our own environment."""
    named = environment.get("LANEMARK_PYTHON", "")
    if named:
        return check_named_python(named, environment)
    root = find_cache(environment) / "environments"
    return str(make_environment(root, LOCK, environment))


def check_named_python(named: str, environment: Mapping[str, str]) -> str:
    """Return LANEMARK_PYTHON when it is a program outside of the workspace that has every package of the lock."""
    if not Path(named).is_absolute() or not os.access(named, os.X_OK) or is_in_workspace(Path(named), environment):
        raise BootstrapError(
            f"LANEMARK_PYTHON is {named!r}, which is not the absolute path of a program outside of the workspace.\n"
            "help: name the Python of an environment made from requirements/action.txt, or leave it out."
        )
    wanted = [line.split("==")[0] for line in (LOCK.parent / "action.in").read_text("utf-8").splitlines()]
    names = [name.split(">")[0] for name in wanted if name and not name.startswith("#")]
    check = "import sys; from importlib.metadata import version; [version(name) for name in sys.argv[1:]]"
    done = subprocess.run([named, "-I", "-c", check, *names], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BootstrapError(
            f"LANEMARK_PYTHON is {named!r}, which lacks a package: {(done.stderr.splitlines() or ['?'])[-1][:300]}\n"
            "help: install requirements/action.txt into it, or leave LANEMARK_PYTHON out."
        )
    return named


def find_cache(environment: Mapping[str, str]) -> Path:
    """Return Lanemark's own folder, outside of the workspace: $LANEMARK_CACHE, else below $RUNNER_TEMP, else the user's cache."""
    if environment.get("LANEMARK_CACHE"):
        cache = Path(environment["LANEMARK_CACHE"])
    elif environment.get("RUNNER_TEMP"):
        cache = Path(environment["RUNNER_TEMP"], "lanemark")
    else:
        home = environment.get("XDG_CACHE_HOME") or environment.get("LOCALAPPDATA") or Path("~/.cache").expanduser()
        cache = Path(home, "lanemark")
    if not cache.is_absolute() or is_in_workspace(cache, environment):
        raise BootstrapError(
            f"Lanemark's folder would be {str(cache)!r}, where files of the pull request lie.\n"
            "help: set LANEMARK_CACHE to an absolute path outside of the workspace."
        )
    return cache


def is_in_workspace(path: Path, environment: Mapping[str, str]) -> bool:
    """Say whether `path`, links followed or not, lies in the checkout of the workflow."""
    workspace = environment.get("GITHUB_WORKSPACE")
    if not workspace:
        return False
    real = Path(workspace).resolve()
    return any(place.is_relative_to(root) for place in (path, path.resolve()) for root in (Path(workspace), real))


def make_environment(root: Path, lock: Path, environment: Mapping[str, str]) -> Path:
    """Return the Python of the environment for `lock` below `root`; make it where it is missing or damaged.

    It is made under another name and renamed at the end, under a lock: a second job on the same machine waits and then uses it,
    and one that was killed half-way leaves nothing that could be taken for an environment.
    """
    ready = root / name_environment(lock)
    if is_whole(ready):
        return find_program(ready)
    root.mkdir(parents=True, exist_ok=True)
    with lock_folder(root):
        if is_whole(ready):
            return find_program(ready)
        for left in [*root.glob(f"{ready.name}.making-*"), ready]:
            shutil.rmtree(left, ignore_errors=True)
        making = Path(tempfile.mkdtemp(prefix=f"{ready.name}.making-", dir=root))
        try:
            fill_environment(making, lock, environment)
            (making / STAMP).write_text(json.dumps(list_sizes(making)), "utf-8")
            making.rename(ready)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return find_program(ready)


def name_environment(lock: Path) -> str:
    """Return a name that differs where an environment would: the lock, the Python under it, and the machine."""
    python = (sys.version, getattr(sys, "_base_executable", sys.executable), sys.platform, platform.machine())
    digest = hashlib.sha256("\0".join(python).encode("utf-8", "surrogateescape") + b"\0" + lock.read_bytes())
    return f"python{sys.version_info[0]}.{sys.version_info[1]}-{digest.hexdigest()[:16]}"


def find_program(folder: Path) -> Path:
    """Return where the environment in `folder` has its Python."""
    return folder / ("Scripts/python.exe" if WINDOWS else "bin/python")


def list_sizes(folder: Path) -> dict[str, int]:
    """Return every installed file below `folder` with its size; compiled files come and go, links are Python's own."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where, name)
            if not name.endswith(".pyc") and not path.is_symlink():
                found[path.relative_to(folder).as_posix()] = path.stat().st_size
    return found


def is_whole(folder: Path) -> bool:
    """Say whether the environment in `folder` was finished and every file of it still has its size. Costs a stat per file."""
    try:
        sizes = json.loads((folder / STAMP).read_bytes())
        return find_program(folder).exists() and all((folder / path).stat().st_size == size for path, size in sizes.items())
    except (OSError, ValueError, AttributeError, TypeError):
        return False


def fill_environment(folder: Path, lock: Path, environment: Mapping[str, str]) -> None:
    """Make a virtual environment in `folder` and install exactly what `lock` says, by digest, without building anything."""
    sys.stderr.write(f"lanemark: making the environment, once, from {lock.name}\n")
    sys.stderr.flush()
    venv.create(folder, with_pip=False, symlinks=not WINDOWS)
    common = ["--quiet", "--require-hashes", "--only-binary", ":all:", "--requirement", str(lock)]
    python = str(find_program(folder))
    owner = getattr(sys, "_base_executable", None) or sys.executable  # a virtual environment may be without pip, its owner has it
    pip = [owner, "-I", "-m", "pip", "--python", python, "install", "--no-compile", "--no-deps", "--no-input", *common]
    uv = find_outside("uv", environment)
    # uv does not read pip's settings (a mirror, a certificate), so pip is asked too where uv failed.
    installers = ([[uv, "pip", "install", "--python", python, *common]] if uv else []) + [pip]
    said = []
    for installer in installers:
        failure = install_packages(installer, folder, environment)
        if not failure:
            return
        said += failure.splitlines()[-8:]
    raise BootstrapError(explain_failure(said, uv=uv is not None))


def install_packages(command: list[str], folder: Path, environment: Mapping[str, str]) -> str:
    """Run an installer in `folder`, where no file of a pull request is; return what it said where it failed, else nothing."""
    elsewhere = {"VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"}
    done = subprocess.run(
        command,
        cwd=folder,
        env={name: value for name, value in environment.items() if name not in elsewhere},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode("utf-8", "replace").strip() or f"exit status {done.returncode}" if done.returncode else ""


def find_outside(program: str, environment: Mapping[str, str]) -> str | None:
    """Return `program` from an absolute folder of PATH that is not in the workspace; None where there is none."""
    for folder in os.get_exec_path(environment):
        path = Path(folder, program + (".exe" if WINDOWS else ""))
        if path.is_absolute() and path.is_file() and os.access(path, os.X_OK) and not is_in_workspace(path, environment):
            return str(path)
    return None


def explain_failure(said: list[str], *, uv: bool) -> str:
    """Return what went wrong with the last lines of the installers, and what to do."""
    tail = "\n".join(f"  | {line[:400].replace('##[', '## [')}" for line in said)
    if not uv and any("No module named pip" in line for line in said):
        advice = (
            f"{sys.executable} has no pip, and there is no uv on PATH: put a step `uses: actions/setup-python` before this one, "
            "or install python3-pip (Debian, Ubuntu: apt-get install python3-pip) or uv."
        )
    else:
        advice = (
            "the runner must reach a package index. Without internet name your mirror in PIP_INDEX_URL or UV_DEFAULT_INDEX, "
            "or make an environment from requirements/action.txt beforehand and name its Python in LANEMARK_PYTHON."
        )
    return f"Lanemark's dependencies could not be installed:\n{tail}\nhelp: {advice}"


@contextlib.contextmanager
def lock_folder(root: Path) -> Iterator[None]:
    """Hold the lock of `root`; the system gives it back when this process ends, however it ends."""
    with (root / "lock").open("a+b") as file:
        _lock(file)
        yield


def _lock(file: IO[bytes]) -> None:
    """Wait for the lock on `file`."""
    if sys.platform == "win32":
        import msvcrt

        while True:
            with contextlib.suppress(OSError):  # LK_LOCK gives up after ten seconds
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                return
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)


def start_lanemark(python: str, arguments: list[str]) -> None:
    """Replace this process by Lanemark, so that the runner's signals arrive there; on Windows run it and pass its status on."""
    command = [python, "-I", "-X", "utf8", "-c", START, str(SOURCE), *arguments]
    sys.stdout.flush()
    sys.stderr.flush()
    if WINDOWS:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the child gets it too, and decides
        sys.exit(subprocess.call(command))
    os.execv(python, command)  # noqa: S606 -- no shell is wanted


def _tell_failure(message: str, environment: Mapping[str, str]) -> None:
    """Say why on stderr, as an annotation in Actions, and as the output `verdict`, so that later steps see more than nothing."""
    sys.stderr.write(f"lanemark: {message}\n")
    if environment.get("GITHUB_ACTIONS") != "true":
        return
    data = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    sys.stdout.write(f"::error title=Lanemark could not start::{data}\n")
    if environment.get("GITHUB_OUTPUT"):
        with contextlib.suppress(OSError), Path(environment["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
            file.write("verdict=error\n")


def _stop(_signal: int, _frame: object) -> None:
    """End by an exception, so that a half-made environment is cleared away."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

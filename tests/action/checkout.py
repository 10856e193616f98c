"""A small checkout of an action: our real bootstrap, one tiny dependency, and a program that says what it sees."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROGRAM = """
import json, os, signal, sys
def main():
    import defusedxml
    if os.environ.get("WAIT_FOR_SIGNAL"):
        signal.signal(signal.SIGINT, lambda *_: (os.write(1, b"interrupted %d\\n" % os.getpid()), os._exit(10)))
        print("ready", os.getpid(), flush=True)
        while True:
            signal.pause()
    print(json.dumps({"python": sys.executable, "prefix": sys.prefix, "dependency": defusedxml.__file__, "path": sys.path,
        "isolated": sys.flags.isolated, "pid": os.getpid(), "arguments": sys.argv[1:]}))
    return int(os.environ.get("STATUS", "0"))
"""


def make_wheel(folder: Path) -> tuple[Path, str]:
    """Write a wheel named like one of our dependencies; return it with its digest."""
    files = {
        "defusedxml/__init__.py": "from defusedxml.data import VALUE\n",
        "defusedxml/data.py": "VALUE = 1\n",
        "defusedxml-0.7.1.dist-info/METADATA": "Metadata-Version: 2.1\nName: defusedxml\nVersion: 0.7.1\n",
        "defusedxml-0.7.1.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text)}\n"
    files["defusedxml-0.7.1.dist-info/RECORD"] = record + "defusedxml-0.7.1.dist-info/RECORD,,\n"
    wheel = folder / "defusedxml-0.7.1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return wheel, hashlib.sha256(wheel.read_bytes()).hexdigest()


class Checkout:
    """An action's checkout in `folder/action`, wheels in `folder/wheels`, a workspace in `folder/workspace`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bootstrap = folder / "action" / "src" / "bootstrap.py"
        self.workspace = folder / "workspace"
        self.cache = folder / "cache"
        wheels = folder / "wheels"
        for place in (self.bootstrap.parent / "lanemark" / "cli", self.workspace, wheels, folder / "action" / "requirements"):
            place.mkdir(parents=True)
        shutil.copy(ROOT / "src" / "bootstrap.py", self.bootstrap)
        (self.bootstrap.parent / "lanemark" / "__init__.py").touch()
        (self.bootstrap.parent / "lanemark" / "cli" / "__init__.py").touch()
        (self.bootstrap.parent / "lanemark" / "cli" / "action.py").write_text(PROGRAM)
        self.wheel, digest = make_wheel(wheels)
        self.lock = folder / "action" / "requirements" / "action.txt"
        self.lock.write_text(f"defusedxml==0.7.1 --hash=sha256:{digest}\n")
        (self.lock.parent / "action.in").write_text("# why\ndefusedxml>=0.7.1\n")
        self.output = folder / "output"
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder / "home"),
            "LANEMARK_CACHE": str(self.cache),
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_OUTPUT": str(self.output),
            "PIP_NO_INDEX": "1",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_FIND_LINKS": str(wheels),
            "UV_OFFLINE": "1",
            "UV_FIND_LINKS": str(wheels),
            "UV_CACHE_DIR": str(folder / "uv-cache"),
        }

    def command(self, *arguments: str) -> list[str]:
        """What `action.yml` runs, with the Python that has pip below the test's environment."""
        python = Path(sys.base_prefix, "bin", "python3")
        return [str(python), "-I", str(self.bootstrap), *arguments]

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the action in its workspace."""
        merged = {**self.environment, **environment}
        return subprocess.run(
            self.command(*arguments), cwd=self.workspace, env=merged, capture_output=True, text=True, check=False
        )

    def seen(self, **environment: str) -> dict:
        """Run the action, which must work; return what the program saw."""
        done = self.run(**environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def environments(self) -> list[Path]:
        """The environments there are, half-made ones too."""
        return sorted(path for path in (self.cache / "environments").iterdir() if path.is_dir())

"""`lanemark` as a process of its own, the way people and workflows start it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def lanemark(folder, *words, **environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    ran = subprocess.run(
        [sys.executable, "-m", "lanemark.cli", *words],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT / "src"), "LANEMARK_CACHE": str(Path(folder).parent / "cache"), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran

"""Make `.venv` for work on Lanemark: exactly requirements/dev.txt, with uv where it is, else pip; then `lanemark` from `src/`.

Needs a Python from 3.11 on with its standard library, and either uv or pip. A `.venv` that holds the lock already is kept.
"""

# ruff: noqa: INP001 -- a script, not a package

import hashlib
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
LOCK = ROOT / "requirements" / "dev.txt"

if sys.version_info < (3, 11):  # noqa: UP036 -- this is where somebody's older python3 is told
    sys.exit(f"Lanemark needs Python 3.11 or newer, this is {sys.version.split()[0]}: make PYTHON=python3.12 ...")

sys.path.insert(0, str(ROOT / "src"))
import bootstrap  # noqa: E402 -- its folder is only known now


def main() -> None:
    """Make or keep `.venv`; end with a message where that is not possible."""
    stamp = FOLDER / "stamp"
    digest = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == digest and bootstrap.find_program(FOLDER).exists():
        stamp.touch()
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        bootstrap.fill_environment(FOLDER, LOCK, os.environ)
    except bootstrap.BootstrapError as fault:
        sys.exit(str(fault))
    (site_packages,) = FOLDER.glob("lib/python*/site-packages")
    (site_packages / "lanemark-source.pth").write_text(f"{ROOT / 'src'}\n")
    program = FOLDER / "bin" / "lanemark"
    python = bootstrap.find_program(FOLDER)
    # `-I` keeps the files of the repository it is run in from being imported; the .pth file still counts.
    start = "import sys; from lanemark.cli.main import main; sys.exit(main())"
    program.write_text(f'#!/bin/sh\nexec "{python}" -I -c "{start}" "$@"\n')
    program.chmod(0o755)
    stamp.write_text(digest)


if __name__ == "__main__":
    main()

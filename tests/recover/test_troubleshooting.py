"""Every entry of the troubleshooting page: a real process says the text of its title, and gets the class that it names."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from typing import get_args

import pytest

from bench import make_place, make_stage, make_tools
from command import ROOT
from lanemark.process.crowd import StageCrowd
from lanemark.process.scene import SystemScene
from lanemark.recover.recovery import Freed, Recovery
from lanemark.result import Cause
from lanemark.run.plan import execute_plan

sys.path.insert(0, str(ROOT / "benchmarks" / "recovery"))

PAGE = (ROOT / "docs" / "recovery.md").read_text("utf-8")
ENTRIES = dict(re.findall(r"^### `([^`]+)`\n\nClass `([a-z-]+)`\.", PAGE, re.MULTILINE))

PIP = f"{shlex.quote(f'{sys.base_prefix}/bin/python3')} -m pip"
"""Of the Python behind this environment, which may have none of its own."""

CAUSING = {
    "No space left on device": {"run": "head -c 9 /dev/zero > /dev/full"},
    "Connection refused": {
        "run": "python3 -c 'import socket as s; a = s.socket(); a.bind((\"127.0.0.1\", 0)); s.create_connection(a.getsockname())'"
    },
    "MemoryError": {"run": "ulimit -v 400000; python3 -c 'bytearray(1 << 31)'"},
    "DO NOT MATCH THE HASHES": {
        "run": f"{PIP} install -q --no-index --no-cache-dir --find-links . --target t --require-hashes -r r.txt",
    },
    "its timeout was reached": {"run": "sleep 60", "timeout_s": 0.3},
    "Permission denied": {"run": "echo 'echo hi' > s.sh; ./s.sh"},
    "unexpected end of file": {"run": "seq 9999 | gzip > f.gz; head -c 500 f.gz > g.gz; gzip -d g.gz"},
    "declared output not produced": {"run": "true", "outputs": ("dist/app.js",)},
    "dubious ownership": {"run": "GIT_TEST_ASSUME_DIFFERENT_OWNER=1 git status"},
}


class NoRooms:
    """A disk on which nothing of ours lies."""

    def free(self, root):
        return Freed()


def prepare(title, root):
    if title == "dubious ownership":
        subprocess.run(["git", "init", "-q", root], check=True)
    if title == "DO NOT MATCH THE HASHES":
        from servers import WHEELS

        (root / "good-1.0-py3-none-any.whl").write_bytes(WHEELS["good-1.0-py3-none-any.whl"])
        (root / "r.txt").write_text(f"good==1.0 --hash=sha256:{'0' * 64}\n")


def test_the_page_has_eight_entries_or_more_and_each_is_caused_here():
    assert len(ENTRIES) >= 8
    assert set(ENTRIES) == set(CAUSING)


def test_the_page_names_every_class():
    table = re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE)
    assert sorted(table) == sorted(get_args(Cause))


@pytest.mark.parametrize("title", ENTRIES)
def test_the_text_of_an_entry_gets_its_class(title, tmp_path):
    root = tmp_path / "h"
    root.mkdir()
    prepare(title, root)
    place = make_place(tmp_path, make_stage("it", **CAUSING[title]))
    recovery = Recovery(scene=SystemScene(), crowd=StageCrowd(1), rooms=NoRooms(), pause=lambda _: True, random=lambda: 0.0)
    tools = make_tools(tmp_path, HOME=str(tmp_path), LC_ALL="C.UTF-8", PATH=os.environ["PATH"])
    failure = execute_plan(place, replace(tools, recovery=lambda: recovery))["it"].failure
    assert title in f"{failure.evidence}\n{failure.tail}"
    assert failure.cause == ENTRIES[title], failure.signs

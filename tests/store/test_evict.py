"""Files made cold, by the word of the kernel: `fincore` of util-linux looks from outside, and contents stay what they were."""

import mmap
import os
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from lanemark.errors import DataError
from lanemark.path import from_bytes
from lanemark.store.evict import evict_files, resident_pages
from lanemark.store.trees import DiskTrees
from lanemark.store.walk import Found

MIB = 2**20


def resident(path):
    """Return how many bytes of a file are in the page cache, by a tool that is not ours."""
    told = subprocess.run(
        ["fincore", "--bytes", "--noheadings", "--output", "RES", os.fspath(path)], capture_output=True, text=True, check=True
    )
    return int(told.stdout)


def fill(path, size=MIB):
    path.parent.mkdir(parents=True, exist_ok=True)
    content = os.urandom(size)
    path.write_bytes(content)
    return content


@pytest.fixture
def root(tmp_path):
    """A folder on a disk, whatever /tmp is."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def trees(tmp_path):
    return DiskTrees(str(tmp_path / "store"))


def test_pages_go_and_contents_stay(trees, root):
    """Also of files that were never written to the disk until now."""
    contents = {name: fill(root / name, size) for name, size in {"src/a": 3 * MIB, "src/deep/b": 5000, "src/c d": 1}.items()}
    assert all(resident(root / name) >= len(content) for name, content in contents.items())
    assert trees.evict(str(root), ("src/**",)) == 3
    assert [resident(root / name) for name in contents] == [0, 0, 0]
    assert {name: (root / name).read_bytes() for name in contents} == contents


def test_again_and_again_with_reads_between(trees, root):
    content = fill(root / "a")
    for _ in range(3):
        assert (root / "a").read_bytes() == content
        assert resident(root / "a") == MIB
        assert trees.evict(str(root), ("a",)) == 1
        assert resident(root / "a") == 0


def test_what_was_changed_since_is_cold_too_and_keeps_the_change(trees, root):
    fill(root / "a")
    trees.evict(str(root), ("a",))
    with (root / "a").open("r+b") as changed:
        changed.seek(5000)
        changed.write(b"changed")
    assert trees.evict(str(root), ("a",)) == 1
    assert resident(root / "a") == 0
    assert (root / "a").read_bytes()[5000:5007] == b"changed"


def test_only_what_the_patterns_claim(trees, root):
    for name in ("in/a.py", "in/b.txt", "out/a.py", ".git/a.py", ".lanemark/a.py"):
        fill(root / name, 8192)
    assert trees.evict(str(root), ("*.py", "!out/**")) == 1
    assert {name: bool(resident(root / name)) for name in ("in/a.py", "in/b.txt", "out/a.py", ".git/a.py", ".lanemark/a.py")} == {
        "in/a.py": False, "in/b.txt": True, "out/a.py": True, ".git/a.py": True, ".lanemark/a.py": True,
    }  # fmt: skip


def test_no_link_is_followed(trees, root):
    fill(root / "elsewhere/secret")
    inside = root / "tree"
    fill(inside / "real")
    (inside / "file").symlink_to("../elsewhere/secret")
    (inside / "folder").symlink_to("../elsewhere")
    assert trees.evict(str(inside), ("**",)) == 1
    assert resident(root / "elsewhere/secret") == MIB


def test_what_is_no_file_is_passed_over(trees, root):
    os.mkfifo(root / "pipe")
    (root / "nothing").symlink_to("missing")
    (root / "folder").mkdir()
    assert trees.evict(str(root), ("**",)) == 0


def test_a_file_that_became_something_else_or_went_away_is_let_be(root):
    """Between the look at the folder and the opening of the file."""
    os.mkfifo(root / "pipe")
    fill(root / "elsewhere")
    (root / "link").symlink_to("elsewhere")
    folder = os.open(root, os.O_RDONLY)
    try:
        for name in ("pipe", "gone", "link"):
            assert evict_files(lambda name=name: iter([Found(from_bytes(name.encode()), name, folder, "file")])) == 0
    finally:
        os.close(folder)
    assert resident(root / "elsewhere") == MIB


def test_an_empty_file_is_cold(trees, root):
    (root / "empty").touch()
    assert trees.evict(str(root), ("empty",)) == 1


def test_a_file_that_somebody_holds_in_memory_is_not_called_cold(trees, root):
    fill(root / "a")
    with (root / "a").open("rb") as opened, mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        assert len(mapped[:]) == MIB
        assert trees.evict(str(root), ("a",)) == 0
    assert trees.evict(str(root), ("a",)) == 1


@pytest.mark.skipif(not os.path.ismount("/dev/shm"), reason="no file system in memory")
def test_a_file_that_lives_in_memory_is_not_called_cold(trees):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        content = fill(Path(folder) / "a")
        assert trees.evict(folder, ("a",)) == 0
        assert (Path(folder) / "a").read_bytes() == content


def test_names_that_are_not_utf_8(trees, root):
    path = os.fsencode(root) + b"/\xff\xfe"
    with open(path, "wb") as opened:
        opened.write(b"x" * 9000)
    assert trees.evict(str(root), ("**",)) == 1
    assert resident(os.fsdecode(path)) == 0


def test_a_root_that_is_gone_is_explained(trees, root):
    with pytest.raises(DataError, match="No such file"):
        trees.evict(str(root / "gone"), ("**",))


def test_a_snapshot_is_the_same_after_it(trees, root):
    fill(root / "a")
    time.sleep(0.05)  # a file younger than a tick of the kernel's clock is read again anyway
    before = trees.take(str(root), ("**",))
    trees.evict(str(root), ("**",))
    assert trees.take(str(root), ("**",)) == before
    assert resident(root / "a") == 0  # and was not read for it: its stat is as it was


def test_our_own_look_agrees_with_the_tool(root):
    fill(root / "a", 10 * MIB)
    opened = os.open(root / "a", os.O_RDONLY)
    try:
        assert resident_pages(opened, 10 * MIB) == resident(root / "a") // mmap.PAGESIZE == 10 * MIB // mmap.PAGESIZE
        assert resident_pages(opened, 0) == 0
    finally:
        os.close(opened)

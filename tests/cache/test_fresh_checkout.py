"""A fresh checkout has new times everywhere; git's index still knows what its files hold."""

import shutil
import time
from hashlib import sha256

from cachebox import Box
from lanemark.git.index import list_clean_files
from lanemark.store.inputs import FEW, DiskInputs
from lanemark.store.stat_index import Objects, StatIndex
from repositories import commit, git, make_repository

FILES = FEW + 30


def make_box(tmp_path):
    box = Box(tmp_path)
    make_repository(box.root)
    commit(box.root, {f"src/{number}.txt": f"{number}\n" for number in range(FILES)} | {".gitignore": "out\n"})
    box.add("all", "cat src/*.txt > out", inputs=("src/**",), outputs=("out",), relocatable=True)
    return box


def fresh(box, name):
    git(box.folder, "clone", "--quiet", str(box.root), name)
    box.name = name
    time.sleep(0.03)


def take(box):
    index = StatIndex(str(box.root), str(box.folder / "index"), Objects(str(box.store / "objects")))
    inputs = DiskInputs(str(box.root), index, [("src/**",)], ("out",), lambda: list_clean_files(str(box.root)))
    return index, inputs.take(("src/**",), ("out",)).tree


def test_fresh_checkout_is_replayed_and_little_of_it_is_read(tmp_path):
    box = make_box(tmp_path)
    box.run()
    fresh(box, "second")
    index, tree = take(box)
    assert len(tree.entries) == FILES
    assert index.reads == FEW
    assert box.run().replayed == ["all"]
    assert box.read("out").count("\n") == FILES


def test_change_in_a_fresh_checkout_is_seen(tmp_path):
    box = make_box(tmp_path)
    box.run()
    for name in ("0.txt", "9.txt", f"{FILES - 1}.txt"):
        fresh(box, "again")
        box.write(f"src/{name}", "changed\n")
        ran = box.run()
        assert ran.executed == ["all"], name
        assert box.read("out").count("changed") == 1
        shutil.rmtree(box.root)
        box.name = "w"
        box.run()


def test_content_is_one_whether_git_or_reading_tells_it(tmp_path):
    box = make_box(tmp_path)
    box.run()
    fresh(box, "second")
    _, told = take(box)
    shutil.rmtree(box.root / ".git")
    (box.folder / "index").unlink(missing_ok=True)
    index, read = take(box)
    assert index.reads == FILES
    assert told == read


def test_file_that_changes_right_after_git_looked_is_read(tmp_path):
    box = make_box(tmp_path)
    box.run()
    fresh(box, "second")
    last = max(f"src/{number}.txt" for number in range(FILES))

    def look_and_change():
        found = list_clean_files(str(box.root))
        box.write(last, "changed\n")
        return found

    index = StatIndex(str(box.root), str(box.folder / "index"), Objects(str(box.store / "objects")))
    tree = DiskInputs(str(box.root), index, [("src/**",)], (), look_and_change).take(("src/**",), ()).tree
    assert index.reads == FEW + 1
    assert tree.entries[-1].digest == sha256(b"changed\n").hexdigest()

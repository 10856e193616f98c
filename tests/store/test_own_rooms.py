"""Room is made in our own folders, and nowhere else."""

import os
import time

from lanemark.store.rooms import OwnRooms, folder_bytes, largest_folders


def make_file(path, size):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(size))


def test_only_what_killed_runs_left_and_kept_results_go(tmp_path):
    cache, root = tmp_path / "cache", tmp_path / "repo"
    for name in ("run-old", "run-new", "run-mine", "other-old"):
        make_file(cache / name / "f", 100_000)
    old = time.time() - 2 * 86400
    for name in ("run-old", "run-mine", "other-old"):
        os.utime(cache / name, (old, old))
    make_file(cache / "store" / "cas" / "ab" / ("c" * 62), 50_000)
    make_file(root / "build" / "big", 300_000)
    make_file(root / "src" / "small", 10_000)
    freed = OwnRooms(str(cache), str(cache / "run-mine")).free(str(root))
    assert sorted(os.listdir(cache)) == ["other-old", "run-mine", "run-new", "store"]
    assert not (cache / "store" / "cas" / "ab" / ("c" * 62)).exists()
    assert freed.bytes >= 150_000
    assert freed.largest[0].startswith("build (")
    assert (root / "build" / "big").stat().st_size == 300_000


def test_no_link_is_followed(tmp_path):
    make_file(tmp_path / "outside" / "big", 500_000)
    (tmp_path / "cache" / "run-x").mkdir(parents=True)
    os.symlink(tmp_path / "outside", tmp_path / "cache" / "run-x" / "link")
    os.symlink(tmp_path / "outside", tmp_path / "cache" / "run-link")
    old = time.time() - 2 * 86400
    os.utime(tmp_path / "cache" / "run-x", (old, old))
    os.utime(tmp_path / "cache" / "run-link", (old, old), follow_symlinks=False)
    OwnRooms(str(tmp_path / "cache"), str(tmp_path)).free(str(tmp_path / "none"))
    assert (tmp_path / "outside" / "big").exists()
    assert folder_bytes(str(tmp_path / "cache"), time.monotonic() + 9) < 100_000


def test_the_look_ends_in_time(tmp_path):
    make_file(tmp_path / "a" / "f", 10_000)
    assert folder_bytes(str(tmp_path), time.monotonic() - 1) == 0
    assert largest_folders((str(tmp_path / "none"),)) == ()

"""The store under what disks and people do to it: flipped bits, lost files, no rights, no space, newer versions, several at once."""

import json
import os
import resource
import signal
import threading
import time
from pathlib import Path
from tempfile import gettempdir

import pytest

from cachebox import Box, chain
from lanemark.cache.policy import Policy
from lanemark.cache.types import SCHEMA
from lanemark.store.cache import DiskStore
from lanemark.store.entries import seal_entry
from lanemark.store.locks import Locks
from lanemark.store.prune import prune_store


@pytest.fixture
def box(tmp_path):
    found = chain(tmp_path)
    found.run()
    return found


def flip(path: Path, at: int):
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


def lose_outputs(box):
    for name in ("gen.out", "app.out", "dist/lib.out"):
        (box.root / name).unlink(missing_ok=True)


def test_entry_is_readable_and_sealed(box):
    text = box.entry("gen").read_text()
    assert '\n  "stage": "gen"' in text
    plain = json.loads(text)
    assert plain["schema"] == SCHEMA
    assert plain["parts"]["env"].keys() >= {"PATH"}
    assert plain["outputs"]["entries"][0]["path"] == "gen.out"
    assert plain["seal"].startswith("sha256:")


def test_every_flipped_bit_of_an_entry_is_a_miss_with_its_reason(box):
    path = box.entry("gen")
    whole = path.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 40)):
        flip(path, at)
        ran = box.run()
        assert "gen" in ran.executed, at
        assert ran.why["gen"].startswith(("what was kept is damaged", "kept by a newer version")), (at, ran.why)
        path.write_bytes(whole)
    assert list((box.store / "quarantine").iterdir())


def test_flipped_bit_of_a_content_is_never_restored(box):
    good = box.outputs()
    for blob in box.blobs():
        flip(blob, 0)
    lose_outputs(box)
    ran = box.run()
    assert "gen" in ran.executed
    assert box.outputs() == good
    lose_outputs(box)
    assert box.run().executed == []
    assert box.outputs() == good


def test_lost_contents_are_a_miss(box):
    good = box.outputs()
    for blob in box.blobs():
        blob.unlink()
    lose_outputs(box)
    ran = box.run()
    assert ran.executed
    assert "missing or damaged" in ran.why["gen"]
    (tried,) = ran.outcomes["gen"].tries
    assert (tried.cause, ran.outcomes["gen"].recovered) == ("corrupt-state", True)
    assert box.outputs() == good


def test_cut_and_foreign_entries_are_a_miss(box):
    path = box.entry("gen")
    whole = path.read_bytes()
    other = box.entry("lib").read_bytes()
    for data in (b"", whole[:100], b"{}", b"[" * 100_000, b"\x00" * 500, b"null", other):
        path.write_bytes(data)
        ran = box.run()
        assert "gen" in ran.executed, data[:20]
        assert ran.why["gen"].startswith("what was kept is damaged")


def test_entry_of_a_newer_version_is_a_miss_and_stays(box):
    path = box.entry("gen")
    plain = json.loads(path.read_text())
    path.write_text(json.dumps({**plain, "schema": SCHEMA + 1, "what_it_will_have": 1}))
    forecast = box.forecast()
    assert (forecast["gen"].state, forecast["gen"].reason) == ("miss", "kept by a newer version")
    assert path.exists()


def test_entry_that_names_other_places_restores_nothing_there(box, tmp_path):
    import msgspec

    from lanemark.cache.types import Manifest
    from lanemark.store.trees import seal
    from lanemark.tree import TreeEntry

    path = box.entry("gen")
    manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    (entry,) = manifest.outputs.entries
    for name in ("../escaped", "src/a.txt", ".git/hooks/post-checkout", f"{tmp_path}/absolute"):
        evil = seal([TreeEntry(path=name, mode="755", digest=entry.digest)])
        path.write_bytes(seal_entry(msgspec.structs.replace(manifest, outputs=evil)))
        ran = box.run()
        assert "gen" in ran.executed
        assert not (tmp_path / "escaped").exists()
        assert not (tmp_path / "absolute").exists()
        assert box.read("src/a.txt") == "one\n"


def test_flipped_bit_of_the_stat_index_is_not_believed(box):
    time.sleep(0.03)
    box.run()
    (index,) = (box.store / "fh").iterdir()
    whole = index.read_bytes()
    assert b"src/a.txt" in whole
    digest = whole.index(b"src/a.txt") + 70
    for at in (0, digest, len(whole) - 3):
        flip(index, at)
        assert box.run().executed == []
        index.write_bytes(whole)


@pytest.mark.skipif(os.geteuid() != 0 and not hasattr(os, "seteuid"), reason="impossible here: no other user")
def test_store_that_cannot_be_written_to_still_replays(box):
    for path in (box.store, *box.store.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    listed = sorted(box.store.rglob("*"))
    with DiskOf(box):
        before = box.outputs()
        lose_outputs(box)
        ran = box.run()
        assert ran.replayed == ["gen", "lib", "app"]
        assert box.outputs() == before
        box.write("src/a.txt", "new\n")
        ran = box.run()
    assert "gen" in ran.executed
    assert any("not kept" in line for line in ran.said)
    assert sorted(box.store.rglob("*")) == listed


class DiskOf:
    """Be a user for whom rights count: root may write everywhere."""

    def __init__(self, box):
        self.box = box

    def __enter__(self):
        self.was = os.geteuid()
        if self.was == 0:
            above = [one for one in self.box.folder.parents if one.is_relative_to(gettempdir()) and str(one) != gettempdir()]
            for folder in (self.box.folder, *above, self.box.root, *self.box.root.rglob("*")):
                if str(folder).startswith(str(self.box.root)):
                    os.chown(folder, 65534, 65534)
                else:
                    folder.chmod(folder.stat().st_mode | 0o755)
            (self.box.folder / "cache").chmod(0o777)
            os.seteuid(65534)

    def __exit__(self, *_):
        os.seteuid(self.was)


def test_full_disk_is_a_warning_and_the_run_goes_on(tmp_path):
    box = Box(tmp_path)
    box.write("in", "1")
    box.add("big", "ulimit -S -f unlimited; head -c 200000 /dev/zero > out", inputs=("in",), outputs=("out",))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    was = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        ran = box.run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, was)
    assert ran.states == {"big": "ran"}
    assert any(line.startswith("warning: big is not kept") and "File too large" in line for line in ran.said)
    assert not [path for path in box.store.rglob("*") if path.is_file() and path.stat().st_size > 10_000]
    assert box.run().executed == ["big"]
    assert box.run().replayed == ["big"]


def test_no_store_at_all_is_a_warning(tmp_path):
    box = Box(tmp_path)
    box.write("in", "1")
    box.add("one", "cat in > out", inputs=("in",), outputs=("out",))
    box.store.parent.mkdir()
    box.store.write_text("a file where the store should be")
    ran = box.run()
    assert ran.states == {"one": "ran"}
    assert any(line.startswith("warning: one is not kept") for line in ran.said)


def test_result_beyond_the_limit_is_not_kept(tmp_path):
    box = Box(tmp_path)
    box.write("in", "1")
    box.add("big", "head -c 5000 /dev/zero > out", inputs=("in",), outputs=("out",))
    ran = box.run(policy=Policy(max_entry_bytes=1000))
    assert "warning: big is not kept: its outputs and logs take 5000 bytes, at most 1000 are kept" in ran.said
    assert box.run().executed == ["big"]


def test_second_who_makes_the_same_waits_and_replays(tmp_path):
    box = Box(tmp_path)
    box.write("in", "1")
    box.add("slow", "echo x >> runs; sleep 0.3; cat in > out", inputs=("in",), outputs=("out",))
    found = []
    threads = [threading.Thread(target=lambda: found.append(box.run())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert box.read("runs") == "x\n"
    assert sorted(one.states["slow"] for one in found) == ["ran", "replayed", "replayed"]
    assert not list((box.store / "locks").iterdir())


def test_who_waits_for_a_lock_can_be_stopped(tmp_path):
    one, two = Locks(str(tmp_path / "l")), Locks(str(tmp_path / "l"))
    with one.hold("k") as held:
        assert held
        threading.Timer(0.1, two.stop).start()
        with two.hold("k") as held_too:
            assert not held_too
        with Locks(str(tmp_path / "l")).hold("k", limit_s=0.05) as in_time:
            assert not in_time


def age(path: Path, seconds: float):
    then = time.time() - seconds
    os.utime(path, (then, then))


def prune(box, *, wait_s=5.0, **rules):
    return prune_store(DiskStore(str(box.store), {}), Policy(**rules), {}, wait_s=wait_s)


def test_prune_removes_what_was_not_used_for_long(box):
    age(box.entry("gen"), 10 * 86400)
    pruned = prune(box)
    assert (pruned.entries, pruned.busy) == (1, False)
    assert pruned.blobs >= 1
    lose_outputs(box)
    ran = box.run()
    assert ran.executed == ["gen"]
    assert ran.why["gen"] == "nothing is kept of it yet"


def test_prune_keeps_the_latest_of_each_stage(box):
    age(box.entry("gen"), 200)
    for count in range(4):
        box.write("src/a.txt", f"{count}\n")
        box.run()
        age(box.entry("gen"), 100 - count)
    prune(box, keep=2)
    box.write("src/a.txt", "2\n")
    assert "gen" in box.run().replayed
    box.write("src/a.txt", "0\n")
    assert "gen" in box.run().executed


def test_prune_keeps_to_the_size(tmp_path):
    box = Box(tmp_path)
    box.write("in", "1")
    for name in ("a", "b", "c"):
        box.add(name, f"head -c 10000 /dev/urandom > {name}.out", inputs=("in",), outputs=(f"{name}.out",))
    box.run()
    for place, name in enumerate(("a", "b", "c")):
        age(box.entry(name), 1000 - place)
    pruned = prune(box, max_size_bytes=25_000.0)
    assert pruned.entries == 1
    assert pruned.freed >= 10_000
    assert box.run().executed == ["a"]


def test_prune_leaves_what_is_named_and_what_is_being_made(box):
    temporary = box.store / "cas" / ".abc.tmp"
    temporary.write_bytes(b"half")
    old = box.store / "cas" / ".old.tmp"
    old.write_bytes(b"half")
    age(old, 7200)
    before = len(box.blobs())
    assert prune(box).blobs == 1
    assert temporary.exists()
    assert len(box.blobs()) == before - 1
    lose_outputs(box)
    assert box.run().executed == []


def test_prune_waits_for_who_writes_and_goes_away_when_that_takes_long(box):
    with DiskStore(str(box.store), {}).locks.hold("prune", shared=True):
        assert prune(box, wait_s=0.1).busy
    assert not prune(box).busy


def test_prune_beside_runs_breaks_none(tmp_path):
    box = chain(tmp_path)
    box.run()
    good = box.outputs()
    done = threading.Event()

    def always_prune():
        while not done.is_set():
            prune(box, keep=1, ttl_s=0.0001)

    thread = threading.Thread(target=always_prune)
    thread.start()
    try:
        for _ in range(8):
            lose_outputs(box)
            ran = box.run()
            assert set(ran.states.values()) <= {"ran", "replayed"}
            assert box.outputs() == good
    finally:
        done.set()
        thread.join()


def test_run_prunes_by_itself_once_an_hour(box):
    mark = box.store / "pruned"
    age(mark, 7200)
    age(box.entry("lib"), 10 * 86400)
    box.write("src/a.txt", "new\n")
    box.run()
    assert time.time() - mark.stat().st_mtime < 60
    assert not any(
        json.loads(path.read_text())["stage"] == "lib" and time.time() - path.stat().st_mtime > 86400
        for path in (box.store / "ac").rglob("*.json")
    )

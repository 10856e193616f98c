"""Checkpoints and rollbacks on a real disk: what is kept, what comes back, what is refused, and that nothing is half done."""

import os
import socket
import stat
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lanemark.errors import DataError, UsageError
from lanemark.recover.checkpoint import Checkpoint
from lanemark.store.checkpoints import Checkpoints, named_by_checkpoints
from lanemark.store.rollback import Rollbacks

DRAFT = Checkpoint(id="", order=0, created="2026-11-21T10:00:00Z", generator="test", when="hand")


class Checkout:
    def __init__(self, folder: Path):
        self.folder, self.root = folder, folder / "w"
        self.root.mkdir(exist_ok=True)

    def keeper(self, digests=None):
        return Checkpoints(str(self.folder / "store"), "scope", str(self.root), dict if digests is None else lambda: digests)

    def take(self, *paths, **rest):
        return self.keeper().take(DRAFT, paths or ("d/", "f"), **rest)

    def restore(self, target, *paths):
        rollbacks = Rollbacks(self.keeper())
        return rollbacks.restore(rollbacks.prepare(target, paths or ("d/", "f")), DRAFT)

    def write(self, path, text, *, mode=0o644, age_s=100.0):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        file.chmod(mode)
        os.utime(file, ns=(0, time.time_ns() - int(age_s * 1e9)))
        return file

    def look(self, *, times=True):
        found = {}
        for top, folders, files in os.walk(os.fsencode(self.root)):
            for name in (*folders, *files):
                path = os.path.join(top, name)
                state = os.lstat(path)
                mtime = state.st_mtime_ns if times else 0
                if stat.S_ISLNK(state.st_mode):
                    found[path] = ("link", os.readlink(path), mtime)
                elif stat.S_ISDIR(state.st_mode):
                    found[path] = ("dir", stat.S_IMODE(state.st_mode), mtime if top != os.fsencode(self.root) else 0)
                elif stat.S_ISREG(state.st_mode):
                    with open(path, "rb") as opened:
                        found[path] = ("file", stat.S_IMODE(state.st_mode), mtime, opened.read())
        return found

    def blobs(self):
        return sorted(path for path in (self.folder / "store" / "cas").rglob("*") if path.is_file())


@pytest.fixture
def checkout(tmp_path):
    box = Checkout(tmp_path)
    box.write("d/a.txt", "one\n")
    box.write("d/deep/er/b.bin", bytes(range(256)) * 3000, mode=0o640)
    box.write("d/tool", "#!/bin/sh\n", mode=0o755)
    box.write(os.fsdecode(b"d/not-utf8-\xff\n"), "odd")
    (box.root / "d" / "empty" / "inside").mkdir(parents=True)
    (box.root / "d" / "link").symlink_to("../anywhere/../a.txt")
    (box.root / "d" / "sealed").mkdir()
    box.write("d/sealed/x", "x", mode=0o400)
    (box.root / "d" / "sealed").chmod(0o555)
    box.write("f", "file\n")
    box.write("outside", "never touched\n")
    return box


def spoil(box):
    (box.root / "d" / "sealed").chmod(0o755)
    for path in ("d/tool", "d/link", "d/sealed/x", "f"):
        (box.root / path).unlink()
    box.write("d/a.txt", "ten\n", age_s=0)
    box.write("d/tool/now/a/folder", "x")
    (box.root / "d" / "link").mkdir()
    box.write("d/link/y", "y")
    os.rename(box.root / "d" / "empty", box.root / "d" / "moved")
    box.write("d/empty", "a file now")
    box.write("d/new", "new")
    box.write("d/deep/er/b.bin", "other")
    (box.root / "d" / "deep" / "er").chmod(0o700)


def test_everything_comes_back_with_its_times_and_permissions(checkout):
    before = checkout.look()
    taken = checkout.take()
    spoil(checkout)
    checkout.restore(taken)
    assert checkout.look() == before


def test_what_stood_before_a_rollback_comes_back_too(checkout):
    taken = checkout.take()
    spoil(checkout)
    spoiled = checkout.look(times=False)
    rolled = checkout.restore(taken)
    assert rolled.changes[os.fsdecode(b"d/a.txt")] == "content"
    undo = checkout.keeper().get(rolled.undo)
    checkout.restore(undo)
    assert checkout.look(times=False) == spoiled


NAMES = st.sampled_from(["a", "b", "c", "\udcfe", "d e", "-x", "*", "\n"])
TREES = st.recursive(
    st.one_of(
        st.tuples(st.just("file"), st.binary(max_size=9), st.sampled_from([0o644, 0o755, 0o600, 0o1644])),
        st.tuples(st.just("link"), st.sampled_from([b"a", b"/etc/passwd", b"..", b"\xff"]), st.just(0)),
    ),
    lambda children: st.tuples(
        st.just("dir"), st.dictionaries(NAMES, children, max_size=4), st.sampled_from([0o755, 0o700, 0o2775])
    ),
    max_leaves=8,
)


def plant(path, tree):
    kind, content, mode = tree
    raw = os.fsencode(path)
    if kind == "link":
        os.symlink(content, raw)
    elif kind == "file":
        with open(raw, "wb") as opened:
            opened.write(content)
        os.chmod(raw, mode)
    else:
        os.mkdir(raw)
        for name, inner in content.items():
            plant(os.path.join(path, name), inner)
        os.chmod(raw, mode)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.none() | TREES, second=st.none() | TREES)
def test_any_tree_comes_back_over_any_other(tmp_path_factory, first, second):
    box = Checkout(tmp_path_factory.mktemp("t"))
    if first:
        plant(str(box.root / "d"), first)
    before = box.look()
    taken = box.take("d/")
    subprocess.run(["rm", "-rf", str(box.root / "d")], check=True)
    if second:
        plant(str(box.root / "d"), second)
    box.restore(taken, "d/")
    assert box.look() == before


def test_only_what_changed_is_stored_and_nothing_changed_is_read(checkout):
    first = checkout.take()
    assert first.fresh_bytes > 700_000
    stored = checkout.blobs()
    again = checkout.take()
    assert (again.fresh_bytes, again.parts, checkout.blobs()) == (0, first.parts, stored)
    checkout.write("d/a.txt", "two\n")
    third = checkout.take()
    assert len(checkout.blobs()) == len(stored) + 2  # the content and the list
    assert third.fresh_bytes < 5_000
    assert [part.path for part, old in zip(third.parts, first.parts, strict=True) if part != old] == ["d/"]


def test_unchanged_files_are_not_read(checkout):
    checkout.write("d/other.txt", "two\n")
    time.sleep(0.05)  # until every change shows in a stat
    digests = {}
    keeper = checkout.keeper(digests)
    keeper.take(DRAFT, ("d/",))
    lie = digests["d/other.txt"][1]
    digests["d/a.txt"] = (digests["d/a.txt"][0], lie)
    checkout.write("d/tool", "changed")
    taken = keeper.take(DRAFT, ("d/",))
    found = {item.path: item.digest for item in keeper.items(taken.part("d/"))}
    assert found["d/a.txt"] == lie
    assert found["d/tool"] not in (digests["d/a.txt"][1], "")


def test_a_change_that_keeps_size_and_time_is_seen(checkout):
    first = checkout.take()
    file = checkout.root / "f"
    state = file.stat()
    file.write_text("elif\n")
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert checkout.take().identity != first.identity


def test_a_file_changed_right_after_a_checkpoint_is_seen(checkout):
    for number in range(30):
        (checkout.root / "f").write_text(f"{number:03}\n")
        one = checkout.take("f")
        (checkout.root / "f").write_text(f"{number + 500:03}\n")
        assert checkout.take("f").identity != one.identity


def test_sockets_pipes_and_hard_links_are_told(checkout):
    os.mkfifo(checkout.root / "d" / "pipe")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(checkout.root / "d" / "socket"))
    listener.close()
    os.link(checkout.root / "d" / "a.txt", checkout.root / "d" / "again.txt")
    taken = checkout.take()
    assert set(taken.skipped) == {"d/pipe", "d/socket"}
    assert any("2 files have several names" in note for note in taken.notes)
    (checkout.root / "d" / "again.txt").write_text("both\n")
    checkout.restore(taken)
    assert (checkout.root / "d" / "a.txt").read_text() == "one\n"
    assert (checkout.root / "d" / "again.txt").stat().st_nlink == 1


def test_the_rights_of_others_do_not_come_back(checkout):
    (checkout.root / "d" / "tool").chmod(0o6755)
    taken = checkout.take()
    assert any("rights of others" in note for note in taken.notes)
    (checkout.root / "d" / "tool").unlink()
    checkout.restore(taken)
    assert stat.S_IMODE((checkout.root / "d" / "tool").stat().st_mode) == 0o755


class Hurried(Checkpoints):
    """Somebody saves a file right after the first checkpoint."""

    save = None

    def take(self, *passed, **named):
        taken = super().take(*passed, **named)
        if self.save:
            self.save()
            self.save = None
        return taken


@pytest.mark.parametrize("moment", ["after it was prepared", "after its undo was taken"])
@pytest.mark.parametrize("path", ["d/a.txt", "d/new.txt"])
def test_what_is_changed_while_a_rollback_is_under_way_is_kept(checkout, path, moment):
    target = checkout.take()
    checkout.write("d/a.txt", "two\n")
    checkout.write("d/new.txt", "new\n")
    keeper = Hurried(str(checkout.folder / "store"), "scope", str(checkout.root), dict)
    prepared = Rollbacks(keeper).prepare(target, ("d/", "f"))

    def save():
        checkout.write(path, "saved at the last moment\n")

    if moment == "after it was prepared":
        save()
    else:
        keeper.save = save
    undo = Rollbacks(keeper).restore(prepared, DRAFT).undo
    assert (checkout.root / "d/a.txt").read_text() == "one\n"
    assert not (checkout.root / "d/new.txt").exists()
    checkout.restore(checkout.keeper().find(undo))
    assert (checkout.root / path).read_text() == "saved at the last moment\n"


def test_a_content_that_was_lost_is_kept_again_before_it_is_overwritten(checkout):
    """Two files have the content: one is put back, the other stays; the store lost it."""
    digests = {}
    checkout.write("d/b.txt", "twice\n")
    target = checkout.take()
    checkout.write("d/a.txt", "twice\n")
    time.sleep(0.05)
    checkout.keeper(digests).take(DRAFT, ("d/", "f"))
    assert "d/a.txt" in digests
    lost = next(blob for blob in checkout.blobs() if blob.read_bytes() == b"twice\n")
    lost.unlink()
    rollbacks = Rollbacks(checkout.keeper(digests))
    undo = rollbacks.restore(rollbacks.prepare(target, ("d/", "f")), DRAFT).undo
    assert (checkout.root / "d/a.txt").read_text() == "one\n"
    checkout.restore(checkout.keeper().find(undo))
    assert (checkout.root / "d/a.txt").read_text() == "twice\n"


def test_a_list_that_was_damaged_since_it_was_made_is_told(checkout):
    keeper = checkout.keeper()
    taken = keeper.take(DRAFT, ("d/",))
    (part,) = taken.parts
    listed = checkout.folder / "store" / "cas" / part.items[:2] / part.items[2:]
    listed.chmod(0o644)
    listed.write_bytes(b"[]")
    assert "is damaged" in keeper.verify(taken)[0]


def test_deletions_come_back(tmp_path):
    box = Checkout(tmp_path)
    nothing = box.take("build/out/", "x")
    box.write("build/out/y", "y")
    box.write("x", "x")
    box.restore(nothing, "build/out/", "x")
    assert box.look() == {}


def test_only_some_paths_come_back(checkout):
    taken = checkout.take()
    checkout.write("d/a.txt", "two\n")
    checkout.write("d/deep/er/b.bin", "two\n")
    checkout.write("f", "two\n")
    checkout.restore(taken, "d/deep/", "f")
    assert [(checkout.root / path).read_bytes()[:4] for path in ("d/a.txt", "d/deep/er/b.bin", "f")] == [
        b"two\n",
        b"\0\1\2\3",
        b"file",
    ]


@pytest.mark.parametrize("harm", ["missing", "flipped", "short"])
def test_nothing_is_touched_where_a_content_is_not_whole(checkout, harm):
    taken = checkout.take()
    spoil(checkout)
    before = checkout.look()
    victim = max(checkout.blobs(), key=lambda path: path.stat().st_size)
    victim.chmod(0o644)
    if harm == "missing":
        victim.unlink()
    elif harm == "short":
        victim.write_bytes(victim.read_bytes()[:-1])
    else:
        data = bytearray(victim.read_bytes())
        data[1000] ^= 1
        victim.write_bytes(data)
    assert bool(checkout.keeper().verify(taken)) == (harm != "flipped")
    assert checkout.keeper().verify(taken, deep=True)
    with pytest.raises(DataError, match="nothing was touched"):
        checkout.restore(taken)
    assert checkout.look() == before


@pytest.mark.parametrize("harm", [b"", b"{}", b"[]", b"\xff", b'{"schema": 2}'])
def test_a_damaged_record_is_no_checkpoint(checkout, harm):
    taken = checkout.take()
    (path,) = (checkout.folder / "store" / "ck" / "scope").glob("*.json")
    path.write_bytes(harm)
    assert checkout.keeper().all() == ()
    with pytest.raises(UsageError, match="is no checkpoint"):
        checkout.keeper().find(taken.id)
    assert checkout.take().parts == taken.parts


def test_a_record_with_one_letter_changed_is_no_checkpoint(checkout):
    checkout.take()
    (path,) = (checkout.folder / "store" / "ck" / "scope").glob("*.json")
    path.write_text(path.read_text().replace('"d/"', '"e/"'))
    assert checkout.keeper().all() == ()


@pytest.mark.parametrize("path", ["../w/f", "/etc/passwd", ".git/", ".git/hooks/x", "d/../f", ".lanemark/x", "", "d//x"])
def test_a_path_that_leads_elsewhere_is_refused(checkout, path):
    with pytest.raises(DataError):
        checkout.take(path)


def test_a_link_on_the_way_is_never_followed(checkout, tmp_path):
    taken = checkout.take("d/deep/er/")
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "er").mkdir(parents=True)
    (elsewhere / "er" / "b.bin").write_text("not yours")
    subprocess.run(["rm", "-rf", str(checkout.root / "d" / "deep")], check=True)
    (checkout.root / "d" / "deep").symlink_to(elsewhere)
    for attempt in (lambda: checkout.restore(taken, "d/deep/er/"), lambda: checkout.take("d/deep/er/")):
        with pytest.raises(DataError, match="link"):
            attempt()
    assert (elsewhere / "er" / "b.bin").read_text() == "not yours"


def test_a_link_in_the_tree_is_replaced_and_not_followed(checkout, tmp_path):
    taken = checkout.take()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.txt").write_text("not yours")
    subprocess.run(["rm", "-rf", str(checkout.root / "d")], check=True)
    (checkout.root / "d").symlink_to(tmp_path / "elsewhere")
    checkout.restore(taken)
    assert (checkout.root / "d" / "a.txt").read_text() == "one\n"
    assert not (checkout.root / "d").is_symlink()
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["a.txt"]


def test_an_interrupted_rollback_is_finished_and_later_changes_are_kept(checkout):
    taken = checkout.take()
    spoil(checkout)
    undo = checkout.take()
    record = checkout.folder / "store" / "rollback" / "scope.json"
    from lanemark.codec import encode
    from lanemark.recover.rollback import Open
    from lanemark.store.files import DiskFiles

    DiskFiles().write(str(record), encode(Open(target=taken.id, undo=undo.id, paths=("d/", "f"), created="")))
    checkout.write("d/new", "changed after the kill")
    (checkout.root / "d" / ".lanemark-0123456789abcdef").write_text("half")
    (checkout.root / ".lanemark-0123456789abcdef").write_text("half")
    settled = Rollbacks(checkout.keeper()).settle(DRAFT)
    assert (settled.finished, record.exists()) == (True, False)
    assert (checkout.root / "d" / "a.txt").read_text() == "one\n"
    assert not list(checkout.root.rglob(".lanemark-*"))
    kept = checkout.keeper().get(settled.kept)
    checkout.restore(kept)
    assert (checkout.root / "d" / "new").read_text() == "changed after the kill"
    assert Rollbacks(checkout.keeper()).settle(DRAFT) is None


def test_a_rollback_that_cannot_be_finished_is_taken_back(checkout):
    spoil(checkout)
    spoiled = checkout.look(times=False)
    undo = checkout.take()
    (checkout.root / "f").write_text("a content of its own")
    target = checkout.take()
    from lanemark.codec import encode
    from lanemark.recover.rollback import Open
    from lanemark.store.files import DiskFiles

    (checkout.root / "f").write_text("begun")
    digest = next(item.digest for item in checkout.keeper().items(target.part("f")))
    (checkout.folder / "store" / "cas" / digest[:2] / digest[2:]).unlink()
    record = checkout.folder / "store" / "rollback" / "scope.json"
    DiskFiles().write(str(record), encode(Open(target=target.id, undo=undo.id, paths=("d/", "f"), created="")))
    settled = Rollbacks(checkout.keeper()).settle(DRAFT)
    assert not settled.finished
    assert settled.kept
    assert checkout.look(times=False) == spoiled


def test_contents_of_checkpoints_are_named_for_whoever_sweeps(checkout):
    taken = checkout.take()
    named = named_by_checkpoints(str(checkout.folder / "store"))
    assert {path.parent.name + path.name for path in checkout.blobs()} == named
    checkout.keeper().remove(taken.id)
    assert named_by_checkpoints(str(checkout.folder / "store")) == set()


def test_a_pruned_checkpoint_is_not_taken_for_what_stands(checkout):
    first = checkout.take()
    checkout.keeper().remove(first.id)
    subprocess.run(["rm", "-rf", str(checkout.folder / "store" / "cas")], check=True)
    again = checkout.take()
    assert again.identity == first.identity
    assert checkout.keeper().verify(again, deep=True) == []


def test_what_no_checkpoint_names_any_more_is_not_taken_for_kept(checkout):
    time.sleep(0.05)  # until every change shows in a stat
    first = checkout.take()
    second = checkout.take("d/")  # names "d/" alone
    (file,) = checkout.keeper().items(first.part("f"))
    checkout.keeper().remove(first.id)
    checkout.keeper().blobs.reject(file.digest)  # a sweep was killed when the content was gone, and the list was not
    third = checkout.take("f")
    assert third.part("f") == first.part("f")
    assert checkout.keeper().verify(third, deep=True) == checkout.keeper().verify(second, deep=True) == []


def test_with_other_parts_left_alone_they_are_taken_from_the_one_before(checkout):
    first = checkout.take()
    checkout.write("d/a.txt", "two\n")
    checkout.write("f", "two\n")
    second = checkout.take("f", over=first)
    assert second.part("d/") == first.part("d/")
    assert second.part("f") != first.part("f")
    keeper = checkout.keeper()
    assert [keeper.stands(second, path) for path in ("d/", "f", "other")] == [False, True, False]
    (checkout.root / "f").unlink()
    assert keeper.stands(second, "f") is None


def test_ids_are_found_by_their_start_and_by_words(checkout):
    first, second = checkout.take(), checkout.take()
    keeper = checkout.keeper()
    second = keeper.mark_good(second)
    third = checkout.take()
    assert [keeper.find(text).id for text in ("last", "good", first.id)] == [third.id, second.id, first.id]
    with pytest.raises(UsageError, match="means several"):
        keeper.find(first.id[:9])
    with pytest.raises(UsageError, match="is no checkpoint"):
        keeper.find("../../x")
    assert keeper.newest().id == third.id

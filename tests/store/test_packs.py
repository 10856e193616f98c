"""Packs: what goes in comes out on another machine, and whatever else comes in a pack's clothes is refused or left out."""

import errno
import json
import os
import resource
import signal
import stat
import threading
import zipfile
import zlib
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cachebox import Box, chain
from lanemark.cache.key import key_of
from lanemark.cache.policy import Policy
from lanemark.codec import encode
from lanemark.errors import DataError
from lanemark.store.cache import DiskStore
from lanemark.store.entries import seal_entry
from lanemark.store.frame import FrameWriter, read_frame
from lanemark.store.pack import SCHEMA, PackHead, export_pack, import_pack
from lanemark.store.prune import prune_store
from lanemark.store.runs import KEPT_RUNS

BIG = 1e9


def store_at(folder):
    return DiskStore(str(folder / "cache" / "store"), {})


@pytest.fixture
def full(tmp_path):
    """A workspace whose three stages ran, its store, and a pack of it."""
    box = chain(tmp_path / "one")
    box.run()
    pack = tmp_path / "pack.zip"
    export_pack(store_at(box.folder), "standard", str(pack), limit=BIG)
    return box, pack


def other(tmp_path, name="two"):
    """The same workspace on another machine with an empty store; its stages may be replayed in another folder."""
    return chain(tmp_path / name)


def make_pack(path, objects):
    """Write a well-formed frame around any objects."""
    with open(path, "wb") as target:
        writer = FrameWriter(target)
        for name, data in objects:
            writer.add(name, (data,))
        writer.finish()
    return str(path)


def head(**changed):
    return ("pack.json", encode(msgspec.structs.replace(PackHead(lane="standard"), **changed)))


def objects_of(pack):
    with zipfile.ZipFile(pack) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def relocatable(box):
    box.stages = {name: msgspec.structs.replace(stage, relocatable=True) for name, stage in box.stages.items()}
    return box


def test_what_one_machine_kept_is_replayed_on_another_byte_for_byte(tmp_path):
    box = relocatable(chain(tmp_path / "one"))
    box.run()
    pack = tmp_path / "pack.zip"
    made = export_pack(store_at(box.folder), "standard", str(pack), limit=BIG)
    assert (made.entries, made.left_out) == (3, [])
    there = relocatable(other(tmp_path))
    taken = import_pack(store_at(there.folder), str(pack), lane="standard")
    assert (taken.entries, taken.known, taken.skipped) == (3, 0, [])
    ran = there.run()
    assert ran.replayed == ["gen", "lib", "app"]
    cold = relocatable(other(tmp_path, "three"))
    cold.run()
    assert there.outputs() == cold.outputs() == box.outputs()
    again = import_pack(store_at(there.folder), str(pack))
    assert (again.entries, again.known, again.blobs) == (0, 3, 0)


def test_entries_of_another_folder_do_not_fit_unless_relocatable(tmp_path, full):
    there = other(tmp_path)
    import_pack(store_at(there.folder), str(full[1]))
    assert there.run().executed == ["gen", "lib", "app"]


def test_same_entries_give_the_same_bytes_and_any_tool_can_list_them(tmp_path, full):
    box, pack = full
    second = tmp_path / "second.zip"
    export_pack(store_at(box.folder), "standard", str(second), limit=BIG)
    assert second.read_bytes() == pack.read_bytes()
    there = other(tmp_path)
    import_pack(store_at(there.folder), str(pack))
    third = tmp_path / "third.zip"
    export_pack(store_at(there.folder), "standard", str(third), limit=BIG)
    assert third.read_bytes() == pack.read_bytes()
    with zipfile.ZipFile(pack) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    assert names == ["pack.json", *sorted(name for name in names if name[0] == "c"), *sorted(n for n in names if n[0] == "a")]


def test_only_what_the_last_runs_used_goes_into_a_pack(tmp_path):
    box = Box(tmp_path)
    box.add("copy", "cp a.txt out.txt", inputs=("a.txt",), outputs=("out.txt",))
    for number in range(KEPT_RUNS + 2):
        box.write("a.txt", f"{number}\n")
        box.run(policy=Policy(keep=50))
    made = export_pack(store_at(tmp_path), "standard", str(tmp_path / "pack.zip"), limit=BIG)
    assert made.entries == KEPT_RUNS
    kept = {data for name, data in objects_of(tmp_path / "pack.zip") if name.startswith("cas/")}
    assert b"6\n" in kept
    assert b"0\n" not in kept


def test_run_that_repeats_the_last_one_pushes_nothing_out(tmp_path, full):
    box, _ = full
    runs = store_at(box.folder).runs
    before = runs.list_runs("standard")
    box.run()
    assert runs.list_runs("standard") == before
    assert len(before) == 1


def test_newest_runs_come_first_where_not_all_fits(tmp_path):
    box = Box(tmp_path)
    box.add("big", "head -c 100000 /dev/urandom > out.bin", inputs=("a.txt",), outputs=("out.bin",))
    for number in range(3):
        box.write("a.txt", f"{number}\n")
        box.run(policy=Policy(keep=50))
    newest = (box.root / "out.bin").read_bytes()
    made = export_pack(store_at(tmp_path), "standard", str(tmp_path / "pack.zip"), limit=250_000)
    assert (made.entries, len(made.left_out)) == (1, 2)
    assert made.bytes <= 250_000
    assert newest in dict.fromkeys(data for _, data in objects_of(tmp_path / "pack.zip"))
    assert export_pack(store_at(tmp_path), "standard", str(tmp_path / "none.zip"), limit=1000).entries == 0
    assert not (tmp_path / "none.zip").exists()


def test_damaged_content_is_not_exported_and_takes_its_entries_along(tmp_path, full):
    box, _ = full
    content = sha256((box.root / "gen.out").read_bytes()).hexdigest()
    path = box.store / "cas" / content[:2] / content[2:]
    path.chmod(0o644)
    path.write_bytes(b"other")
    made = export_pack(store_at(box.folder), "standard", str(tmp_path / "new.zip"), limit=BIG)
    assert made.left_out == ["gen: part of what was kept is missing or damaged"]
    assert f"cas/{content}" not in [name for name, _ in objects_of(tmp_path / "new.zip")]
    assert import_pack(store_at(tmp_path / "x"), str(tmp_path / "new.zip")).skipped == []


# What is no pack


def refused(tmp_path, path):
    """The reason why a file is refused as a whole; nothing of it may be in the store then."""
    store = store_at(tmp_path / "fresh")
    with pytest.raises(DataError) as caught:
        import_pack(store, str(path))
    assert list(store.entries.list_keys()) == []
    assert store.runs.list_lanes() == []
    assert not (tmp_path / "fresh" / "cache" / "store" / "cas").exists()
    return caught.value.message


def zipped(path, entries, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize(
    "name", ["../../elsewhere", "/elsewhere", "cas/../x", "ac/x.json", "cas/" + "A" * 64, "pack.jsonx", "a\\b", "cas/"]
)
def test_names_that_no_pack_has_are_refused(tmp_path, full, name):
    entries = [*objects_of(full[1]), (name, b"x")]
    assert "pack" in refused(tmp_path, zipped(tmp_path / "bad.zip", entries))


def test_name_is_refused_by_itself_in_an_otherwise_perfect_frame(tmp_path):
    path = make_pack(tmp_path / "bad.zip", [head(), ("cas/../../../elsewhere", b"x")])
    assert "an object with a name that no pack has" in refused(tmp_path, path)


def test_bomb_is_refused_because_nothing_is_ever_unpacked(tmp_path):
    bomb = b"\0" * (8 << 20)
    entries = [head(), (f"cas/{sha256(bomb).hexdigest()}", bomb)]
    path = zipped(tmp_path / "bad.zip", entries, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1 << 20
    assert "says something that no pack says" in refused(tmp_path, path)


def test_two_objects_of_one_name_are_refused(tmp_path):
    blob = (f"cas/{sha256(b'x').hexdigest()}", b"x")
    assert "stands twice" in refused(tmp_path, make_pack(tmp_path / "bad.zip", [head(), blob, blob]))
    assert "stands twice" in refused(tmp_path, make_pack(tmp_path / "bad.zip", [head(), head()]))


def test_head_must_stand_first(tmp_path):
    blob = (f"cas/{sha256(b'x').hexdigest()}", b"x")
    assert "does not stand first" in refused(tmp_path, make_pack(tmp_path / "bad.zip", [blob, head()]))


def test_too_many_objects_are_refused_before_one_is_read(tmp_path):
    blobs = sorted(sha256(str(number).encode()).hexdigest() for number in range(12))
    path = make_pack(tmp_path / "bad.zip", [head(), *((f"cas/{digest}", b"") for digest in blobs)])
    with open(path, "rb") as opened, pytest.raises(DataError, match="more than 10 objects"):
        read_frame(opened.fileno(), path, most=10)


def test_directory_that_says_something_else_is_refused(tmp_path, full):
    data = full[1].read_bytes()
    at = data.rindex(b"PK\x01\x02")
    for change in (data[:at] + b"\0" * 4 + data[at + 4 :], data + b"comment", data[:-2] + b"\1\0", data + data, b"x" + data):
        path = tmp_path / "bad.zip"
        path.write_bytes(change)
        refused(tmp_path, path)


def test_header_with_flags_links_or_extra_fields_is_refused(tmp_path):
    info = zipfile.ZipInfo(f"cas/{sha256(b'x').hexdigest()}")
    for change in (
        {"external_attr": (stat.S_IFLNK | 0o777) << 16},
        {"extra": b"\x01\x00\x00\x00"},
        {"comment": b"hi"},
        {"create_system": 0},
    ):
        odd = zipfile.ZipInfo(info.filename)
        for name, value in change.items():
            setattr(odd, name, value)
        with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
            archive.writestr(zipfile.ZipInfo("pack.json"), head()[1])
            archive.writestr(odd, b"x")
        refused(tmp_path, tmp_path / "bad.zip")


def test_every_way_to_cut_a_pack_short_is_refused(tmp_path, full):
    data = full[1].read_bytes()
    path = tmp_path / "cut.zip"
    for length in {*range(0, len(data), max(1, len(data) // 60)), len(data) - 1}:
        path.write_bytes(data[:length])
        refused(tmp_path, path)


@pytest.mark.parametrize("kind", ["empty", "text", "folder", "link", "pipe"])
def test_what_is_no_file_of_ours_is_refused_without_waiting(tmp_path, full, kind):
    path = tmp_path / "odd"
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(full[1])
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(b"" if kind == "empty" else b"hello")
    with pytest.raises((DataError, OSError)):
        import_pack(store_at(tmp_path / "fresh"), str(path))


def test_newer_pack_is_refused_with_its_reason(tmp_path):
    newer = json.dumps({"schema": SCHEMA + 1, "something": "new"}).encode()
    path = make_pack(tmp_path / "bad.zip", [("pack.json", newer)])
    assert "was written by a newer version: schema 2, 1 is read" in refused(tmp_path, path)


@pytest.mark.parametrize(
    "plain",
    [
        b"[]",
        b"{}",
        b"NaN",
        b'{"schema": 1, "schema": 1, "lane": "x"}',
        b'{"schema": 1, "lane": "../x"}',
        b"\xff",
        b'{"schema": 0}',
    ],
)
def test_head_that_is_none_is_refused(tmp_path, plain):
    refused(tmp_path, make_pack(tmp_path / "bad.zip", [("pack.json", plain)]))


def test_pack_of_another_lane_is_refused_where_one_is_asked_for(tmp_path, full):
    with pytest.raises(DataError, match="for the lane 'standard', not 'docs'"):
        import_pack(store_at(tmp_path / "fresh"), str(full[1]), lane="docs")


# What is a pack, with something bad inside


def test_content_that_is_not_what_its_name_says_is_left_out_with_the_entries_that_name_it(tmp_path, full):
    wrong = sha256((full[0].root / "gen.out").read_bytes()).hexdigest()
    bad = [(name, b"evil" if name == f"cas/{wrong}" else data) for name, data in objects_of(full[1])]
    there = other(tmp_path)
    store = store_at(there.folder)
    taken = import_pack(store, make_pack(tmp_path / "bad.zip", bad))
    assert taken.entries == 2
    assert f"content {wrong[:12]} is not what its name says" in taken.skipped
    assert any("of the contents of gen are missing" in why for why in taken.skipped)
    assert not store.blobs.holds(wrong)
    assert list(Path(store.folder, "cas").glob(".*")) == []
    assert len(store.runs.list_runs("standard")[0]) == 2


def forge(full, **changed):
    """The objects of a pack in which `gen` is another entry, sealed again as its writer would."""
    found = []
    for name, data in objects_of(full[1]):
        if name.startswith("ac/") and b'"stage": "gen"' in data:
            manifest = store_at(full[0].folder).entries.find(f"sha256:{name[3:67]}").manifest
            found.append((name, seal_entry(msgspec.structs.replace(manifest, **changed))))
        else:
            found.append((name, data))
    return found


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"stage": "lib"}, "under another key"),
        ({"key": "sha256:" + "0" * 64}, "under another key"),
        ({"scope": "../../x"}, "no name of a stage"),
        ({"out": "f" * 64}, "1 of the contents of gen are missing"),
        ({"schema": 99}, "kept by a newer version"),
    ],
)
def test_entry_that_is_not_what_it_says_is_left_out(tmp_path, full, change, why):
    taken = import_pack(store_at(tmp_path / "fresh"), make_pack(tmp_path / "bad.zip", forge(full, **change)))
    assert taken.entries == 2
    assert len(taken.skipped) == 1
    assert why in taken.skipped[0]


@pytest.mark.parametrize("field", ["out", "err", "inputs"])
def test_content_with_a_path_for_a_name_touches_no_file(tmp_path, full, field):
    victim = tmp_path / "victim"
    victim.write_text("mine\n")
    forged = forge(full, **{field: f"..{victim}"})
    store = store_at(tmp_path / "fresh")
    taken = import_pack(store, make_pack(tmp_path / "bad.zip", forged))
    assert "1 of the contents of gen are missing" in taken.skipped[0]
    assert victim.read_text() == "mine\n"


def test_no_name_leads_a_store_of_contents_out_of_its_folder(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("mine\n")
    blobs = store_at(tmp_path / "fresh").blobs
    for name in (f"..{victim}", f"xx{victim}", "../../../victim", "", ".", "a", "A" * 64, "0" * 63 + "\n", "é" * 64):
        assert not blobs.holds(name)
        assert blobs.size(name) == 0
        blobs.reject(name)
        with pytest.raises(FileNotFoundError):
            blobs.open(name)
    assert victim.read_text() == "mine\n"


def test_entry_with_a_tree_that_its_digest_does_not_fit_is_left_out(tmp_path, full):
    gen = next(one for name, one in objects_of(full[1]) if name.startswith("ac/") and b'"stage": "gen"' in one)
    tree = json.loads(gen)["outputs"]
    entries = tuple(msgspec.convert({**one, "path": "../../evil"}, type=_entry_type()) for one in tree["entries"])
    manifest = store_at(full[0].folder).entries.find(json.loads(gen)["key"]).manifest
    forged = msgspec.structs.replace(manifest.outputs, entries=entries)
    taken = import_pack(store_at(tmp_path / "fresh"), make_pack(tmp_path / "bad.zip", forge(full, outputs=forged)))
    assert "not what their digest says" in taken.skipped[0]


def _entry_type():
    from lanemark.tree import TreeEntry

    return TreeEntry


def test_sealed_entry_that_leads_outside_is_taken_in_and_never_restored(tmp_path):
    """Whoever can seal an entry can name any path; what is restored is held against the declared outputs each time."""
    from lanemark.store.trees import seal
    from lanemark.tree import TreeEntry

    box = relocatable(chain(tmp_path / "one"))
    box.run()
    export_pack(store_at(box.folder), "standard", str(tmp_path / "pack.zip"), limit=BIG)
    digest = sha256((box.root / "gen.out").read_bytes()).hexdigest()
    evil = seal([TreeEntry(path="../evil.txt", mode="644", digest=digest)])
    path = make_pack(tmp_path / "bad.zip", forge((box, tmp_path / "pack.zip"), outputs=evil))
    there = relocatable(other(tmp_path))
    assert import_pack(store_at(there.folder), path).skipped == []
    ran = there.run()
    assert "gen" in ran.executed
    assert not (there.folder / "evil.txt").exists()


def test_what_is_here_already_is_not_replaced(tmp_path, full):
    box, _ = full
    before = {path: path.read_bytes() for path in (box.store / "ac").rglob("*.json")}
    taken = import_pack(store_at(box.folder), make_pack(tmp_path / "bad.zip", forge(full, wall_s=-5.0)))
    assert (taken.entries, taken.known) == (0, 3)
    assert {path: path.read_bytes() for path in (box.store / "ac").rglob("*.json")} == before


def test_entry_key_covers_its_parts(full):
    store = store_at(full[0].folder)
    for key in store.entries.list_keys():
        manifest = store.entries.find(key).manifest
        assert key_of(manifest.parts) == key


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
@example(at=0, bit=0)
def test_no_flipped_bit_makes_anything_wrong_visible(tmp_path, full, at, bit):
    data = bytearray(full[1].read_bytes())
    data[at % len(data)] ^= 1 << bit
    path = tmp_path / "flipped.zip"
    path.write_bytes(data)
    honest = dict(objects_of(full[1]))
    store = store_at(tmp_path / f"fresh-{at}-{bit}")
    try:
        import_pack(store, str(path))
    except DataError:
        assert list(store.entries.list_keys()) == []
    for key in store.entries.list_keys():
        name = f"ac/{key.removeprefix('sha256:')}.json"
        assert Path(store.entries.path(key)).read_bytes() == honest[name]


# Disks and others


def test_full_disk_leaves_no_entry_and_says_so(tmp_path):
    box = Box(tmp_path / "one")
    box.add("big", "head -c 3000000 /dev/zero | tr '\\0' 'x' > out.bin", inputs=("a.txt",), outputs=("out.bin",))
    box.write("a.txt", "1\n")
    box.run()
    pack = tmp_path / "pack.zip"
    export_pack(store_at(box.folder), "standard", str(pack), limit=BIG)
    store = store_at(tmp_path / "fresh")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
        with pytest.raises(OSError) as caught:
            import_pack(store, str(pack))
        with pytest.raises(OSError):
            export_pack(store_at(box.folder), "standard", str(tmp_path / "again.zip"), limit=BIG)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert caught.value.errno == errno.EFBIG
    assert list(store.entries.list_keys()) == []
    assert [path.name for path in tmp_path.iterdir() if "again" in path.name] == []
    assert import_pack(store, str(pack)).entries == 1


def test_two_imports_and_pruning_at_once_leave_a_whole_store(tmp_path, full):
    folder = tmp_path / "shared"
    faults = []

    def take():
        try:
            for _ in range(5):
                import_pack(store_at(folder), str(full[1]))
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        prune_store(store_at(folder), Policy(keep=0), {}, wait_s=0.1)
    for thread in threads:
        thread.join()
    assert faults == []
    store = store_at(folder)
    for key in store.entries.list_keys():
        manifest = store.entries.find(key).manifest
        assert all(store.blobs.holds(one.digest) for one in manifest.outputs.entries if one.digest)


def test_crc_of_a_small_object_is_checked(tmp_path):
    path = Path(make_pack(tmp_path / "pack.zip", [head()]))
    data = path.read_bytes()
    plain = head()[1]
    forged = plain.replace(b"standard", b"standarx")
    assert zlib.crc32(forged) != zlib.crc32(plain)
    path.write_bytes(data.replace(plain, forged))
    assert "damaged" in refused(tmp_path, path)

import os
import stat
import threading

import pytest

from lanemark.errors import DataError
from lanemark.store.files import DiskFiles

FILES = DiskFiles()


def test_what_is_written_is_read_back(tmp_path):
    path = str(tmp_path / "a" / "b" / "c.json")
    FILES.write(path, b"one")
    FILES.write(path, b"two" * 300_000)
    assert FILES.read(path, limit=900_000) == b"two" * 300_000
    assert len(list(FILES.chunks(path, limit=900_000))) > 1
    assert os.listdir(tmp_path / "a" / "b") == ["c.json"]


def test_the_limit_is_exact(tmp_path):
    path = str(tmp_path / "x")
    FILES.write(path, b"12345")
    assert FILES.read(path, limit=5) == b"12345"
    with pytest.raises(DataError, match="longer than the 4 bytes"):
        FILES.read(path, limit=4)
    FILES.write(path, b"")
    assert FILES.read(path, limit=0) == b""


def test_a_file_that_grows_while_read_is_refused(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"a" * 300_000)
    pieces = FILES.chunks(str(path), limit=300_000)
    next(pieces)
    with path.open("ab") as more:
        more.write(b"b")
    with pytest.raises(DataError, match="longer"):
        list(pieces)


@pytest.mark.parametrize("kind", ["missing", "folder", "link", "pipe", "device", "nul"])
def test_what_is_no_regular_file_is_refused(tmp_path, kind):
    path = tmp_path / "x"
    (tmp_path / "real").write_text("real")
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to("real")
    elif kind == "pipe":
        os.mkfifo(path)
    name = {"device": "/dev/zero", "nul": "a\0b"}.get(kind, str(path))
    with pytest.raises(DataError) as caught:
        FILES.read(name, limit=100)
    assert repr(name) in caught.value.message
    assert FILES.tail(name, limit=100) == b""


def test_a_link_is_replaced_not_written_through(tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "x").symlink_to("precious")
    FILES.write(str(tmp_path / "x"), b"new")
    assert (tmp_path / "precious").read_text() == "precious"
    assert not (tmp_path / "x").is_symlink()


def test_a_failed_write_says_so_and_leaves_nothing(tmp_path):
    (tmp_path / "x").mkdir()
    with pytest.raises(DataError, match="cannot be written: Is a directory"):
        FILES.write(str(tmp_path / "x"), b"new")
    assert os.listdir(tmp_path) == ["x"]
    with pytest.raises(DataError, match="cannot be written"):
        FILES.write(str(tmp_path / "x\0y"), b"")


def test_a_reader_sees_old_or_new_never_a_mixture(tmp_path):
    path, versions = str(tmp_path / "x"), [bytes([65 + n]) * 200_000 for n in range(2)]
    FILES.write(path, versions[0])
    seen, stop = set(), threading.Event()

    def read():
        while not stop.is_set():
            seen.add(FILES.read(path, limit=200_000))

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(60):
        FILES.write(path, versions[n % 2])
    stop.set()
    reader.join()
    assert seen
    assert seen <= set(versions)


def test_the_tail_of_a_log(tmp_path):
    (tmp_path / "log").write_bytes(b"first\nlast\n")
    log = str(tmp_path / "log")
    assert (FILES.tail(log, limit=5), FILES.tail(log, limit=500), FILES.tail(log, limit=0)) == (b"last\n", b"first\nlast\n", b"")


def test_a_pipe_is_written_to_and_never_replaced(tmp_path):
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    got = []

    def read():
        with open(path, "rb") as opened:
            got.append(opened.read())

    reader = threading.Thread(target=read)
    reader.start()
    FILES.write(path, b"for whoever listens")
    reader.join()
    assert got == [b"for whoever listens"]
    assert stat.S_ISFIFO(os.lstat(path).st_mode)


def test_dev_null_stays_what_it_is():
    FILES.write(os.devnull, b"nobody reads this")
    assert stat.S_ISCHR(os.lstat(os.devnull).st_mode)


def test_a_link_that_leads_to_a_device_is_replaced_where_it_could_come_from_a_pull_request(tmp_path):
    os.symlink(os.devnull, tmp_path / "run.json")
    FILES.write(str(tmp_path / "run.json"), b"facts")
    assert not os.path.islink(tmp_path / "run.json")
    assert FILES.read(str(tmp_path / "run.json"), limit=10) == b"facts"

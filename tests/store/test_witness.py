"""What an answer rests on: nothing that is young, unknown, or watched by nobody."""

import os
import time

import pytest

from lanemark.store.standing import find_answer, write_answer
from lanemark.store.witness import Beginning, Looked, witness

ANSWER = ("said\n", "printed\n", "facts", b"{}", (1, 0.5))
QUESTION = "0" * 64


@pytest.fixture
def root(tmp_path, monkeypatch):
    folder = tmp_path / "root"
    (folder / "src" / "deep").mkdir(parents=True)
    (folder / "out").mkdir()
    for name in ("src/a", "src/deep/b", "out/c"):
        (folder / name).write_text(name)
    monkeypatch.chdir(folder)
    return folder


def begin_later():
    """Return a beginning before which everything here was settled, also where times count in steps of two seconds."""
    shift = 10_000_000_000
    return Beginning(wall_ns=time.time_ns() + shift, steady_ns=time.monotonic_ns() + shift)


def look(root, starts=("src",), outputs=("out/",), unknown=(), claims=lambda _: True):
    def knows(path, _):
        return path not in unknown

    return Looked(root=str(root), starts=starts, outputs=outputs, claims=claims, knows=knows)


def stands(rest, folder):
    path = f"{folder}/answer"
    write_answer(path, QUESTION, rest, ANSWER)
    return find_answer(path, QUESTION) == ANSWER


def test_what_is_settled_and_known_stands(root, tmp_path):
    rest = witness(look(root), [], [], begin_later())
    assert {path for path, _ in rest[0]} == {"src", "src/a", "src/deep", "src/deep/b", "out", "out/c"}
    assert stands(rest, tmp_path)
    assert find_answer(f"{tmp_path}/answer", "1" * 64) is None


def test_what_changed_while_the_run_looked_is_no_witness(root):
    assert witness(look(root), [], [], Beginning(wall_ns=0, steady_ns=-time.time_ns())) is None
    began = begin_later()
    far = began.wall_ns + 10**9
    os.utime(root / "src/deep/b", ns=(far, far))
    assert witness(look(root), [], [], began) is None


def test_content_that_counts_must_be_known(root):
    assert witness(look(root, unknown=("src/a",)), [], [], begin_later()) is None
    assert witness(look(root, unknown=("out/c",)), [], [], begin_later()) is None
    unread = look(root, unknown=("src/a",), claims=lambda path: path != "src/a")
    assert witness(unread, [], [], begin_later()) is not None


def test_link_that_is_read_is_no_witness_and_one_that_is_written_is(root):
    (root / "out" / "link").symlink_to("c")
    assert witness(look(root), [], [], begin_later()) is not None
    (root / "src" / "link").symlink_to("a")
    assert witness(look(root), [], [], begin_later()) is None
    assert witness(look(root, claims=lambda path: path != "src/link"), [], [], begin_later()) is not None


def test_clock_that_was_set_back_leaves_no_witness(root):
    began = begin_later()
    assert witness(look(root), [], [], Beginning(wall_ns=began.wall_ns + 10**9, steady_ns=began.steady_ns)) is None


def test_what_is_missing_must_stay_so(root, tmp_path):
    rest = witness(look(root, starts=("src", "new/folder")), [], [], begin_later())
    assert stands(rest, tmp_path)
    (root / "new" / "folder").mkdir(parents=True)
    assert find_answer(f"{tmp_path}/answer", QUESTION) is None


def test_byproducts_count_in_outputs_and_not_in_inputs(root):
    for name in ("src/__pycache__", "out/__pycache__"):
        (root / name).mkdir()
    rest = witness(look(root), [], [], begin_later())
    assert [path for path, _ in rest[0] if "__pycache__" in path] == ["out/__pycache__"]


def test_entry_that_was_not_used_for_long_is_left_to_a_whole_run(root, tmp_path):
    entry = tmp_path / "entry"
    entry.write_text("{}")
    rest = witness(look(root), [], [str(entry)], begin_later())
    assert stands(rest, tmp_path)
    old = time.time() - 4000
    os.utime(entry, (old, old))
    rest = witness(look(root), [], [str(entry)], begin_later())
    assert not stands(rest, tmp_path)


def test_what_another_python_wrote_is_read_by_nobody(root, tmp_path):
    path = tmp_path / "answer"
    for data in (b"", b"\n", b"x" * 100, b"0" * 64 + b"\n" + QUESTION.encode() + b"\nnot marshal"):
        path.write_bytes(data)
        assert find_answer(str(path), QUESTION) is None

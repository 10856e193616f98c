"""Where two contents part, for any contents and any pieces they come in."""

from hypothesis import given
from hypothesis import strategies as st

from lanemark.escape import visible
from lanemark.measure.divergence import MOST_COMPARED, describe_divergence, differing_paths
from lanemark.path import RepoPath
from lanemark.store.trees import seal
from lanemark.tree import TreeEntry

A = RepoPath("a")


def tree(**digests):
    return seal(TreeEntry(path=RepoPath(path), mode="644", digest=digest) for path, digest in digests.items())


def describe(left, right, piece=1 << 18):
    contents = {"1": left, "2": right}

    def read(digest):
        whole = contents[digest]
        return (whole[start : start + piece] for start in range(0, len(whole), piece))

    return describe_divergence(A, tree(a="1"), tree(a="2"), 2, read)


@given(st.binary(max_size=60), st.binary(max_size=20), st.binary(max_size=20), st.integers(1, 7))
def test_the_first_differing_byte_is_the_one_that_is_named(common, left, right, piece):
    ours, theirs = common + left, common + right
    if ours == theirs:
        return
    offset = next(
        (at for at, (one, two) in enumerate(zip(ours, theirs, strict=False)) if one != two), min(len(ours), len(theirs))
    )
    where = describe(ours, theirs, piece)
    assert f"byte {offset}" in where.replace(",", " ").replace(":", " ").split("run")[0]
    if "line" in where:
        assert f"line {ours[:offset].count(10) + 1}:" in where


@given(st.text(max_size=200), st.text(max_size=200))
def test_what_is_said_can_be_shown_anywhere(left, right):
    if left != right:
        where = describe(left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))
        assert visible(where) == where
        assert len(where) < 1200


def test_the_line_shows_a_little_of_what_stands_before():
    assert describe(b"one\nbuilt on monday at noon\n", b"one\nbuilt on sunday at noon\n") == (
        'differs from byte 13, line 2: "built on monday at noon" in run 1, "built on sunday at noon" in run 2'
    )


def test_a_long_line_is_cut_on_both_sides():
    assert describe(b"x" * 30 + b"1" + b"y" * 90, b"x" * 30 + b"2" + b"y" * 90) == (
        f'differs from byte 30, line 1: "…{"x" * 20}1{"y" * 39}…" in run 1, "…{"x" * 20}2{"y" * 39}…" in run 2'
    )


def test_letters_of_several_bytes_are_shown_whole():
    assert describe("grün é".encode(), "grün è".encode()) == 'differs from byte 7, line 1: "grün é" in run 1, "grün è" in run 2'


def test_a_difference_far_behind_is_not_searched_for():
    piece = bytes(1 << 20)

    def read(digest):
        yield from (piece for _ in range(MOST_COMPARED >> 20))
        yield digest.encode()

    assert describe_divergence(A, tree(a="1"), tree(a="2"), 2, read) == "differs somewhere after 64 MiB in run 2"


def test_only_what_differs_is_a_difference():
    left, right = tree(a="1", b="2", c="3"), tree(a="1", b="9", d="4")
    assert differing_paths(left, right) == ["b", "c", "d"]
    assert differing_paths(left, left) == []

"""Lists of checkpoints that somebody else wrote: each form that could lead elsewhere is refused, among many good items too."""

import pytest

from lanemark.errors import DataError
from lanemark.recover.checkpoint import Item, decode_items, encode_items
from lanemark.recover.rollback import check_items

DIGEST = "0123456789abcdef" * 4
GOOD = (Item("d", "dir", 0o755, 0, 1), *(Item(f"d/{name}\n", "file", 0o644, 1, 1, DIGEST) for name in range(50)))


def test_good_items_are_taken_as_they_are():
    assert check_items(decode_items(encode_items(GOOD), "x"), "d/") == GOOD


@pytest.mark.parametrize("path", ["d/..", "d/.", "d/../x", "d//", "d/\0", "/d/x", "e", "dx", "../d", "", GOOD[7].path], ids=repr)
def test_a_path_that_leads_elsewhere_or_stands_twice_is_refused(path):
    with pytest.raises(DataError, match="lies outside of 'd/', or stands there twice"):
        check_items((*GOOD, Item(path, "dir", 0o755, 0, 1)), "d/")


@pytest.mark.parametrize("path", ["d/0\n/x", "d/none/x"])
def test_an_item_in_something_that_is_no_folder_is_refused(path):
    with pytest.raises(DataError, match="stands in something that is not a folder"):
        check_items((*GOOD, Item(path, "file", 0o644, 1, 1, DIGEST)), "d/")


@pytest.mark.parametrize("digest", [DIGEST.upper(), "g" * 64, " " * 64, "0 " * 32, "é" * 64, DIGEST[:-1], ""])
def test_a_digest_that_is_none_is_refused_and_its_item_named(digest):
    with pytest.raises(DataError, match="'d/bad' has"):
        decode_items(encode_items((*GOOD, Item("d/bad", "file", 0o644, 1, 1, digest))), "x")


@pytest.mark.parametrize("mode", [0o4755, 0o2755, -1, 1 << 20])
def test_rights_of_others_are_refused(mode):
    with pytest.raises(DataError, match="'d/bad' has"):
        decode_items(encode_items((*GOOD, Item("d/bad", "file", mode, 1, 1, DIGEST))), "x")

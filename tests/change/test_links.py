"""Where a link leads: the text of it followed as the operating system follows it on a disk."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lanemark.change.links import MOST_HOPS, leaves_repository
from lanemark.change.pointer import POINTER_LIMIT, read_pointer
from lanemark.path import RepoPath

PLACES = ["a", "b", "d/a", "d/b", "d/e/a", "d/e/b"]
PARTS = st.sampled_from(["a", "b", "d", "e", "..", ".", "", "d/e", "../..", "nowhere"])
TARGETS = st.builds(
    lambda parts, lead: lead + "/".join(parts), st.lists(PARTS, min_size=1, max_size=5), st.sampled_from(["", "", "", "/"])
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(links=st.dictionaries(st.sampled_from(PLACES), TARGETS.filter(bool), min_size=1))
def test_what_leaves_on_a_disk_leaves_here(tmp_path_factory, links):
    """`realpath` is the reference, the other way round only where the link leads to something."""
    outer = tmp_path_factory.mktemp("links")
    root = os.path.realpath(outer / "root")
    os.makedirs(f"{root}/d/e")
    for place, target in links.items():
        os.symlink(target, f"{root}/{place}")
    for place, target in links.items():
        real = os.path.realpath(f"{root}/{place}")
        outside = real != root and not real.startswith(f"{root}/")
        leaves = leaves_repository(RepoPath(place), target, links)
        assert leaves or not outside
        assert not leaves or outside or not _is_whole(f"{root}/{place}")


def _is_whole(path):
    """Whether it leads to something, without a loop and without a name that is not there."""
    try:
        os.path.realpath(path, strict=True)
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("target", "leaves"),
    [
        ("C:\\x", True),
        ("c:x", True),
        ("..\\x", True),
        ("d\\..\\x", False),
        ("\\\\host\\share", True),
        ("x\0/../..", True),
        ("...", False),
    ],
)
def test_other_systems_paths_count_as_they_read_them(target, leaves):
    assert leaves_repository(RepoPath("a"), target, {}) is leaves


def test_a_chain_longer_than_a_system_follows_counts_as_leaving():
    links = {f"l{number}": f"l{number + 1}" for number in range(MOST_HOPS + 2)}
    assert leaves_repository(RepoPath("l0"), "l1", links)
    assert not leaves_repository(RepoPath("l9"), "l10", links)


def test_a_loop_cannot_be_followed():
    assert leaves_repository(RepoPath("a"), "b", {"a": "b", "b": "a"})


def test_a_pointer_may_have_extensions_and_the_older_name():
    old = b"version https://hawser.github.com/spec/v1\next-0-x sha256:" + b"a" * 64 + b"\noid sha256:" + b"b" * 64 + b"\nsize 0\n"
    assert read_pointer(old) == 0
    assert read_pointer(old + b"x" * POINTER_LIMIT) is None


@given(st.binary(max_size=2000))
def test_other_content_is_no_pointer(content):
    assert read_pointer(content) is None

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanemark.coverage.paths import PathMatcher, normalise

TRACKED = [
    "setup.py",
    "shop/a.py",
    "src/shop/b.py",
    "src/shop/util.py",
    "web/util.py",
    "lib/x/__init__.py",
    "lib/y/__init__.py",
    "ä b/c.py",
]


def match(name, *sources, root="/ws/repo", tracked=TRACKED):
    return PathMatcher(tracked, root).match(name, sources)


@pytest.mark.parametrize(
    ("name", "sources", "path"),
    [
        ("shop/a.py", (), "shop/a.py"),
        ("./shop//a.py", (), "shop/a.py"),
        ("shop/../shop/./a.py", (), "shop/a.py"),
        ("shop\\a.py", (), "shop/a.py"),
        ("/ws/repo/shop/a.py", (), "shop/a.py"),
        ("/ws/repo/../repo/shop/a.py", (), "shop/a.py"),
        ("a.py", ("/ws/repo/shop",), "shop/a.py"),
        ("a.py", ("/ws/repo/shop/",), "shop/a.py"),
        ("a.py", ("shop",), "shop/a.py"),
        ("shop/a.py", (".",), "shop/a.py"),
        ("../shop/a.py", ("/ws/repo/build",), "shop/a.py"),
        ("../web/util.py", ("src",), "web/util.py"),
        ("shop/a.py", ("",), "shop/a.py"),
        ("shop/a.py", ("/ws/repo",), "shop/a.py"),
        ("shop/b.py", ("/ws/repo/lib", "/ws/repo/src"), "src/shop/b.py"),
        ("ä b/c.py", (), "ä b/c.py"),
    ],
)
def test_exact_paths_are_found(name, sources, path):
    assert match(name, *sources) == path


@pytest.mark.parametrize(
    ("name", "sources", "path"),
    [
        ("/app/src/shop/b.py", (), "src/shop/b.py"),
        ("../src/shop/b.py", ("/app/build",), "src/shop/b.py"),
        ("shop/b.py", ("/app/src",), "src/shop/b.py"),
        ("b.py", ("/app/src/shop",), "src/shop/b.py"),
        ("shop/b.py", (), "src/shop/b.py"),
        ("../src/shop/b.py", (), "src/shop/b.py"),
        ("C:\\jobs\\7\\src\\shop\\b.py", (), "src/shop/b.py"),
        ("src\\shop\\b.py", ("C:\\jobs\\7\\",), "src/shop/b.py"),
    ],
)
def test_a_path_of_another_root_is_found_by_how_it_ends_if_only_one_file_does(name, sources, path):
    assert match(name, *sources) == path


@pytest.mark.parametrize(
    ("name", "sources"),
    [
        ("__init__.py", ()),
        ("util.py", ()),
        ("util.py", ("/ws/repo/src/shop", "/ws/repo/web")),
        ("__init__.py", ("lib/x", "lib/y")),
        ("", ()),
        ("nowhere.py", ()),
        ("x" * 5000, ()),
        ("shop", ()),
        ("hop/a.py", ()),
    ],
)
def test_none_or_several_are_unmatched(name, sources):
    assert match(name, *sources) is None


@pytest.mark.parametrize(
    ("name", "sources"),
    [
        ("/usr/lib/python3/setup.py", ()),
        ("/ws/repo/.venv/lib/shop/a.py", ()),
        ("/ws/repo/build/src/shop/b.py", ()),
        ("shop/b.py", ("/ws/repo/.venv",)),
        ("/ws/repository/a.py", ()),
    ],
)
def test_a_stranger_with_a_familiar_ending_is_not_taken_for_ours(name, sources):
    assert match(name, *sources) is None


def test_the_source_decides_between_two_of_the_same_ending():
    tracked = ["shop/a.py", "src/shop/a.py"]
    assert match("shop/a.py", "/ws/repo/src", tracked=tracked) == "src/shop/a.py"
    assert match("shop/a.py", "/ws/repo", tracked=tracked) == "shop/a.py"
    assert match("shop/a.py", "/app/src", tracked=tracked) is None
    assert match("shop/a.py", "/app", tracked=tracked) == "shop/a.py"


def test_a_file_of_another_root_must_end_with_the_whole_name():
    assert match("shop/b.py", "/app/src", tracked=["b.py"]) is None


def test_a_windows_worktree_is_a_root_like_any():
    assert match("d:/a/repo/shop/a.py", root="D:\\a\\repo") == "shop/a.py"
    assert match("shop\\a.py", "D:\\a\\repo\\", root="D:\\a\\repo") == "shop/a.py"


def test_without_a_root_absolute_paths_are_another_machines():
    assert match("/ws/repo/shop/a.py", root="") == "shop/a.py"
    assert match("/ws/repo/setup.py", root="") is None


def test_the_root_folder_itself_as_worktree():
    assert match("/shop/a.py", root="/") == "shop/a.py"


part = st.sampled_from(["a", "b", "src", "..", ".", "", "x.py"])


@settings(deadline=None)
@given(st.lists(part, max_size=6).map("/".join))
def test_normalising_twice_changes_nothing(path):
    assert normalise(normalise(path)) == normalise(path)


@settings(deadline=None)
@given(st.lists(part, max_size=6).map("/".join), st.lists(st.lists(part, max_size=4).map("/".join), max_size=2))
def test_whatever_is_matched_is_tracked_and_ends_with_the_name(name, sources):
    tracked = ["a/x.py", "b/a/x.py", "src/b/x.py", "x.py", "src/a"]
    found = PathMatcher(tracked, "/a/b").match(name, sources)
    assert found is None or found in tracked
    if found is not None:
        assert found.rpartition("/")[2] == normalise(name).rpartition("/")[2]

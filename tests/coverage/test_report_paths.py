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


def resolve(names, tracked, *, modules=False, root="/ws/repo"):
    """All names of one report, as reading it does."""
    matcher = PathMatcher(tracked, root)
    prefix = matcher.common_prefix(names, modules=modules)
    return [matcher.match(name, prefix=prefix, modules=modules) for name in names]


CONTAINERS = ["/app", "/src", "/home/runner/work/shop/shop", "/github/workspace", "C:/a/shop/shop", "d:\\a\\1\\s"]


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_container_is_known_by_the_files_that_are_certain_and_then_its_other_files_are_found(container):
    slash = "\\" if "\\" in container else "/"
    names = [container + slash + slash.join(path.split("/")) for path in ("lib/shop/a.py", "setup.py", "nowhere.py")]
    assert resolve(names, ["lib/shop/a.py", "setup.py", "lib/setup.py"]) == ["lib/shop/a.py", "setup.py", None]


def test_the_prefix_decides_between_two_files_that_end_alike():
    names = ["/app/src/shop/b.py", "/app/shop/b.py", "/app/docs/x.py"]
    assert resolve(names, ["src/shop/b.py", "shop/b.py", "docs/x.py"]) == ["src/shop/b.py", "shop/b.py", "docs/x.py"]


def test_two_prefixes_with_as_many_files_decide_nothing():
    names = ["/one/pkg/a.py", "/two/pkg/b.py", "/one/setup.py"]
    assert resolve(names, ["pkg/a.py", "pkg/b.py", "setup.py"]) == ["pkg/a.py", "pkg/b.py", None]


def test_a_name_alone_proves_no_prefix():
    assert resolve(["/usr/lib/python3/setup.py"], ["setup.py"]) == [None]


def test_module_paths_are_found_below_the_module_also_at_its_root():
    names = ["example.com/acme/shop/cart/cart.go", "example.com/acme/shop/main.go", "github.com/other/dep/x.go"]
    tracked = ["cart/cart.go", "main.go", "x.go"]
    assert resolve(names, tracked, modules=True) == ["cart/cart.go", "main.go", None]
    assert resolve(names, tracked) == [None, None, None]


def test_a_module_in_a_folder_of_its_own_name():
    names = ["example.com/acme/shop/cart.go", "example.com/acme/web/serve.go"]
    assert resolve(names, ["shop/cart.go", "web/serve.go"], modules=True) == ["shop/cart.go", "web/serve.go"]


def test_many_files_of_one_name_cost_no_more_than_others():
    """Looking through all that end alike, for each, would be 400 million looks."""
    tracked = [f"apps/a{n}/src/pkg{n}/__init__.py" for n in range(20_000)]
    matcher = PathMatcher(tracked, "/ws")
    assert [matcher.match(f"pkg{n}/__init__.py") for n in range(20_000)] == tracked
    assert [matcher.match(f"/other/{path}") for path in tracked] == tracked


def test_java_and_kotlin_packages_stand_below_a_source_folder():
    tracked = [
        "app/src/main/java/com/acme/Cart.java",
        "lib/src/main/kotlin/com/acme/Line.kt",
        "lib/src/test/java/com/acme/T.java",
    ]
    assert resolve(["com/acme/Cart.java", "com/acme/Line.kt"], tracked) == tracked[:2]
    twice = [*tracked, "lib/src/main/java/com/acme/Cart.java"]
    assert resolve(["com/acme/Cart.java"], twice) == [None]


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

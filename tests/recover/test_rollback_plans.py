"""Plans of rollbacks, the checks of what a checkpoint may name, and which checkpoints stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import make_stage
from lanemark.errors import DataError
from lanemark.path import RepoPath
from lanemark.recover.checkpoint import Checkpoint, Item, Part, decode_items, encode_items, identify_items, replace_parts
from lanemark.recover.policy import Retention, choose_kept, covered_paths, lies_within, takes_checkpoints
from lanemark.recover.rollback import check_items, compare_items, plan_steps

A, B = "a" * 64, "b" * 64


def file(path, digest=A, mode=0o644, mtime=1):
    return Item(RepoPath(path), "file", mode, 3, mtime, digest)


def folder(path, mode=0o755):
    return Item(RepoPath(path), "dir", mode, 0, 1)


def link(path, digest=A):
    return Item(RepoPath(path), "link", 0, 3, 1, digest)


NAMES = st.sampled_from(["a", "b", "c"])


@st.composite
def trees(draw, prefix="d", depth=0):
    items = [folder(prefix, draw(st.sampled_from([0o755, 0o700])))]
    for name in draw(st.sets(NAMES, max_size=3)):
        path, kind = f"{prefix}/{name}", draw(st.sampled_from(["file", "link", "dir"]))
        if kind == "dir" and depth < 2:
            items += draw(trees(path, depth + 1))
        elif kind == "link":
            items.append(link(path, draw(st.sampled_from([A, B]))))
        else:
            items.append(
                file(path, draw(st.sampled_from([A, B])), draw(st.sampled_from([0o644, 0o755])), draw(st.integers(1, 2)))
            )
    return items


def do(current, steps):
    """Do the steps on a dictionary as a file system would, refusing what one would refuse."""
    now = {item.path: item for item in current}

    def parent_is_folder(path):
        above = path.rpartition("/")[0]
        return not above or (above in now and now[above].kind == "dir")

    for item in steps.folders:
        assert parent_is_folder(item.path)
        now[item.path] = item
    for item in steps.writes:
        assert parent_is_folder(item.path)
        for path in [path for path in now if path.startswith(f"{item.path}/")]:
            del now[path]
        now[item.path] = item
    for item in steps.removals:
        assert parent_is_folder(item.path), "a removal through something that is no folder"
        for path in [path for path in now if path == item.path or path.startswith(f"{item.path}/")]:
            del now[path]
    for item in steps.settings:
        assert now[item.path].kind == item.kind
        now[item.path] = item
    return now


@given(trees(), trees())
def test_steps_lead_from_any_tree_to_any_other(current, wanted):
    assert do(current, plan_steps(current, wanted)) == {item.path: item for item in wanted}


@given(trees())
def test_nothing_is_written_where_everything_is_as_wanted(tree):
    steps = plan_steps(tree, tree)
    assert steps.empty
    assert not steps.digests


@given(trees(), trees())
def test_equal_identities_are_equal_trees_but_for_times(one, other):
    def key(items):
        return sorted((item.path, item.kind, 0 if item.kind == "link" else item.mode, item.digest) for item in items)

    ordered = [sorted(tree, key=lambda item: item.path) for tree in (one, other)]
    assert (identify_items(ordered[0]) == identify_items(ordered[1])) == (key(one) == key(other))
    assert bool(compare_items(one, other)) == (key(one) != key(other))


@given(trees())
def test_lists_survive_their_trip_through_a_file(tree):
    odd = [*tree, file("d/\udcff\n\u202e")]
    assert decode_items(encode_items(odd), "list") == tuple(odd)


@pytest.mark.parametrize(
    "item",
    [
        file("e"), file("../x"), file("d/../x"), file("d//x"), file("d/./x"), file("/etc/x"), file("dx"), file("d/a\0b"),
        file("d/l/x"),
    ],
)  # fmt: skip
def test_a_list_that_leads_elsewhere_is_refused(item):
    with pytest.raises(DataError):
        check_items((folder("d"), link("d/l"), item), "d/")


@pytest.mark.parametrize(
    "item",
    [file("x", digest="../../etc/passwd"), file("x", mode=0o4755), file("x", digest=""), file("x", mode=-1), Item(RepoPath("x"), "dir", 0, 0, 0, A)],
)  # fmt: skip
def test_a_list_with_an_impossible_item_is_refused(item):
    with pytest.raises(DataError):
        decode_items(encode_items([item]), "list")


@pytest.mark.parametrize(
    "data", [b"", b"[", b"{}", b'[["a"]]', b"[null]", b"\xff", b'[["a","file",1,1,1,"b","c"]]', b"[" * 100_000]
)
def test_what_is_no_list_is_refused(data):
    with pytest.raises(DataError):
        decode_items(data, "list")


def checkpoint(number, run="", good=False, parts=()):
    return Checkpoint(
        id=f"c{number}", order=number * 10**9, created="", generator="", when="hand", run=run, good=good, parts=parts
    )


def kept(checkpoints, needed=(), sizes=None, now_s=100, **rules):
    return choose_kept(checkpoints, needed, sizes or {}, Retention(**rules), now_ns=now_s * 10**9)


def test_the_last_runs_stay_whole_and_the_last_good_one_with_them():
    known = [checkpoint(1, "r1", good=True), checkpoint(2, "r2"), checkpoint(3, "r3"), checkpoint(4, "r3"), checkpoint(5)]
    assert kept(known, keep=2) == {"c1", "c3", "c4", "c5"}
    assert kept(known, keep=0) == {"c1"}


def test_old_ones_go_unless_they_are_needed():
    known = [checkpoint(1), checkpoint(50), checkpoint(99)]
    assert kept(known, ttl_s=60.0) == {"c50", "c99"}
    assert kept(known, needed=["c1"], ttl_s=60.0) == {"c1", "c50", "c99"}


def test_the_size_is_kept_by_the_newest():
    known = [checkpoint(1), checkpoint(2), checkpoint(3)]
    assert kept(known, sizes={"c1": 1.0, "c2": 10.0, "c3": 5.0}, max_size_bytes=6.0) == {"c1", "c3"}


def test_parts_are_replaced_and_none_lies_within_another():
    def part(path):
        return Part(path=path, items=A, identity=A)

    before = checkpoint(1, parts=(part("a.out"), part("db/"), part("dist/")))
    assert [one.path for one in replace_parts(before, [part("db/")])] == ["a.out", "db/", "dist/"]
    assert [one.path for one in replace_parts(before, [part("dist/deep/"), part("z")])] == ["a.out", "db/", "dist/deep/", "z"]


def test_paths_lie_within_folders_and_files_hold_nothing():
    assert lies_within("db/x", "db/")
    assert not lies_within("db/x", "db")
    assert not lies_within("dbx", "db/")


@given(st.lists(st.text("ab-./", min_size=1, max_size=5), max_size=8))
def test_what_is_covered_is_every_path_that_lies_in_no_other(paths):
    wanted = {path for path in paths if not any(lies_within(path, other) for other in paths if other != path)}
    assert covered_paths([make_stage("unit", "true", outputs=tuple(paths))]) == tuple(sorted(wanted))


def test_the_lightest_lane_takes_no_checkpoints_unless_it_is_the_default_or_the_only_one():
    from lanemark.config.read import read_config

    text = "version: 1\nstages: {a: {run: make, outputs: [x/], state: [db/]}, b: {run: make, outputs: [y, db/]}}\nlanes: {%s}\n"
    docs = read_config(
        text % 'docs: {paths: ["*.md"], stages: []}, standard: {default: true, stages: [a]}, heavy: {paths: [x], stages: [b]}',
        "f",
    )
    assert [takes_checkpoints(docs, lane) for lane in ("docs", "standard", "heavy")] == [False, True, True]
    assert takes_checkpoints(
        read_config(text % "standard: {default: true, stages: [a, b]}, heavy: {paths: [x], stages: [b]}", "f"), "standard"
    )
    assert takes_checkpoints(read_config(text % "one: {stages: [a]}", "f"), "one")
    assert covered_paths(docs.stages.values()) == ("db/", "x/", "y")

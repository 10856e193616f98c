"""Whatever a stage does to its outputs, `put` brings back what `keep` saw, and nothing outside is touched."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from test_disk_trees import age, shape

from lanemark.store.trees import DiskTrees

NAMES = st.sampled_from(["a", "b", "c d", "ü", "\udcff", "x.y"])
PLACES = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
THINGS = st.one_of(
    st.tuples(st.just("file"), st.binary(max_size=4), st.booleans()),
    st.tuples(st.just("link"), st.sampled_from(["a", "../..", "/etc", "\udcfe"]), st.none()),
    st.tuples(st.just("dir"), st.none(), st.none()),
    st.tuples(st.just("pipe"), st.none(), st.none()),
)
STATES = st.dictionaries(PLACES, THINGS, max_size=6)


def build(root, state):
    """Make as much of `state` as can stand together."""
    for place, (kind, content, executable) in state.items():
        path = os.path.join(root, place)
        parent = Path(path).parent
        if os.path.lexists(path) or any(
            step.is_symlink() or (step.exists() and not step.is_dir()) for step in (parent, *parent.parents)
        ):
            continue
        os.makedirs(parent, exist_ok=True)
        if kind == "file":
            Path(path).write_bytes(content)
            os.chmod(path, 0o755 if executable else 0o644)
        elif kind == "link":
            os.symlink(content, path)
        elif kind == "pipe":
            os.mkfifo(path)
        else:
            os.mkdir(path)


def without_pipes(root):
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.islink(path) and not os.path.isfile(path):
                os.unlink(path)


@settings(max_examples=60, deadline=None)
@given(before=STATES, after=STATES, clear=st.booleans(), old=st.booleans(), times=st.integers(1, 2))
def test_put_undoes_whatever_happened(before, after, clear, old, times):
    with tempfile.TemporaryDirectory() as place:
        root, out = os.path.join(place, "work"), os.path.join(place, "work", "out")
        os.makedirs(out)
        build(out, before)
        without_pipes(out)
        Path(root, "outside").write_text("mine")
        if old:
            age(root)
        wanted = shape(root)
        trees = DiskTrees(os.path.join(place, "store"))
        tree = trees.keep(root, ("out/",))
        for _ in range(times):
            if clear:
                shutil.rmtree(out)
                os.mkdir(out)
            build(out, after)
            trees.put(root, ("out/",), tree)
            assert shape(root) == wanted
        assert trees.keep(root, ("out/",)) == tree

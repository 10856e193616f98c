"""On any two trees our list is `git diff --no-renames --name-status`, byte for byte."""

import subprocess

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitbox import Box
from lanemark.git.repository import Git
from lanemark.path import from_bytes

NAMES = [b"a", b"b.md", b"d", b"\xff\xfe", b'q"', b"n\nl", b"t\tb", b"\xe2\x80\xae", b"-x", b":(top)", b" ", b"b\\s"]
FILES = st.tuples(st.sampled_from([b"100644", b"100755", b"120000", b"160000"]), st.sampled_from([b"", b"1\n", b"1\n2\n", b"\0"]))
TREES = st.recursive(FILES, lambda inner: st.dictionaries(st.sampled_from(NAMES), inner, max_size=4), max_leaves=12)
ROOTS = st.dictionaries(st.sampled_from(NAMES), TREES, max_size=5)


def quoted(path):
    return b'"' + b"".join(b"\\%03o" % byte for byte in path) + b'"'


def flatten(tree, prefix=b""):
    for name, node in tree.items():
        if isinstance(node, dict):
            yield from flatten(node, prefix + name + b"/")
        else:
            yield prefix + name, node


def write_commits(box, *trees):
    """Make one commit of each tree, in one process."""
    script = b""
    for number, tree in enumerate(trees):
        script += b"reset refs/heads/t%d\ncommit refs/heads/t%d\ncommitter C <c@e> 0 +0000\ndata 0\n" % (number, number)
        for path, (mode, content) in flatten(tree):
            if mode == b"160000":
                script += b"M 160000 %040d %s\n" % (len(content) + 1, quoted(path))
            else:
                script += b"M %s inline %s\ndata %d\n%s\n" % (mode, quoted(path), len(content), content)
    box.git("fast-import", "--quiet", "--force", stdin=script)


def reference(box, *more):
    words = ["git", "diff", "--no-renames", "--ignore-submodules=none", "-z", *more, "t0", "t1"]
    return subprocess.run(words, cwd=box.root, capture_output=True, check=True).stdout.split(b"\0")[:-1]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(base=ROOTS, tested=ROOTS)
def test_our_list_is_git_s_own_on_random_trees(tmp_path_factory, base, tested):
    box = Box(tmp_path_factory.getbasetemp() / "random-trees")
    write_commits(box, base, tested)
    git = Git(str(box.root))
    files = git.changed_files(*git.resolve("t0", "t1"))
    names = reference(box, "--name-status")
    assert [(file.status.encode(), file.path) for file in files] == [
        (status, from_bytes(path)) for status, path in zip(names[::2], names[1::2], strict=True)
    ]
    counts = {from_bytes(line.split(b"\t", 2)[2]): line.split(b"\t", 2)[:2] for line in reference(box, "--numstat")}
    for file in files:
        told = [b"-" if number is None else str(number).encode() for number in (file.added, file.deleted)]
        assert told == counts.get(file.path, [b"0", b"0"])

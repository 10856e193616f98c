"""The few lines of `.gitattributes` that matter, as git itself reads them."""

import pytest

from lanemark.change.generated import is_generated, read_marks
from lanemark.path import RepoPath
from repositories import commit, git, make_repository

ROOT = """\
# generated things
*.pb.py   linguist-generated
api/*.ts  text linguist-generated=true
keep.pb.py -linguist-generated
third_party/** linguist-vendored
"quoted name" linguist-generated
dist/** binary linguist-generated=false
[attr]macro linguist-generated
"""
INNER = "hand.pb.py !linguist-generated\n*.go linguist-generated\nlast.go linguist-generated=false\n"
PATHS = [
    "a.pb.py", "b/c.pb.py", "keep.pb.py", "b/keep.pb.py", "api/x.ts", "api/b/x.ts", "third_party/a/b.c", "dist/a.js", "x.py", "inner/a.go",
    "inner/last.go", "inner/hand.pb.py", "inner/b.pb.py", "a.go",
]  # fmt: skip


def test_it_says_what_git_says(tmp_path):
    work = make_repository(tmp_path)
    commit(work, {".gitattributes": ROOT, "inner/.gitattributes": INNER})
    lists = {"": read_marks(ROOT), "inner": read_marks(INNER)}
    for path in PATHS:
        told = git(work, "check-attr", "linguist-generated", "linguist-vendored", "--", path).splitlines()
        assert is_generated(RepoPath(path), lists) is any(line.endswith((": set", ": true")) for line in told), path


@pytest.mark.parametrize(
    "text", ["", "\n\n", "*", "* text", "!x linguist-generated", "*.{a,b} linguist-generated", "\x00 \udcff"]
)
def test_odd_lists_mark_nothing(text):
    assert not is_generated(RepoPath("x"), {"": read_marks(text)})

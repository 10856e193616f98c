"""Git asked about real repositories, friendly and hostile."""

import difflib
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lanemark.change import AddedRange
from lanemark.errors import NotARepositoryError
from lanemark.git.client import Git
from lanemark.git.lines import LINES, map_to_head, parse_added
from repositories import commit, git, make_repository, merge_commit

HOSTILE = [
    "plain.py", "ünï.py", "with space.py", 'quo"te.py', "tab\there.py", "new\nline.py", "a b/x.py", " b/y.py", "-dash.py",
    "$(touch pwned).py", "semi;colon.py", "back\\slash.py", "pipe|`tick`.py", "form\ffeed.py", "bidi\u202e.py",
]  # fmt: skip


@pytest.fixture
def repository(tmp_path):
    return make_repository(tmp_path / "r")


def lines_of(client, base, tested, head=None):
    return {
        one.path: [(r.start, r.end, r.head_start) for r in one.ranges] for one in client.added_lines(base, tested, head or tested)
    }


def test_a_ref_is_resolved_and_an_unknown_one_is_not(repository):
    made = commit(repository, {"a": "1\n"})
    client = Git(str(repository))
    assert client.resolve("HEAD") == client.resolve("main") == client.resolve(made[:12]) == made
    assert client.resolve("no-such-branch") is None


@pytest.mark.parametrize("ref", ["--output=pwned", "--upload-pack=touch pwned", "-h", "HEAD --output=pwned", "main\nHEAD"])
def test_a_ref_is_never_an_option(repository, ref):
    commit(repository, {"a": "1\n"})
    assert Git(str(repository)).resolve(ref) is None
    assert not (repository / "pwned").exists()


def test_outside_of_a_repository_the_error_says_so(tmp_path):
    with pytest.raises(NotARepositoryError, match="not inside a git repository"):
        Git(str(tmp_path)).resolve("HEAD")


def test_every_odd_name_comes_back_exactly(repository):
    base = commit(repository, {"keep": "x\n"})
    tested = commit(repository, {**dict.fromkeys(HOSTILE, "one\ntwo\n"), b"latin\xe9.py": "one\n"})
    client = Git(str(repository))
    names = {one.path for one in client.changed_files(base, tested)}
    assert names == {*HOSTILE, "latin\udce9.py"}
    assert set(lines_of(client, base, tested)) == names
    assert set(client.tracked(tested)) == names | {"keep"}


def test_the_repositorys_own_configuration_cannot_change_what_is_read(repository):
    base = commit(repository, {"a.py": "1\n2\n3\n"})
    tested = commit(repository, {"a.py": "1\nnew\n2\n3\n", "b.txt": "x\n"})
    client = Git(str(repository))
    expected = (client.changed_files(base, tested), client.added_lines(base, tested, tested))
    for name, value in {
        "diff.external": "touch pwned;", "core.fsmonitor": "touch pwned", "diff.noprefix": "true", "diff.mnemonicPrefix": "true",
        "color.ui": "always", "diff.context": "9", "diff.interHunkContext": "9", "diff.renames": "copies", "diff.submodule": "log",
        "core.quotePath": "true", "core.hooksPath": "hooks", "core.pager": "touch pwned", "diff.algorithm": "patience",
    }.items():  # fmt: skip
        git(repository, "config", name, value)
    assert (client.changed_files(base, tested), client.added_lines(base, tested, tested)) == expected
    assert not (repository / "pwned").exists()


def test_attributes_cannot_hide_lines(repository):
    base = commit(repository, {"a.py": "1\n"})
    tested = commit(repository, {"a.py": "1\n2\n", ".gitattributes": "*.py -diff\n"})
    assert lines_of(Git(str(repository)), base, tested)["a.py"] == [(2, 2, 2)]


def test_modes_renames_binaries_and_links_are_told_apart(repository):
    base = commit(repository, {"old.py": "a\nb\nc\nd\n", "data.bin": b"\0\1", "file": "x\n", "run.sh": "#!/bin/sh\n"})
    git(repository, "mv", "old.py", "new.py")
    os.unlink(repository / "file")
    os.symlink("/etc", repository / "file")
    os.chmod(repository / "run.sh", 0o755)
    tested = commit(repository, {"data.bin": b"\0\2"})
    found = {one.path: one for one in Git(str(repository)).changed_files(base, tested)}
    assert {path: one.status for path, one in found.items()} == {
        "old.py": "D", "new.py": "A", "data.bin": "M", "file": "T", "run.sh": "M",
    }  # fmt: skip
    assert found["data.bin"].binary
    assert found["file"].new_mode == "120000"
    assert (found["run.sh"].old_mode, found["run.sh"].new_mode) == ("100644", "100755")
    assert lines_of(Git(str(repository)), base, tested) == {"data.bin": [(1, 1, 1)]}


def test_a_submodule_is_seen_by_its_mode(repository):
    base = commit(repository, {"a": "1\n"})
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{base},vendored")
    git(repository, "commit", "-q", "-m", "submodule")
    (only,) = Git(str(repository)).changed_files(base, git(repository, "rev-parse", "HEAD"))
    assert (only.path, only.new_mode) == ("vendored", "160000")


def test_lines_that_look_like_headers_are_lines(repository):
    base = commit(repository, {"a": "x\n"})
    tested = commit(repository, {"a": "x\n++ b/other\n@@ -1 +1 @@\ndiff --git a/x b/x\n-- a/y\n\\ No newline\n", "b": "tail"})
    assert lines_of(Git(str(repository)), base, tested) == {"a": [(2, 6, 2)], "b": [(1, 1, 1)]}


def test_merged_lines_are_found_in_the_head_by_their_own_numbers(repository):
    fork = commit(repository, {"a.py": "".join(f"{n}\n" for n in range(10))})
    base = commit(repository, {"a.py": "top\nup\n" + "".join(f"{n}\n" for n in range(10))})
    git(repository, "checkout", "-q", "-b", "pr", fork)
    head = commit(
        repository, {"a.py": "".join(f"{n}\n" for n in range(5)) + "mine\nmore\n" + "".join(f"{n}\n" for n in range(5, 10))}
    )
    tested = merge_commit(repository, base, head)
    assert lines_of(Git(str(repository)), base, tested, head) == {"a.py": [(8, 9, 6)]}


def test_a_line_the_head_lacks_has_no_number_there():
    added = parse_added(raw_diff([(0, 0, 3, 4)]))
    assert [one.ranges for one in map_to_head(added, raw_diff([(0, 0, 4, 1)]))] == [
        (
            AddedRange(start=3, end=3, head_start=3),
            AddedRange(start=4, end=4, head_start=0),
            AddedRange(start=5, end=6, head_start=4),
        )
    ]


def raw_diff(hunks):
    body = "".join(f"@@ -{a},{b} +{c},{d} @@\n" + "-x\n" * b + "+y\n" * d for a, b, c, d in hunks)
    return f":100644 100644 {'1' * 40} {'2' * 40} M\0f.py\0\0diff --git a/f.py b/f.py\n--- a/f.py\n+++ b/f.py\n{body}".encode()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from("abc\n\f\r+-@"), max_size=25), st.lists(st.sampled_from("abc\n\f\r+-@"), max_size=25))
def test_added_lines_replay_to_the_new_file(tmp_path_factory, old, new):
    repository = make_repository(tmp_path_factory.mktemp("r"))
    before, after = "".join(old).encode(), "".join(new).encode()
    base = commit(repository, {"f": before, "other": "x"})
    tested = commit(repository, {"f": after, "other": "y"})
    found = lines_of(Git(str(repository)), base, tested).get("f", [])
    added = {line for start, end, _ in found for line in range(start, end + 1)}
    new_lines, old_lines = split(after), split(before)
    kept = [line for number, line in enumerate(new_lines, 1) if number not in added]
    numstat = git(repository, "diff", "--numstat", "--text", base, tested, "--", "f")
    assert len(added) == (int(numstat.split()[0]) if numstat else 0)
    assert is_subsequence(kept, old_lines)


def split(data):
    return data.split(b"\n")[:-1] + ([data.split(b"\n")[-1]] if data.split(b"\n")[-1] else [])


def is_subsequence(short, long):
    matcher = difflib.SequenceMatcher(None, short, long, autojunk=False)
    rest = iter(long)
    return all(any(one == other for other in rest) for one in short) or matcher.ratio() == 1


def test_a_merge_base_across_a_shallow_cut_is_deepened_or_distrusted(tmp_path):
    origin = make_repository(tmp_path / "origin")
    fork = ""
    for number in range(30):
        made = commit(origin, {"a": f"{number}\n"})
        fork = made if number == 10 else fork
    git(origin, "checkout", "-q", "-b", "pr", fork)
    head = commit(origin, {"b": "1\n"})
    git(origin, "checkout", "-q", "main")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=3", "--no-single-branch", f"file://{origin}", str(clone))
    assert Git(str(clone)).merge_base("origin/main", head) == fork
    git(tmp_path, "clone", "-q", "--depth=3", "--no-single-branch", f"file://{origin}", str(tmp_path / "cut"))
    git(tmp_path / "cut", "remote", "set-url", "origin", str(tmp_path / "gone"))
    assert Git(str(tmp_path / "cut")).merge_base("origin/main", head) is None


def test_the_parent_of_a_merge_commit_is_fetched_in_a_clone_of_depth_one(tmp_path):
    origin = make_repository(tmp_path / "origin")
    base = commit(origin, {"a": "1\n"})
    git(origin, "checkout", "-q", "-b", "pr")
    head = commit(origin, {"b": "1\n"})
    merged = merge_commit(origin, base, head)
    git(origin, "update-ref", "refs/pull/1/merge", merged)
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    clone = make_repository(tmp_path / "clone")
    git(clone, "remote", "add", "origin", f"file://{origin}")
    git(clone, "fetch", "-q", "--depth=1", "origin", "refs/pull/1/merge")
    git(clone, "checkout", "-q", "--detach", "FETCH_HEAD")
    client = Git(str(clone))
    assert client.parents(merged) == (base, head)
    assert client.resolve(base) is None
    assert client.fetch(base)
    assert [one.path for one in client.changed_files(base, merged)] == ["b"]


def test_a_worktree_stands_for_its_context_and_is_gone_after(repository, tmp_path):
    first = commit(repository, {"a": "1\n"})
    commit(repository, {"a": "2\n"})
    client = Git(str(repository))
    place = tmp_path / "w" / "b"
    (place / "left").mkdir(parents=True)
    seen = []

    def work():
        with client.worktree(first, str(place)) as root:
            seen.extend([root, (place / "a").read_text()])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work()
    assert seen == [str(place), "1\n"]
    assert not place.exists()
    assert "w/b" not in git(repository, "worktree", "list")


def test_the_text_of_a_commit_is_read_and_links_are_not_followed(repository):
    commit(repository, {"conf/x.yml": "version: 1\n"})
    os.symlink("/etc/passwd", repository / "conf" / "link.yml")
    made = commit(repository, {"big.yml": "x" * 300_000})
    client = Git(str(repository))
    assert client.text(made, "conf/x.yml") == "version: 1\n"
    assert [client.text(made, name) for name in ("no.yml", "conf/link.yml", "big.yml", "conf", "*.yml")] == [None] * 5
    assert LINES

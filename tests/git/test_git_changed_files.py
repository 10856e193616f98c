"""Changed files by the byte, whatever the repository's configuration and the names are."""

import pytest

from gitbox import HOSTILE, Box
from lanemark.change import ChangedFile
from lanemark.errors import DataError
from lanemark.git.diff import parse_entries
from lanemark.git.repository import Git
from lanemark.path import from_bytes

NAMES = [
    b"a b",
    b"new\nline",
    b"tab\there",
    b'quo"te',
    b"back\\slash",
    b"x b/y",
    b"\xff\xfe.py",
    "é.md".encode(),
    b"-dash",
    b":(glob)*",
    b"$(id)",
    b"a|b",
    b" lead",
    b"::set-output",
    b"\xe2\x80\xa8",
]


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path / "r")


def changed(box, base, tested):
    return {file.path: file for file in Git(str(box.root)).changed_files(base, tested)}


def test_names_come_as_git_has_them(box):
    base = box.commit({"x": "x"})
    tested = box.commit(dict.fromkeys(NAMES, b"one\ntwo\n"))
    assert changed(box, base, tested) == {
        from_bytes(name): ChangedFile(path=from_bytes(name), status="A", new_mode="100644", added=2, deleted=0) for name in NAMES
    }


def test_configuration_of_the_repository_changes_nothing_and_runs_nothing(box, tmp_path):
    base = box.commit({"sub/a.py": "1\n2\n3\n", "b.txt": "1\n" * 20, ".gitattributes": "*.py diff=evil\n"})
    tested = box.commit({"sub/a.py": "1\nX\n3\n", "c.txt": "1\n" * 20, "b.txt": None})
    before = Git(str(box.root)).changed_files(base, tested)
    evil = tmp_path / "evil"
    trap = f"touch {evil}; false"
    box.configure(
        HOSTILE
        | {
            "diff.external": trap,
            "core.fsmonitor": trap,
            "diff.evil.command": trap,
            "diff.evil.textconv": trap,
            "core.hooksPath": str(tmp_path),
        }
    )
    assert Git(str(box.root)).changed_files(base, tested) == before
    assert Git(str(box.root / "sub")).changed_files(base, tested) == before
    assert [(file.path, file.status, file.added, file.deleted) for file in before] == [
        ("b.txt", "D", 0, 20),
        ("c.txt", "A", 20, 0),
        ("sub/a.py", "M", 1, 1),
    ]
    assert not evil.exists()


def test_the_environment_changes_nothing(box, tmp_path, monkeypatch):
    base = box.commit({"a": "1\n"})
    tested = box.commit({"a": "2\n"})
    other = Box(tmp_path / "other")
    evil = tmp_path / "evil"
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", f"touch {evil}; false")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "diff.noprefix")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    assert list(changed(box, base, tested)) == ["a"]
    assert not evil.exists()


def test_a_rename_is_its_two_paths(box):
    base = box.commit({"src/a.py": "1\n2\n3\n"})
    tested = box.commit({"src/a.py": None, "docs/a.py": "1\n2\n3\n"})
    assert [(file.path, file.status) for file in changed(box, base, tested).values()] == [("docs/a.py", "A"), ("src/a.py", "D")]


def test_binary_type_change_mode_and_submodule_are_told_apart(box):
    base = box.commit({"bin": b"\0\1", "was-file": "x\n", "run.sh": "x\n", "empty": ""})
    box.write({"bin": b"\0\2", "was-file": None})
    (box.root / "was-file").symlink_to("bin")
    (box.root / "run.sh").chmod(0o755)
    box.write({".gitmodules": '[submodule "lib"]\n\tpath = lib\n\turl = ./lib\n\tignore = all\n'})
    box.git("add", "-A")
    box.git("update-index", "--add", "--cacheinfo", f"160000,{base},lib")
    box.git("commit", "-q", "-m", "x")
    found = changed(box, base, box.head())
    assert found["bin"].added is None
    assert (found["was-file"].status, found["was-file"].new_mode) == ("T", "120000")
    assert (found["run.sh"].old_mode, found["run.sh"].new_mode, found["run.sh"].added) == ("100644", "100755", 0)
    assert (found["lib"].new_mode, found["lib"].status) == ("160000", "A")
    moved = Box(box.root)
    moved.git("update-index", "--cacheinfo", f"160000,{moved.head()},lib")
    moved.git("commit", "-q", "-m", "y")
    assert list(changed(box, "HEAD^", "HEAD")) == ["lib"]


def test_equal_commits_have_no_changed_files(box):
    base = box.commit({"a": "1"})
    assert changed(box, base, base) == {}


@pytest.mark.parametrize("output", [b":100644 100644 a b M\0", b"1\t2\0", b":1 2\0x\0", b"1\t1\tnever-listed\0"])
def test_output_that_is_not_understood_is_an_error_not_an_empty_list(output):
    with pytest.raises(DataError):
        parse_entries(output)


def test_a_commit_that_is_not_there_is_an_error(box):
    base = box.commit({"a": "1"})
    with pytest.raises(DataError, match="diff-tree"):
        Git(str(box.root)).changed_files(base, "0" * 40)

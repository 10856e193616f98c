import random
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.path import RepoPath, from_bytes
from lanemark.pattern import Patterns, check_pattern
from repositories import make_repository


def claims(lines, path):
    return Patterns(lines).claim(RepoPath(path))


@pytest.mark.parametrize(
    ("line", "hits", "misses"),
    [
        ("*.md", ["a.md", "docs/a.md", "x/.md"], ["a.mdx", "md"]),
        ("/*.md", ["a.md"], ["docs/a.md"]),
        ("docs/**", ["docs/a", "docs/a/b"], ["docs", "x/docs/a"]),
        ("docs/", ["docs/a", "x/docs/a"], ["docs"]),
        ("docs", ["docs", "docs/a", "x/docs/a"], ["docs2/a"]),
        ("src/*.py", ["src/a.py"], ["src/b/a.py", "x/src/a.py"]),
        ("**/test/*.py", ["test/a.py", "a/b/test/c.py"], ["test/b/c.py"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["a/xb"]),
        ("[!a-c]x", ["dx", "é"[:0] + "zx"], ["ax", "bx"]),
        ("file[[:digit:]]", ["file1"], ["filea"]),
        ("what?", ["whata"], ["what", "what/"]),
        ("\\!keep", ["!keep"], ["keep"]),
        ("sp ace\\ ", ["sp ace "], ["sp ace"]),
    ],
)
def test_lines_mean_what_gitignore_means(line, hits, misses):
    assert [claims([line], path) for path in hits] == [0] * len(hits)
    assert [claims([line], path) for path in misses] == [None] * len(misses)


def test_the_last_matching_line_wins():
    lines = ["docs/**", "!docs/conf.py", "docs/*.py"]
    assert claims(lines, "docs/a.md") == 0
    assert claims(lines, "docs/conf.py") == 2
    assert claims(lines[:2], "docs/conf.py") is None


def test_a_line_excludes_even_below_a_claimed_folder():
    assert claims(["docs", "!docs/conf.py"], "docs/conf.py") is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "empty"), ("  ", "empty"), ("/", "empty"), ("#x", "comment"), ("a\\", "backslash"), ("*.{js,ts}", "two lines"),
        ("../x", "relative"), ("./x", "relative"), ("[ab", "not closed"), ("a\nb", "one line"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_said(line, told):
    assert told in check_pattern(line)
    assert check_pattern("docs/**") is None


@given(st.text(max_size=12), st.text(min_size=1, max_size=12))
def test_no_line_breaks_the_list(line, path):
    alone = claims(["*.md"], path)
    assert claims([line, "*.md"], path) in (alone if alone is None else 1, 0, 1, None)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_git_agrees_on_random_patterns_and_paths(tmp_path, seed):
    repository = make_repository(tmp_path / "r")
    (repository / ".git" / "info").mkdir(exist_ok=True)
    chance = random.Random(seed)
    pieces = ["a", "b", "ab", "*", "?", "**", "/", "/", "[ab]", "[!a]", "\\*", ".", "c.md", "*.py", "doc", "[a-c]", "x y", "é"]
    names = ["a", "b", "ab", "c.md", "x.py", "doc", "x y", ".", "*", "é"]
    compared = 0
    for _ in range(120):
        line = "".join(chance.choice(pieces) for _ in range(chance.randint(1, 5)))
        paths = {
            "/".join("".join(chance.choice(names) for _ in range(chance.randint(1, 2))) for _ in range(chance.randint(1, 4)))
            for _ in range(40)
        }
        paths = sorted(path for path in paths if not {".", ".."} & set(path.split("/")))
        (repository / ".git" / "info" / "exclude").write_text(line + "\n")
        words = ["git", "check-ignore", "--no-index", "-v", "-n", "-z", "--stdin"]
        told = subprocess.run(
            words, cwd=repository, input="\0".join(paths).encode() + b"\0", capture_output=True, check=False
        ).stdout.split(b"\0")
        ours = Patterns([line])
        for at in range(0, len(told) - 1, 4):
            compared += 1
            assert (ours.claim(from_bytes(told[at + 3])) is not None) == bool(told[at]), (line, told[at + 3])
    assert compared > 3500

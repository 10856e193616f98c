"""The dialect by example: what a line claims, which line is last, and what is refused with a sentence."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lanemark.path import RepoPath, from_bytes
from lanemark.pattern import Patterns, check_pattern


def claims(line: str, path: str) -> bool:
    return Patterns([line]).claim(RepoPath(path)) == 0


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("*.md", "README.md"),
        ("*.md", "a/b/c.md"),
        ("*.md", ".md"),
        ("*.md", "folder.md/x.py"),
        ("docs", "docs/x"),
        ("docs", "a/docs/b/c"),
        ("docs/", "a/docs/b"),
        ("/docs", "docs"),
        ("/docs/", "docs/a/b"),
        ("docs/**", "docs/.hidden/x"),
        ("a/b", "a/b/c/d"),
        ("a/*/c", "a/b/c"),
        ("a/*", "a/b/c"),
        ("a/**/c", "a/c"),
        ("a/**/c", "a/b/b/c/d"),
        ("**/c", "c"),
        ("**/b/**/d", "a/b/c/c/d"),
        ("**", "a/b"),
        ("/**", "a"),
        ("**/", "a/b"),
        ("a/**/", "a/b/c"),
        ("a?c", "abc"),
        ("a?c", "aéc"),
        ("[a-c]x", "bx"),
        ("[!a]x", "bx"),
        ("[]a]x", "]x"),
        ("[[:digit:]]x", "1x"),
        ("\\#x", "#x"),
        ("\\!x", "!x"),
        ("a\\*", "a*"),
        ("a\\ ", "a "),
        ("a  ", "a"),
        ("*.lock", "a\nb.lock"),
        ("x*", "x\ny"),
        ("**", "x\ny"),
        ("a/*/**", "a/b/x\ny"),
        ("a{b}", "a{b}"),
        ("*a*b*c*", "xaxbxcx"),
    ],
)
def test_a_line_claims(line, path):
    assert claims(line, path)
    assert check_pattern(line) is None


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("*.md", "a.mdx"),
        ("*.md", "README.MD"),
        ("docs/", "docs"),
        ("/docs", "a/docs"),
        ("docs/**", "docs"),
        ("docs/**", "a/docs/b"),
        ("a/*/c", "a/b/b/c"),
        ("a/*/c", "a/c"),
        ("a?c", "a/c"),
        ("a[.-0]c", "a/c"),
        ("[!a]x", "ax"),
        ("a/**/", "a/b"),
        ("**/", "a"),
        ("#x", "#x"),
        ("a/b", "c/a/b"),
        ("*a*b*c*", "xcxbxax"),
        ("x", "xy"),
    ],
)
def test_a_line_does_not_claim(line, path):
    assert Patterns([line]).claim(RepoPath(path)) is None


def test_the_last_line_that_matches_decides():
    patterns = Patterns(["docs/**", "*.py", "!docs/conf.py", "/docs/conf.py"])
    assert patterns.claim(RepoPath("docs/a.md")) == 0
    assert patterns.claim(RepoPath("docs/a.py")) == 1
    assert patterns.claim(RepoPath("docs/conf.py")) == 3
    assert patterns.claim(RepoPath("src/a.c")) is None


@pytest.mark.parametrize("folder", ["docs", "docs/", "docs/**", "d*", "d*/"])
def test_a_line_takes_back_a_file_below_a_claimed_folder(folder):
    patterns = Patterns([folder, "!docs/conf.py"])
    assert patterns.claim(RepoPath("docs/a/b.md")) == 0
    assert patterns.claim(RepoPath("docs/conf.py")) is None


def test_a_taken_back_folder_stays_taken_back_unless_claimed_again():
    patterns = Patterns(["src", "!src/gen", "*.c"])
    assert patterns.claim(RepoPath("src/gen/a.h")) is None
    assert patterns.claim(RepoPath("src/gen/a.c")) == 2
    assert patterns.claim(RepoPath("src/a.h")) == 0


def test_the_order_of_questions_does_not_matter():
    paths = [RepoPath(path) for path in ("a/b/c/d.py", "a/x", "a/b/x", "a/b/c/x", "b", "a/b/c/d/e/f")]
    lines = ["a/b", "c/", "!a/b/c/x", "*.py", "d/**"]
    one = Patterns(lines)
    forward = {path: one.claim(path) for path in paths}
    other = Patterns(lines)
    assert {path: other.claim(path) for path in reversed(paths)} == forward


def test_bytes_that_are_not_text_are_one_character_each():
    assert Patterns(["a??b"]).claim(from_bytes(b"a\xff\xfeb")) == 0
    assert Patterns(["*.md"]).claim(from_bytes(b"\xff.md")) == 0


def test_a_very_deep_path_is_answered():
    assert Patterns(["a", "!x"]).claim(RepoPath("b/" * 3000 + "x")) is None
    assert Patterns(["b"]).claim(RepoPath("b/" * 3000 + "x")) == 0


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("!", "empty"),
        ("# all", "comment"),
        ("/", "nothing"),
        ("!/", "nothing"),
        ("*.{js,ts}", "{js,ts}"),
        ("a\\", "backslash"),
        ("src\\core", "folders are separated by `/`"),
        ("../a", "`..`"),
        ("a/../b", "`..`"),
        ("./a", "`/name`"),
        ("a//b", "two slashes"),
        ("a[b", "never closed"),
        ("a[[:word:]]", "class"),
        ("src/**.js", "between slashes"),
        ("a**/b", "between slashes"),
        ("a\nb", "one line"),
        ("a\0b", "one line"),
    ],
)
def test_a_line_that_cannot_mean_what_was_meant_is_refused(line, word):
    sentence = check_pattern(line)
    assert sentence is not None
    assert word in sentence


@pytest.mark.parametrize(
    "line", ["a..b", "\\{a,b\\}", "a\\\\", "[{a,]", "*", "a/b/", "**/*.py", "docs/**", "!a", "...", "a[\\]]"]
)
def test_a_line_that_git_takes_the_same_way_passes(line):
    assert check_pattern(line) is None


@given(st.lists(st.text("ab*?[]!^-\\/#:. {},é\n"), max_size=6), st.text("ab/.*é\n\udcff", min_size=1))
@example(["\\/**"], "a")
@example(["a\\/**/b", "\\/", "**\\/*"], "a/b")
def test_no_line_and_no_path_raises(lines, path):
    for line in lines:
        check_pattern(line)
    index = Patterns(lines).claim(RepoPath(path))
    assert index is None or not lines[index].startswith("!")


@given(
    st.lists(
        st.sampled_from(["a", "a/", "/a", "a/b", "*b", "a/**", "**/b", "?", "b*", "a/*/b", "[ab]/b"]), min_size=1, max_size=5
    ),
    st.lists(st.sampled_from(["a", "b", "ab", "ba"]), min_size=1, max_size=5),
)
def test_a_list_answers_as_its_lines_do_one_by_one(lines, parts):
    path = RepoPath("/".join(parts))
    single = [index for index, line in enumerate(lines) if Patterns([line]).claim(path) == 0]
    assert Patterns(lines).claim(path) == (single[-1] if single else None)


@pytest.mark.parametrize(
    "line", ["*a" * 40 + "b", "/" + "*a" * 40 + "b", "**/a/" * 12 + "b", "**/*a*a*a/" * 12 + "b", "a*" * 50 + "[b]"]
)
def test_no_pattern_takes_more_than_linear_steps(line):
    """A matcher that tries all combinations would need more steps here than there are atoms; this one just answers."""
    assert Patterns([line]).claim(RepoPath("a" * 200)) is None
    assert Patterns([line]).claim(RepoPath("aaa/" * 60 + "c")) is None


def test_ranges_that_run_backwards_hold_their_first_character():
    assert claims("[z-a]", "z")
    assert not claims("[z-a]", "b")

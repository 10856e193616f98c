"""On every path of real projects, and on names made to be misread, patterns mean what they mean to git."""

import gzip
import json
import os
import subprocess
from pathlib import Path

import pytest

from lanemark.path import RepoPath, from_bytes, to_bytes
from lanemark.pattern import NEVER, Patterns, check_pattern

TREES = json.loads(gzip.decompress(Path(__file__).with_name("real_trees.json.gz").read_bytes()))
PATHS = [RepoPath(path) for tree in TREES for path in tree["paths"]]
IGNORED = [line for tree in TREES for line in tree["ignore"] if not line.startswith("!") and check_pattern(line) is None]
LANES = [
    "docs/**", "*.md", "/*.md", "**/*.rst", "/docs/*", "tests/", "**/tests/**", "test_*.py", "*_test.py", "test*", "**/test_*/**", "src/**/*.ts",
    "packages/*/src/**", "packages/*/test/*.spec.ts", "packages/**/style/*.css", "**/locale/*/LC_MESSAGES/*.po", "**/locale/[a-e]*/**",
    "django/contrib/*/migrations/**", "django/**/templates/**/*.html", "*.??", "*.[jt]s", "[A-Z]*", "[!a-z]*/", "**/.*", ".*/", "**/__init__.py",
    "*/*/*.svg", "material/**/.icons/*/*-outline.svg", "**/a*b*c*", "**/*-*-*-*.svg", "/*", "/*/*/", "**/s*/**/i*.svg", "package*.json", "**/conf/**/*.py",
    "pydantic/_internal/*.py", "*.lock", "yarn.lock", "/pyproject.toml", "**/v1/**", "**/v?/*.py", "**/[[:digit:]]*", "**/*[[:digit:]][[:digit:]]*.svg", "*",
]  # fmt: skip


def ask_git(root: Path, files: dict[str, list[str]], asked: list[bytes]) -> list[int]:
    """Return the line of the `.gitignore` that matches each path, from 0, NEVER where none does; `files` are those lines by folder."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    subprocess.run(["git", "init", "-q", str(root)], check=True, env=environment)
    for folder, lines in files.items():
        (root / folder).mkdir(exist_ok=True)
        (root / folder / ".gitignore").write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = ["git", "check-ignore", "--no-index", "-v", "-n", "-z", "--stdin"]
    done = subprocess.run(command, input=b"\0".join(asked) + b"\0", cwd=root, env=environment, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    fields = done.stdout.split(b"\0")[:-1]
    assert fields[3::4] == asked
    return [int(line) - 1 if line else NEVER for line in fields[1::4]]


def test_the_projects_are_large_and_real():
    assert len(TREES) == 6
    assert len(PATHS) > 20_000
    assert len(IGNORED) > 100


@pytest.mark.parametrize(
    "lines", [IGNORED, [line for line in LANES if line not in ("*", "/*")], IGNORED + LANES], ids=["ignored", "lanes", "all"]
)
def test_a_whole_list_claims_of_every_path_what_git_says(tmp_path, lines):
    by_git = ask_git(tmp_path, {"": lines}, [to_bytes(path) for path in PATHS])
    patterns = Patterns(lines)
    assert [path for path, line in zip(PATHS, by_git, strict=True) if (patterns.claim(path) is not None) != (line != NEVER)] == []
    assert sum(line != NEVER for line in by_git) > 20


def test_each_line_alone_and_the_last_of_all_are_those_of_git(tmp_path):
    paths = PATHS[::17]
    asked = [b"%d/%s" % (number, to_bytes(path)) for number in range(len(LANES)) for path in paths]
    found = ask_git(tmp_path, {str(number): [line] for number, line in enumerate(LANES)}, asked)
    matched = [[line != NEVER for line in found[number * len(paths) :][: len(paths)]] for number in range(len(LANES))]
    for line, row in zip(LANES, matched, strict=True):
        alone = Patterns([line])
        assert [path for path, by_git in zip(paths, row, strict=True) if (alone.claim(path) == 0) != by_git] == [], line
    together = Patterns(LANES)
    last = [max(number for number in range(len(LANES)) if matched[number][column]) for column in range(len(paths))]
    assert [together.claim(path) for path in paths] == last


HOSTILE = [
    b"a\nb/c.md", b"a\nb", b'"q".md', b"it's/x.py", b"\xff\xfe/x.py", b"\xff.md", b"caf\xc3\xa9/\xe2\x80\xaexe.md", b"\xe2\x80\xae.md", b"t\tab.md", b"\x01/\x7f.md",
    b"back\\slash.md", b"back\\slash/x.py", b"$(id).md", b"`id`/x.py", b"-rf/x.md", b"--/-.py", b" /x.md", b" lead.md", b"trail .md", b"a b/c d.md", b"\xe2\x80\x8b/x.md",
    b"::error::x/x.py", b"#/x.md", b"!/x.md", b"!x.md", b"*/x.md", b"[a]/x.md", b"a\r/x.md", b"\xf0\x9f\x98\x80.md", b"\xed\xa0\x80.md", b"\xc3.md", b"a/\xc3/\xa9",
]  # fmt: skip
SHARP = [
    "*.md", "**/x.py", "a*", "*b/", "a*b/**", "*é*/", "é", '"*', "\\!*", "\\#/", "\\#*", "\\[a]/", "\\*/", "* *", " *", "-*", "--/", "`*", "$*", "*\\\\*", "*\\\\s*/x.py",
    "**/*\u202e*", "/\u202e*", "*\u200b/", "*'*/", "::*/**", "**/-*", "*😀*", "[!a-z]*", "[[:cntrl:]]*", "[[:space:]]*/", "[[:punct:]]*",
]  # fmt: skip


def test_names_made_to_be_misread_are_claimed_as_git_claims_them(tmp_path):
    assert [line for line in SHARP if check_pattern(line) is not None] == []
    asked = [b"%d/%s" % (number, path) for number in range(len(SHARP)) for path in HOSTILE]
    found = iter(ask_git(tmp_path, {str(number): [line] for number, line in enumerate(SHARP)}, asked))
    wrong = []
    claimed = 0
    for line in SHARP:
        patterns = Patterns([line])
        for path in HOSTILE:
            by_git = next(found) != NEVER
            claimed += by_git
            if (patterns.claim(from_bytes(path)) == 0) != by_git:
                wrong.append((line, path, by_git))
    assert wrong == []
    assert claimed > 100

"""Every pattern that `check_pattern` passes means to us what it means to git, which is asked in one process."""

import os
import random
import subprocess
from pathlib import Path

from lanemark.path import RepoPath
from lanemark.pattern import Patterns, check_pattern

ATOMS = [
    *"aaabbbcc.-_ ", "*", "*", "*", "?", "[ab]", "[!a]", "[^b]", "[a-c]", "[c-a]", "[]a]", "[!]a]", "[a-]", "[-a]", "[a\\]]", "[+-b]",
    "[[:alpha:]]", "[![:punct:]]", "[[:space:][:digit:]]", "[[a]", "[a[:x]", "\\*", "\\?", "\\[", "\\#", "\\!", "\\\\", "#", "!", "é", "{", "}", "~", ",",
]  # fmt: skip
NAMES = [
    *"abcabc",
    "ab",
    "ba",
    "abc",
    "aab",
    ".a",
    "a.b",
    "a-b",
    "*",
    "?",
    "[",
    "]",
    "#",
    "!",
    "\\",
    "é",
    "a b",
    "a ",
    " ",
    "-",
    "^",
    "{a}",
    "bb.cc",
    "A",
    "0",
    "~",
    ",",
]


def random_pattern(dice: random.Random) -> str:
    parts = []
    for _ in range(dice.choice([1, 1, 1, 2, 2, 3, 4])):
        if dice.random() < 0.25:
            parts.append("**")
        else:
            parts.append("".join(dice.choice(ATOMS) for _ in range(dice.choice([1, 1, 2, 2, 3, 4]))))
    return dice.choice(["", "", "", "/"]) + "/".join(parts) + dice.choice(["", "", "", "/", "  "])


def random_path(dice: random.Random) -> str:
    return "/".join(dice.choice(NAMES) for _ in range(dice.choice([1, 1, 2, 2, 3, 4, 5])))


def ask_git(root: Path, questions: list[tuple[str, list[str]]]) -> list[list[bool]]:
    """Each pattern stands in the .gitignore of a folder of its own, so one process answers for all of them."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    subprocess.run(["git", "init", "-q", str(root)], check=True, env=environment)
    asked = []
    for number, (pattern, paths) in enumerate(questions):
        (root / str(number)).mkdir()
        (root / str(number) / ".gitignore").write_bytes(pattern.encode() + b"\n")
        asked += [f"{number}/{path}".encode() for path in paths]
    command = ["git", "check-ignore", "--no-index", "-v", "-n", "-z", "--stdin"]
    done = subprocess.run(command, input=b"\0".join(asked) + b"\0", cwd=root, env=environment, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    fields = done.stdout.split(b"\0")[:-1]
    sources, lines, names = fields[0::4], fields[2::4], fields[3::4]
    assert names == asked
    verdicts = iter([bool(source) and not line.startswith(b"!") for source, line in zip(sources, lines, strict=True)])
    return [[next(verdicts) for _ in paths] for _, paths in questions]


def test_twelve_thousand_random_pairs_are_answered_as_git_does(tmp_path):
    dice = random.Random(20260)
    questions: list[tuple[str, list[str]]] = []
    while len(questions) < 600:
        pattern = random_pattern(dice)
        if check_pattern(pattern) is not None:
            continue
        one_is_a_character = not set("?[") & set(pattern)
        paths = [random_path(dice) for _ in range(20)]
        questions.append((pattern, [path for path in paths if path.isascii() or one_is_a_character]))
    answers = ask_git(tmp_path / "r", questions)
    wrong = []
    claimed = 0
    for (pattern, paths), expected in zip(questions, answers, strict=True):
        patterns = Patterns([pattern])
        for path, by_git in zip(paths, expected, strict=True):
            claimed += by_git
            if (patterns.claim(RepoPath(path)) == 0) != by_git:
                wrong.append((pattern, path, by_git))
    assert wrong == []
    assert sum(len(paths) for _, paths in questions) > 10_000
    assert claimed > 1_500

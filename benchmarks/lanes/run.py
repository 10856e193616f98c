"""`lanemark lane detect` as a whole process, beside picomatch, minimatch and pathspec, which answer the same question.

    python benchmarks/lanes/run.py [--rounds N]

3,000 files against 200 patterns, 10,000 against 100, and 10,000 against 100 patterns as people write them. In each round every
program runs once, in random order, and every answer is compared: which lane, and by which line, for each file. Prints minimum
and median of CPU and wall time, and how many times ours the others take. The others are given what Lanemark has to work out:
their patterns come as JSON, in their own dialect, while ours come out of the YAML with every line's number.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NAME = "lanemark.yml"
REACH_MS = 150


@dataclass(frozen=True)
class Case:
    """One question: what stands in the heavy lane's list, and which files changed."""

    title: str
    patterns: list[str]
    paths: list[str]


def made(files: int, patterns: int) -> Case:
    """Packages with deep folders: a third of the patterns needs more than a prefix, and some take back."""
    chance = random.Random(7)
    lines = [f"pkg{n}/**" if n % 3 else f"!pkg{n}/**/*.md" if n % 2 else f"**/part{n}/*.py" for n in range(patterns)]
    paths = [f"pkg{chance.randrange(400)}/part{chance.randrange(99)}/file{n}.py" for n in range(files)]
    return Case(f"{files:,} files x {patterns} patterns", lines, paths)


def usual(files: int, patterns: int) -> Case:
    """A monorepo with eight files in a folder: endings, names anywhere, prefixes, stars inside of names, exceptions."""
    chance = random.Random(11)
    words = ["api", "core", "web", "auth", "db", "jobs", "mail", "search", "billing", "ui", "cli", "infra", "docs", "shared"]
    shapes = [
        "packages/{a}/src/**/*.{x}", "services/*/{a}/**", "**/{a}/**/test_*.{x}", "*.{a}.lock", "/{a}/{b}/*.{x}", "**/{a}-*/{b}/**",
        "!packages/{a}/src/**/*.md", "apps/{a}/[a-m]*.{x}", "**/migrations/{a}_*.sql", "libs/{a}/**",
    ]  # fmt: skip
    kinds = ["py", "ts", "go", "sql", "md", "json", "lock"]
    lines: dict[str, None] = {}
    while len(lines) < patterns:
        shape = shapes[len(lines) % len(shapes)]
        lines[shape.format(a=chance.choice(words), b=chance.choice(words), x=chance.choice(kinds))] = None
        words.append(f"{chance.choice(words[:14])}{len(lines)}")
    tops = ["packages", "services", "apps", "libs", "docs", "tools", "web"]
    folders = []
    while len(folders) < files // 8:
        middle = [chance.choice(words) for _ in range(chance.choice([1, 2, 2, 3, 4]))]
        if chance.random() < 0.3:
            middle.insert(chance.randrange(len(middle) + 1), chance.choice(["src", "migrations", "lib"]))
        folders.append("/".join([chance.choice(tops), *middle]))
    paths: dict[str, None] = {}
    while len(paths) < files:
        stem = chance.choice(["index", "test_", "main", "view", "user_", "a", ""]) + str(chance.randrange(500))
        paths[f"{chance.choice(folders)}/{stem}.{chance.choice(kinds)}"] = None
    return Case(f"{files:,} files x {patterns} patterns as people write them", list(lines), list(paths))


def write_case(case: Case, folder: Path) -> None:
    """Write the configuration for us, and the lists it makes for the others."""
    head = "version: 1\nlanes:\n  docs: {stages: [], paths: ['*.md', 'docs/**']}\n  standard: {default: true, stages: []}\n  heavy:\n    stages: []\n    paths:\n"
    listed = "".join(f'      - "{line}"\n' for line in case.patterns)
    folder.joinpath(NAME).write_text(f"{head}{listed}stages: {{unit: {{run: 'true'}}}}\n")
    folder.joinpath("paths").write_text("\n".join(case.paths) + "\n")
    first = head.count("\n") + 1
    lists = [
        {"lane": "heavy", "rules": [rule(line, first + n) for n, line in enumerate(case.patterns)]},
        {"lane": "docs", "rules": [rule("*.md", 3), rule("docs/**", 3)]},
    ]
    floor = {"lane": "heavy", "rules": [rule(".github/**", 0)]}
    asked = {"name": NAME, "lanes": ["docs", "standard", "heavy"], "usual": "standard", "lists": lists, "floor": floor}
    folder.joinpath("lists.json").write_text(json.dumps(asked))


def rule(pattern: str, line: int) -> dict[str, object]:
    """Return one line with what it is called in the dialect of paths-filter: from the root, `**/` for anywhere."""
    bare = pattern.removeprefix("!")
    glob = bare.removeprefix("/") if "/" in bare else f"**/{bare}"
    return {"pattern": pattern, "glob": glob, "negated": pattern != bare, "line": line}


def install_peers(folder: Path) -> None:
    """Install the npm packages by the lockfile, and the scripts beside them."""
    for name in ("package.json", "package-lock.json", "match.mjs"):
        shutil.copy(HERE / name, folder / name)
    subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, check=True)


def sample(words: list[str], folder: Path, output: Path) -> tuple[float, float]:
    """Return one process's wall and CPU seconds; its answer goes to `output`."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    for name in ("PYTHONDONTWRITEBYTECODE", "GITHUB_ACTIONS", "GITHUB_OUTPUT"):
        environment.pop(name, None)
    with output.open("wb") as opened:
        began = time.perf_counter()
        process = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=opened, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, (words, process.returncode)
    return took, usage.ru_utime + usage.ru_stime


def compare(case: Case, peers: Path, rounds: int) -> None:
    """Run all programs side by side on one case and print the table."""
    with tempfile.TemporaryDirectory(prefix="lanemark-lanes-") as name:
        folder = Path(name)
        write_case(case, folder)
        programs = {
            "lanemark": [
                sys.executable,
                "-m",
                "lanemark.cli",
                "lane",
                "detect",
                "--files-from",
                "paths",
                "--config",
                NAME,
                "--json",
            ],
            "picomatch": ["node", str(peers / "match.mjs"), "picomatch", "."],
            "minimatch": ["node", str(peers / "match.mjs"), "minimatch", "."],
            "pathspec": [sys.executable, str(HERE / "match_pathspec.py"), "."],
            "bare Python": [sys.executable, "-I", "-c", "pass"],
            "bare Node": ["node", "-e", "0"],
        }
        taken: dict[str, list[tuple[float, float]]] = {program: [] for program in programs}
        order = list(programs)
        for number in range(rounds + 1):  # the first one warms caches and writes byte code; it is not counted
            random.shuffle(order)
            for program in order:
                one = sample(programs[program], folder, folder / f"{program}.json")
                if number:
                    taken[program].append(one)
        answers = {program: read_answer(folder / f"{program}.json") for program in programs if not program.startswith("bare")}
    print_table(case, taken, answers)


def read_answer(path: Path) -> tuple[str, list[tuple[str, str, str | None]]]:
    """Return the lane, and each file with its lane and rule."""
    said = json.loads(path.read_text(encoding="utf-8"))
    return said["lane"], [(file["path"], file["lane"], file["rule"]) for file in said["files"]]


def print_table(case: Case, taken: dict[str, list[tuple[float, float]]], answers: dict[str, tuple[str, list]]) -> None:
    """Print one line a program, and whether its answer is ours."""
    lane, ours = answers["lanemark"]
    counts = {name: sum(file[1] == name for file in ours) for name in ("docs", "standard", "heavy")}
    print(f"\n{case.title}: {lane}; {', '.join(f'{count} {name}' for name, count in counts.items())}  (reach: {REACH_MS} ms)")
    print(
        f"  {'':12}{'wall ms min':>12}{'median':>8}{'CPU ms min':>12}{'median':>8}   times ours (median wall, CPU)   same answers"
    )
    base = [statistics.median(column) for column in zip(*taken["lanemark"], strict=True)]
    for program, rows in taken.items():
        wall, cpu = zip(*rows, strict=True)
        ratios = f"{statistics.median(wall) / base[0]:.2f}, {statistics.median(cpu) / base[1]:.2f}"
        numbers = "".join(
            f"{1e3 * value:{width}.1f}"
            for value, width in ((min(wall), 12), (statistics.median(wall), 8), (min(cpu), 12), (statistics.median(cpu), 8))
        )
        same = ""
        if program in answers:
            theirs = answers[program]
            differ = sum(mine != other for mine, other in zip(ours, theirs[1], strict=True)) + (theirs[0] != lane)
            same = (
                "yes"
                if not differ
                else f"{differ} differ, e.g. {next(((m, o) for m, o in zip(ours, theirs[1], strict=True) if m != o), None)}"
            )
        print(f"  {program:12}{numbers}   {ratios:32}{same}")


def main() -> None:
    """Install what is compared with, then compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lanemark-peers-") as name:
        install_peers(Path(name))
        for case in (made(3000, 200), made(10000, 100), usual(10000, 100)):
            compare(case, Path(name), options.rounds)


if __name__ == "__main__":
    main()

"""A repository with a change, and reports of 100 MB about it: the same bytes every time."""

import random
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

CHANGED = 20
"""Files that the change adds; the report speaks of thousands."""


@dataclass(frozen=True)
class Kind:
    """A format: endings of sources and report, and the text about one file, given how many measured lines it has."""

    name: str
    suffix: str
    ending: str
    lines: int
    head: str
    foot: str
    write: Callable[[str, Iterator[tuple[int, int, bool]]], str]


def measured(chance: random.Random, lines: int) -> Iterator[tuple[int, int, bool]]:
    """Yield number, hits and whether it branches of each measured line of one file."""
    number = 0
    for _ in range(lines):
        number += chance.choice((1, 1, 1, 2, 3))
        yield number, chance.choice((0, 1, 1, 1, chance.randrange(300))), chance.random() < 0.12


def write_cobertura(path: str, lines: Iterator[tuple[int, int, bool]]) -> str:
    """Write one class as coverage.py does; a line that branches takes one arm of two."""
    rows = [f'<package name="{path}" line-rate="1"><classes><class name="m" filename="{path}" complexity="0" line-rate="0.9">']
    rows.append("\t\t\t\t\t<methods/>\n\t\t\t\t\t<lines>")
    for number, hits, branches in lines:
        more = f' branch="true" condition-coverage="50% (1/2)" missing-branches="{number + 3}"' if branches else ""
        rows.append(f'\t\t\t\t\t\t<line number="{number}" hits="{hits}"{more}/>')
    return "\n".join([*rows, "</lines></class></classes></package>\n"])


def write_lcov(path: str, lines: Iterator[tuple[int, int, bool]]) -> str:
    """Write one record as geninfo does; every fortieth line begins a function.

    Functions and arms agree with their line, because diff-cover believes them rather than the line.
    """
    functions, calls, arms, rows = [], [], [], []
    for at, (number, hits, branches) in enumerate(lines):
        rows.append(f"DA:{number},{hits}")
        if at % 40 == 0:
            name = f"_ZN4shop{number}function{number * 7919 % 10**6}Ev"
            functions.append(f"FN:{number},{name}")
            calls.append(f"FNDA:{hits},{name}")
        if branches:
            arms += [f"BRDA:{number},0,0,{hits or '-'}", f"BRDA:{number},0,1,{hits or '-'}"]
    sums = ["LF:0", "LH:0", "end_of_record\n"]
    return "\n".join(["TN:", f"SF:{path}", *functions, *calls, "FNF:0", "FNH:0", *arms, "BRF:0", "BRH:0", *rows, *sums])


XML_HEAD = """<?xml version="1.0" ?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage line-rate="0.5" version="7.1"><sources><source>.</source></sources><packages>
"""

KINDS = (
    Kind("Cobertura", "py", "xml", 400, XML_HEAD, "</packages></coverage>\n", write_cobertura),
    Kind("LCOV", "c", "info", 1200, "", "", write_lcov),
)


def make_case(kind: Kind, folder: Path, size: int) -> Path:
    """Make a repository in `folder` whose branch adds CHANGED files, and a report of `size` bytes; return the report."""
    chance = random.Random(7)
    folder.mkdir()
    report = folder / f"report.{kind.ending}"
    paths = []
    with report.open("w", encoding="utf-8") as opened:
        written = opened.write(kind.head)
        while written < size:
            number = len(paths)
            paths.append(f"src/part{number // 50}/m{number}.{kind.suffix}")
            written += opened.write(kind.write(paths[-1], measured(chance, kind.lines)))
        opened.write(kind.foot)
    git(folder, "init", "-qb", "main")
    (folder / ".gitignore").write_text(f"{report.name}\nout.json\n")
    for path in paths[CHANGED:]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    commit(folder)
    git(folder, "switch", "-qc", "change")
    for path in paths[:CHANGED]:
        (folder / path).write_text("x\n" * kind.lines * 3)
    commit(folder)
    return report


def commit(folder: Path) -> None:
    """Commit all files."""
    git(folder, "add", "-A")
    git(folder, "-c", "user.name=n", "-c", "user.email=n@example.com", "commit", "-qm", "files")


def git(folder: Path, *words: str) -> None:
    """Run git, or stop."""
    subprocess.run(["git", *words], cwd=folder, check=True)

"""Write the tables of `docs/engine-numbers.md` from what `run.py --out FILE` measured, between its markers; nothing there is by hand.

python benchmarks/engine/page.py FILE --date YYYY-MM-DD
"""

import argparse
import json
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "engine-numbers.md"
BEGIN, END = "<!-- engine: begin -->", "<!-- engine: end -->"
OURS, FLOOR = "lanemark", "starting Python"
REACH_MS = {100: 60, 400: 110}
REACH_TURBO = 2.5
REACH_SAVED = 0.91
HEAD = (
    "| packages | what | runner | CPU ms | wall ms | new outputs | times our CPU |",
    "| ---: | --- | --- | ---: | ---: | ---: | ---: |",
)

Row = dict[str, Any]
"""Packages, what was done, the runner, its CPU and wall seconds in each round, and how many outputs were new at last."""


def median_ms(row: Row, which: int) -> float:
    """Return the median CPU (0) or wall (1) time in ms."""
    return 1000 * statistics.median(pair[which] for pair in row["figures"])


def ratio_of(ours: Row, theirs: Row) -> float:
    """Return the median over the rounds of their CPU time over ours."""
    return statistics.median(their[0] / own[0] for own, their in zip(ours["figures"], theirs["figures"], strict=True))


def find_row(rows: Iterable[Row], packages: int, what: str, runner: str) -> Row | None:
    """Return one row, None where it was not measured."""
    named = (packages, what, runner)
    return next((row for row in rows if (row["packages"], row["what"], row["runner"]) == named), None)


def table_of(rows: Sequence[Row]) -> list[str]:
    """Return the table, one line for each size, scenario and runner."""
    lines = list(HEAD)
    for row in rows:
        if row["what"] == FLOOR:
            continue
        ours = find_row(rows, row["packages"], row["what"], OURS)
        ratio = "" if row["runner"] == OURS or ours is None else f"{ratio_of(ours, row):.2f}"
        cells = (
            row["packages"],
            row["what"],
            row["runner"],
            f"{median_ms(row, 0):.0f}",
            f"{median_ms(row, 1):.0f}",
            row["new"],
            ratio,
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def verdicts_of(rows: Sequence[Row]) -> list[str]:
    """Return what was to be reached, and what was."""
    lines = []
    for packages in dict.fromkeys(row["packages"] for row in rows):
        noop, cold = (find_row(rows, packages, what, OURS) for what in ("no-op", "cold"))
        floor, turbo = find_row(rows, packages, FLOOR, "python"), find_row(rows, packages, "no-op", "turbo")
        if noop is not None and floor is not None and packages in REACH_MS:
            took = median_ms(noop, 0)
            told = f"{took:.0f} ms of CPU time, of which {median_ms(floor, 0):.0f} ms are Python starting"
            lines.append(
                f"{packages} packages, nothing changed: {told}; to reach {REACH_MS[packages]}: {word(took <= REACH_MS[packages])}"
            )
        if noop is not None and turbo is not None:
            times = ratio_of(noop, turbo)
            told = f"turbo's native program takes {times:.1f} times as much CPU time"
            lines.append(f"{packages} packages, nothing changed: {told}; to reach {REACH_TURBO}: {word(times >= REACH_TURBO)}")
        if noop is not None and cold is not None:
            saved = [1 - median_ms(noop, which) / median_ms(cold, which) for which in (0, 1)]
            told = f"{100 * saved[0]:.0f} % of the CPU time and {100 * saved[1]:.0f} % of the wall time saved"
            lines.append(
                f"{packages} packages, cached against cold: {told}; to reach {100 * REACH_SAVED:.0f} %: {word(min(saved) >= REACH_SAVED)}"
            )
    return lines


def word(reached: object) -> str:
    return "reached" if reached else "MISSED"


def describe(setups: Sequence[Row], date: str) -> str:
    """Return on what and how it was measured; raise SystemExit where that was not one machine and commit."""
    first = setups[0]
    if any(one[key] != first[key] for one in setups for key in ("machine", "python", "commit")):
        raise SystemExit("the figures come from several machines or commits; measure again")
    machine, versions = first["machine"], {name: version for one in setups for name, version in one["versions"].items()}
    rounds = " and ".join(dict.fromkeys(str(one["rounds"]) for one in setups))
    load = max(one["load"] for one in setups)
    return (
        f"Measured on {date} on {machine['cores']} cores of {machine['cpu']}, {machine['memory'] / 2**30:.0f} GiB, {machine['system']}, "
        f"Python {first['python']}, at commit `{first['commit']}`, in {rounds} rounds (cold: a quarter of them, at least 2), at a load "
        f"average of up to {load:.1f} when it began. {', '.join(f'{name} {version}' for name, version in versions.items())}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--date", required=True)
    options = parser.parse_args()
    found = [json.loads(line) for line in Path(options.file).read_text().splitlines()]
    rows = [one for one in found if "figures" in one]
    schedule = [one["schedule"] for one in found if "schedule" in one][-1]
    verdicts = "\n".join(f"- {line}." for line in verdicts_of(rows))
    told = describe([one for one in found if "machine" in one], options.date)
    text = "\n".join((told, "", verdicts, "", *table_of(rows), "", f"```text\n{schedule.rstrip()}\n```"))
    page = PAGE.read_text()
    PAGE.write_text(f"{page.partition(BEGIN)[0]}{BEGIN}\n\n{text}\n\n{END}{page.partition(END)[2]}")


if __name__ == "__main__":
    main()

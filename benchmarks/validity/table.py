"""Write the tables of `docs/validity.md` from the trials, between its markers; nothing there is written by hand.

python benchmarks/validity/table.py --live FILE --date YYYY-MM-DD [--replay FILE] [--page FILE] [--print]
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from live import read_lines
from peer import RULES
from rates import Rate
from rows import BANDS, LEAST_POWER, LEAST_SHOWN, MOST_ERROR, MOST_FALSE_ALARMS, REPLAY_CHANGES, ROWS, SPIN_S, Row

PAGE = Path(__file__).resolve().parents[2] / "docs" / "validity.md"
BEGIN, END = "<!-- validity: begin -->", "<!-- validity: end -->"

Trial = dict[str, Any]
Table = Sequence[Sequence[str]]

FALSE_ALARM_ROW, POWER_ROW = "same-hog", "cpu5-hog"
FALSE_ALARM_TRIALS, POWER_TRIALS = 600, 200


def verdict(trial: Trial, judged: str) -> str:
    """Return the verdict of the judged gate; `missing` where it did not answer."""
    gate = trial["ours"]["gates"].get(judged)
    return gate["verdict"] if gate else "missing"


def said(trials: Sequence[Trial], judged: str, *words: str) -> Rate:
    """Return how often the gate said one of `words`."""
    return Rate(sum(verdict(trial, judged) in words for trial in trials), len(trials))


def called(trials: Sequence[Trial], rule: str) -> Rate:
    """Return how often a rule on hyperfine's numbers called head slower."""
    asked = [trial["hyperfine"]["slower"][rule] for trial in trials if "hyperfine" in trial]
    return Rate(sum(asked), len(asked))


def error_of(trials: Sequence[Trial], row: Row) -> float:
    """Return the median distance of our estimate from the truth, as a ratio."""
    found: list[float] = [trial["ours"]["effects"][row.judged]["value"] for trial in trials]
    return median(abs(value - row.more) for value in found)


def pairs_of(trial: Trial, judged: str) -> int:
    """Return the pairs behind the effect."""
    pairs: int = trial["ours"]["effects"][judged]["pairs"]
    return pairs


def write_table(rows: Table) -> str:
    """Return a Markdown table; the first row is its head."""
    lines = ["| " + " | ".join(cells) + " |" for cells in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def describe(setups: Iterable[Trial], date: str) -> str:
    """Return where, when and of which commits the trials are."""
    setups = list(setups)
    machine = setups[0]["machine"]
    commits = ", ".join(dict.fromkeys(f"`{one['commit']}`" for one in setups))
    return (
        f"Measured until {date} on {machine['cores']} cores of {machine['cpu']}, {machine['memory_gib']} GiB, {machine['system']}, "
        f"Python {machine['python']}, at commit {commits}. A quiet run of the base takes {SPIN_S * 1000:.0f} ms of CPU time."
    )


def ours_table(rows: Sequence[tuple[Row, Sequence[Trial]]]) -> str:
    """Return what our verdicts were, row by row."""
    table = [["what happened", "judged", "trials", "fail", "warn or fail", "unknown", "error", "pairs"]]
    for row, trials in rows:
        pairs = [pairs_of(trial, row.judged) for trial in trials]
        table.append(
            [
                row.says,
                f"`{row.judged}`",
                str(len(trials)),
                str(said(trials, row.judged, "fail")),
                str(said(trials, row.judged, "warn", "fail")),
                str(said(trials, row.judged, "unknown", "missing")),
                f"{error_of(trials, row) * 100:.2f}",
                f"{median(pairs):.0f} ({min(pairs)} to {max(pairs)})",
            ]
        )
    return write_table(table)


def peer_table(rows: Sequence[tuple[Row, Sequence[Trial]]]) -> str:
    """Return how often each rule called head slower, beside ours."""
    table = [["what happened", "Lanemark", *RULES]]
    for row, trials in rows:
        if row.timed:
            ours = said(trials, row.judged, "warn", "fail")
            table.append([f"{row.says} (`{row.judged}`)", str(ours), *(str(called(trials, rule)) for rule in RULES)])
    return write_table(table)


def cost_table(rows: Sequence[tuple[Row, Sequence[Trial]]]) -> str:
    """Return what one comparison took."""
    table = [["what happened", "Lanemark, s", "hyperfine, s", "hyperfine's runs a side", "load when it began"]]
    for row, trials in rows:
        peers = [trial["hyperfine"] for trial in trials if "hyperfine" in trial]
        table.append(
            [
                f"{row.says} (`{row.judged}`)",
                f"{median(trial['ours']['seconds'] for trial in trials):.1f}",
                f"{median(peer['seconds'] for peer in peers):.1f}" if peers else "cannot",
                f"{median(peer['runs'] for peer in peers):.0f}" if peers else "cannot",
                f"{median(trial['load'] for trial in trials):.1f}",
            ]
        )
    return write_table(table)


def promise_table(rows: Sequence[tuple[Row, Sequence[Trial]]]) -> str:
    """Return what was promised, what was found, and whether the trials are enough to say so."""
    found = {row.name: (row, trials) for row, trials in rows}

    def line(name: str, least: int, what: str, value: Callable[[Row, Sequence[Trial]], tuple[str, bool]]) -> list[str]:
        if name not in found:
            return [what, "not measured", "not shown"]
        row, trials = found[name]
        text, kept = value(row, trials)
        state = ("reached" if kept else "MISSED") if len(trials) >= least else f"not shown: {len(trials)} of {least} trials"
        return [what, text, state]

    def alarms(row: Row, trials: Sequence[Trial]) -> tuple[str, bool]:
        rate = said(trials, row.judged, "fail")
        return str(rate), rate.share <= MOST_FALSE_ALARMS

    def power(row: Row, trials: Sequence[Trial]) -> tuple[str, bool]:
        rate = said(trials, row.judged, "warn", "fail")
        return str(rate), rate.share >= LEAST_POWER

    def error(row: Row, trials: Sequence[Trial]) -> tuple[str, bool]:
        missed = error_of(trials, row)
        return f"{missed * 100:.2f} points", missed < MOST_ERROR

    promises = [
        line(
            FALSE_ALARM_ROW, FALSE_ALARM_TRIALS, f"fail of equal sides beside a hog: at most {MOST_FALSE_ALARMS * 100} %", alarms
        ),
        line(POWER_ROW, POWER_TRIALS, f"warn or fail at +5 % CPU beside a hog: at least {LEAST_POWER * 100:.0f} %", power),
        line(POWER_ROW, POWER_TRIALS, f"median error of that estimate: under {MOST_ERROR * 100} points", error),
    ]
    return write_table([["promised", "found", ""], *promises])


def replay_table(records: Sequence[Trial]) -> str:
    """Return the verdicts of the virtual experiments, and how many independent ones they are worth."""
    setup = next(one for one in records if one["kind"] == "setup")
    table = [["change", "experiments", "worth", "fail", "warn or fail", "unknown", "error", "pairs"]]
    for change in REPLAY_CHANGES:
        trials = [one for one in records if one["kind"] == "replay" and one["change"] == change]
        if trials:
            row = Row("replay", "spin", change, setup["hogs"])
            apart = setup["runs"] / median(trial["runs"] for trial in trials)
            table.append(
                [
                    f"+{change:.0%}".replace("%", " %") if change else "none",
                    str(len(trials)),
                    f"{min(apart, len(trials)):.0f}",
                    *(
                        f"{100 * said(trials, 'cpu', *words).share:.1f} %"
                        for words in (("fail",), ("warn", "fail"), ("unknown", "missing"))
                    ),
                    f"{error_of(trials, row) * 100:.2f}",
                    f"{median(pairs_of(trial, 'cpu') for trial in trials):.0f}",
                ]
            )
    return write_table(table)


def write_section(live: Sequence[Trial], replay: Sequence[Trial], date: str) -> str:
    """Return everything between the markers."""
    by_row = {row: [one for one in live if one["kind"] == "trial" and one["row"] == row.name] for row in ROWS}
    rows = [(row, trials) for row, trials in by_row.items() if trials]
    if not rows:
        raise SystemExit("there are no trials yet; run live.py first")
    bands = "; ".join(f"`{metric}` {band.strip('{}')}" for metric, band in BANDS.items())
    shown = [(row, trials) for row, trials in rows if len(trials) >= LEAST_SHOWN]
    parts = [
        describe((one for one in live if one["kind"] == "setup"), date),
        "### What was promised",
        promise_table(rows),
    ]
    if shown:
        parts += [
            "### Our verdicts",
            f"The bands, without floors: {bands}. `error` is the median distance of the estimate from the truth, in percentage points.",
            ours_table(shown),
            "### Beside hyperfine",
            "How often head was called slower. For Lanemark that is warn or fail; its columns are about the same trials as above.",
            peer_table(shown),
            "### What one comparison costs",
            cost_table(shown),
        ]
    if left_out := len(ROWS) - len(shown):
        parts.append(f"{left_out} of {len(ROWS)} rows have fewer than {LEAST_SHOWN} trials and are not shown.")
    if replay:
        setup = next(one for one in replay if one["kind"] == "setup")
        beside = ("without a hog", "beside one hog", "beside two hogs")[setup["hogs"]]
        parts += [
            "### Replayed",
            (
                f"{setup['runs']} equal runs were recorded once, {beside}. Every experiment takes the next runs from a random "
                "place on, with the change put into the head's. Their windows overlap; `worth` is how many would fit without."
            ),
            replay_table(replay),
        ]
    return "\n\n".join(parts)


def put_section(page: str, section: str) -> str:
    """Return `page` with `section` between its markers."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"the page has no markers {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{section}\n\n{END}{after}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Tables of the validity trials.")
    parser.add_argument("--live", type=Path, required=True, metavar="FILE", help="trials of live.py")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="experiments of replay.py")
    parser.add_argument("--date", required=True, metavar="YYYY-MM-DD", help="when the last trial was made")
    parser.add_argument("--page", type=Path, default=PAGE, metavar="FILE", help="the page (docs/validity.md)")
    parser.add_argument("--print", action="store_true", help="print the section and change no page")
    options = parser.parse_args()
    section = write_section(read_lines(options.live), read_lines(options.replay) if options.replay else [], options.date)
    if options.print:
        print(section)
    else:
        options.page.write_text(put_section(options.page.read_text(), section))
    return 0


if __name__ == "__main__":
    sys.exit(main())

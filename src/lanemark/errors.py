"""Every error we raise: its class, its code, its exit status, and what to do about it.

The exit status table is design, not accident; `EXIT` is its one copy, and `docs/exit-status.md` is made from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

EXIT: Mapping[int, str] = {
    0: "pass, warn, or unknown with `on_unknown: warn`",
    1: "our own fault; a report ready to paste was written",
    2: "usage: a bad option, an unknown ref, not a repository, a file that cannot be read",
    3: "a budget, a regression band, a stage check, or a check that a release requires failed",
    4: "a coverage floor failed",
    5: "unknown, with `on_unknown: fail`; also a verdict without a measurement, or of a lighter lane than the change needs; "
    "and a release that nothing speaks for",
    6: "GitHub failed (`publish`, `record` and `release` only)",
    7: "a stage failed, or a command that was to be timed",
    8: "the configuration is invalid",
    10: "timed out or cancelled",
}
"""What each exit status means. Where several hold: 8, 10, 7, 3, 4, 5, 0 in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a code means, for somebody who has just met it."""

    title: str
    meaning: str
    remedy: str


class LanemarkError(Exception):
    """A failure we can explain; it is shown without a traceback."""

    code: ClassVar[str] = "LG001"
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, help: str = "") -> None:  # noqa: A002 -- the word users read
        """Say what happened and where (`message`), and what to do about it (`help`)."""
        super().__init__(message)
        self.message = message
        self.help = help


class UsageError(LanemarkError):
    """An option, argument or combination of them that means nothing."""

    code = "LG010"
    exit_status = 2


class NotARepositoryError(UsageError):
    """The folder is not inside a git repository, or git refuses it."""

    code = "LG011"


class UnknownRefError(UsageError):
    """A ref or commit that the repository does not have."""

    code = "LG012"


class TokenError(UsageError):
    """`measure` was started with a token in its reach; it runs a pull request's code and must not have one."""

    code = "LG013"


class DataError(UsageError):
    """A file or artifact was refused: missing, too long, not what it claims to be. The message says which and where in it."""

    code = "LG014"


class EventError(UsageError):
    """An event Lanemark does not act on, or a payload that lacks what it needs."""

    code = "LG015"


class NoResultsError(LanemarkError):
    """There is no measurement to judge. Never green, whatever `on_unknown` says: nothing at all was shown."""

    code = "LG016"
    exit_status = 5


class CommandError(LanemarkError):
    """A command that was to be timed did not work, so its time would be the time of a failure."""

    code = "LG020"
    exit_status = 7


class GitHubError(LanemarkError):
    """GitHub could not be asked or told. Never changes a verdict."""

    code = "LG400"
    exit_status = 6


class StoppedError(LanemarkError):
    """The lane's time ran out, or the run was cancelled."""

    code = "LG500"
    exit_status = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in a configuration file, with its place (`line` and `column` count from 1, `width` in characters)."""

    code: str
    path: str
    line: int
    column: int
    width: int
    message: str
    snippet: str = ""
    help: str = ""
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the message as compilers write it: place, code, snippet, caret, help."""
        lines = [f"{self.path}:{self.line}:{self.column}: error {self.code}: {self.message}"]
        if self.snippet:
            margin = " " * len(str(self.line))
            lines += [
                f"{margin} |",
                f"{self.line} | {self.snippet}",
                f"{margin} | {' ' * (self.column - 1)}{'^' * max(self.width, 1)}",
            ]
        margin = " " * len(str(self.line)) if self.snippet else ""
        lines += [f"{margin} = note: {note}" for note in self.notes]
        if self.help:
            lines.append(f"{margin} = help: {self.help}")
        return "\n".join(lines)


class ConfigError(LanemarkError):
    """The configuration is invalid; every mistake is in `problems`."""

    code = "LG100"
    exit_status = 8

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Carry all problems of one file, in the order they stand."""
        count = len(problems)
        super().__init__(f"{count} error{'s' if count != 1 else ''} in the configuration")
        self.problems = problems


_TABLE = """
LG001 our own fault
    Lanemark met a state that it did not foresee.
    -> Read the report that was written, and paste it into an issue.

LG010 a command line that means nothing
    An option, an argument, or a combination of them makes no sense.
    -> Read `lanemark COMMAND --help`; the message says which word it is.

LG011 not a git repository
    The folder is not inside a git repository, or git refuses to open it (another user owns it).
    -> Run it inside a clone. Where another user owns the folder, mark it with `git config --global --add safe.directory`.

LG012 unknown ref or commit
    The repository has no such ref or commit. A shallow clone has only the newest commits.
    -> Check the spelling. In Actions, give `actions/checkout` a larger `fetch-depth`.

LG013 a token where there must be none
    `measure` runs the code of a pull request, and found a token in its reach.
    -> Take the token out of the step's `env:` and `with:`. Only `verdict` and `publish` need one.

LG014 a file that is not what it claims to be
    A file or artifact is missing, too long, cut off, or not in its format.
    -> The message names the file and the place in it. Make the file again.

LG015 an event nobody can act on
    The workflow was started by an event that Lanemark does not know, or its payload lacks what is needed.
    -> Start the workflow by `pull_request`, `merge_group`, `push`, `workflow_run`, `schedule` or `workflow_dispatch`.

LG016 nothing was measured
    `verdict` found no measurement, or one that had to be refused. Nothing at all was shown, so this is red, whatever `on_unknown`
    says.
    -> Look at the log of the measure job: it broke before it measured, or its artifact was not downloaded to `results`.

LG020 a timed command failed
    The command that was to be timed ended with another exit status than 0. Its time would be the time of a failure.
    -> Run it by itself and mend it. Where failing is its job, as for `grep` and `diff`, use `--ignore-failure`.

LG100 the configuration is invalid
    The file has mistakes; each of them is listed with a code of its own. Nothing else was run.
    -> Mend the listed places. `lanemark config validate` shows them again.

LG101 the configuration is too large
    The file is longer than 256 KiB, nested deeper than 50 levels, or has more than 100 aliases or 20,000 values. Values that an
    alias repeats count each time.
    -> Shorten the file. No real configuration comes near these limits.

LG102 not YAML
    The file breaks the rules of YAML at this place, or has a character that no command and no file name can have.
    -> Look at the indentation, the colons, the quotes and the brackets at and just before the place.

LG103 a part of YAML that is not read
    Tags, directives, merge keys (`<<`), several documents and keys that are not text are refused. Readers of YAML differ about
    them.
    -> Write the value out, or give a whole value an anchor and an alias. Put a key such as `1` in quotes.

LG104 unknown key
    Nothing reads this key, so it would silently do nothing.
    -> Mend the spelling; the message lists the keys that are known there. On the top level a key that starts with `x-` is free.

LG105 a key that stands twice
    YAML readers differ about which of the two counts.
    -> Keep one of them.

LG106 something is missing
    A needed key or value is not there: a command, a lane, a stage, a limit.
    -> Write it; the message shows how.

LG107 not built yet
    The key or format belongs to Lanemark's design, but this version does nothing with it.
    -> Leave it out for now.

LG108 the wrong kind of value
    A list stands where a mapping is wanted, a number where text is wanted, or the like. Text that YAML reads as a number or as
    true or false needs quotes.
    -> Write the kind of value that the message asks for.

LG109 not one of the possible words
    The value is one of a few words, and this is none of them.
    -> Write one of the words that the message lists.

LG110 the file's version
    The file does not say `version: 1`, the only version that is read.
    -> Write `version: 1`, without quotes, in the first line.

LG111 a word that some take for true or false
    `yes`, `no`, `on` and `off` are text for some YAML readers and true or false for others.
    -> Write `true` or `false` where that is meant, and put the word in quotes where text is meant.

LG112 a value without its unit
    A bare number can be read in several ways, so it is not read at all.
    -> Write the unit: `500ms`, `90s`, `1.5GiB`, `5%`, `0.5pp`.

LG113 a value with the wrong unit
    The value measures something else than what is limited here, or is no value at all.
    -> Write a number and one of the units that the message lists.

LG114 out of range
    The value is outside of what can be meant here.
    -> Write a value in the range that the message gives.

LG115 a name that cannot be used
    Names of lanes, stages and flags become parts of gate names, artifact names and file names.
    -> Use a-z, 0-9, `-` and `_`, at most 50 characters, the first a letter or a digit.

LG116 a pattern that cannot be read
    Patterns are written as lines of a `.gitignore` file.
    -> Mend it as the message says. For a choice write one pattern for each.

LG117 a path that cannot be used
    Outputs and reports are paths below the repository's root.
    -> Write a relative path with slashes, such as `coverage.xml`, or `dist/` for a folder.

LG118 percent or percentage points
    `5%` is a share or a relative change. `5pp` are percentage points: from 85 % down to 80 %. One was written where the other
    is needed.
    -> Write the unit that the message names.

LG119 empty text
    The text is empty.
    -> Write something, or leave the key out.

LG150 not exactly one default lane
    Files that no lane claims belong to the default lane, so among several lanes exactly one must be it.
    -> Write `default: true` in exactly one lane.

LG151 unknown stage
    A lane or another stage names a stage that is not declared.
    -> Mend the spelling, or declare the stage under `stages`.

LG152 stages in a circle
    Each of these stages needs the next, and the last needs the first, so none can start.
    -> Take out one of the `needs`.

LG153 two stages write the same output
    Two stages declare the same output or file of figures, or one declares a path inside the other's folder. Nobody could say
    whose file it is, so it could be neither checked nor put back.
    -> Give each stage outputs of its own.

LG154 unknown lane
    A lane is named that is not in the file.
    -> Mend the spelling, or declare the lane.

LG155 a gate on a stage that this lane does not run
    The gate could never be answered.
    -> Name a stage that the lane runs, itself or through `needs`.

LG156 a gate that cannot be read
    A budget is `<stage>.<metric>.<statistic>`, a regression band `<stage>.<metric>`.
    -> Use a metric (`wall`, `cpu`, `user`, `system`, `rss_peak`, `io_read`, `io_write`, `ctx_switches`, `page_faults`) and, for
    a budget, a statistic (`median`, `mean`, `min`, `max`, `stdev`, `mad`, `p90`, `p95`, `p99`).

LG157 too few samples for this statistic
    A p99 of twenty samples is their maximum under a finer name. p90 needs 30 samples, p95 60, p99 300; stdev and mad need 2.
    -> Use `max` or `median`, or raise `measure.pairs.max`.

LG158 no metric can answer
    The gate asks for something that is never measured: a stage with `measure: false`, a comparison without a baseline, or a
    metric that a whole lane does not have.
    -> Measure the stage, or take the gate out.

LG159 a gate that fails before it warns
    A gate must warn before it fails.
    -> Swap the two values.

LG160 no report can answer
    A coverage floor has no report behind it, or only reports that do not count this kind.
    -> Declare the report under `coverage.reports`, with the flag where the floor has one.

LG161 the same thing twice
    A list names one thing twice.
    -> Keep one of them.

LG162 a rule that can do nothing
    A `when` stands where it can never make a change heavier, or asks for nothing.
    -> Move it to a heavier lane, write what shall lift a change, or take it out.

LG400 GitHub failed
    GitHub could not be asked or told. A verdict never depends on it.
    -> Run the job again. If it goes on, look at the token's permissions and at GitHub's status page.

LG500 stopped before the end
    The lane's time ran out, or the run was cancelled.
    -> Raise the lane's `timeout`, make its stages faster, or run it again.
"""


def _explanations(table: str) -> dict[str, Explanation]:
    """Return the table's blocks: a line with code and title, the meaning, and after `->` the remedy."""
    found = {}
    for block in table.strip().split("\n\n"):
        head, _, rest = block.partition("\n")
        meaning, _, remedy = " ".join(rest.split()).partition(" -> ")
        found[head[:5]] = Explanation(title=head[6:], meaning=meaning, remedy=remedy)
    return found


EXPLANATIONS: Mapping[str, Explanation] = _explanations(_TABLE)
"""Every code that is raised anywhere: 0xx use, 1xx the configuration, 4xx GitHub, 5xx the end of time."""


def explain(code: str) -> str:
    """Return what a code means and what to do about it; raise UsageError for a code that does not exist."""
    wanted = code.strip().upper()
    found = EXPLANATIONS.get(wanted)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(wanted[:20], EXPLANATIONS, 1, 0.6)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(f"there is no error code {code[:20]!a}", help=f"{hint}docs/errors.md lists all codes")
    return f"{wanted}: {found.title}\n\n{found.meaning}\n\nWhat to do: {found.remedy}\n"

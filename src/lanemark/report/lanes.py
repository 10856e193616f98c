"""Lanes for a terminal: why each file has its lane, what will run, what it costs, and what the other lanes would cost."""

from collections.abc import Iterable, Sequence
from itertools import islice

from lanemark.config.types import Config, Lane, When
from lanemark.escape import visible
from lanemark.lane import Choice
from lanemark.lane.trace import PROTECTED, Answer, Trace
from lanemark.plan import Forecast, Plan
from lanemark.plan.cost import NOT_KNOWN, cost_words
from lanemark.plan.options import Option
from lanemark.report.table import text_table
from lanemark.units import seconds

SHOWN = 40
"""The most files that are listed for people; JSON has all."""

DETAILED = 10
"""The most files of which every list's answer is shown, those of the chosen lane first."""

DEFAULT = "no list claims it, so the default lane"


def write_explanation(choice: Choice, traces: Iterable[Trace], options: Sequence[Option]) -> str:
    """Return why the change gets its lane, file by file, what will run, and what each lane costs.

    `traces` are in the order they are to be shown; of the last ones only the number is told.
    """
    chosen = next(option for option in options if option.chosen)
    paragraphs = [
        f"{choice.lane}: {visible(choice.reason)}\n",
        "".join(f"- {visible(f'{lift.why} ({lift.rule})')}\n" for lift in choice.lifts),
        _write_files(traces, len(choice.claims)),
        _write_stages(chosen.plan),
        write_costs(options),
    ]
    return "\n".join(paragraph for paragraph in paragraphs if paragraph)


def _write_files(traces: Iterable[Trace], count: int) -> str:
    """Return each file with the rule that put it there, and of the first ones what the other lists said."""
    lines: list[str] = []
    for place, trace in enumerate(islice(traces, SHOWN)):
        rule = f"matches {visible(trace.claim.rule)}" if trace.claim.rule else DEFAULT
        lines.append(f"- {visible(trace.claim.path)}  ->  {trace.claim.lane}: {rule}")  # a line must not begin with a name
        if place < DETAILED:
            lines += [f"    {_write_answer(answer)}" for answer in trace.others]
    if count > SHOWN:
        lines.append(f"and {count - SHOWN} more files; --json has them all")
    return "".join(f"{line}\n" for line in lines)


def _write_answer(answer: Answer) -> str:
    """Return what a list said that did not decide, with the rule that said it in front."""
    said = f"{visible(answer.rule)} {answer.words}" if answer.rule else answer.words
    return f"{answer.lane}: {said}" if answer.lane == PROTECTED else f"not {answer.lane}: {said}"


def _write_stages(plan: Plan) -> str:
    """Return the stages in the order they run."""
    if not plan.steps:
        return f"{plan.lane} runs nothing.\n"
    return f"{plan.lane} runs\n" + "".join(f"  {line}\n" for line in stage_lines(plan))


STATES = {"hit": "replayed", "miss": "runs", "after": "runs or replayed", "never": "runs"}
"""What becomes of a stage, in words."""


def stage_lines(plan: Plan) -> list[str]:
    """Return a line a stage: what it waits for, whether it is replayed and why not, and how long it usually takes."""
    lines = []
    for number, step in enumerate(plan.steps, 1):
        after = f"  after {', '.join(step.needs)}" if step.needs else ""
        cached = "not cached"
        if step.forecast != Forecast():  # something is known beyond the plain default
            cached = f"{STATES[step.forecast.state]}: {visible(step.forecast.reason)}"
        usual = NOT_KNOWN if step.estimate_s is None else seconds(step.estimate_s)
        lines.append(f"{number}. {step.stage}{after}  ({cached}; {usual})")
    return lines


def write_costs(options: Sequence[Option]) -> str:
    """Return the lanes with what each costs and whether this change can have it."""
    rows = [(f"{'>' if option.chosen else ' '} {option.lane.name}", cost_words(option.cost), option.why) for option in options]
    known = any(step.estimate_s is not None for option in options for step in option.plan.steps)
    note = (
        "Costs are medians of earlier runs: each stage once, one after the other.\n"
        if known
        else "Costs are known once there are earlier runs: --past DIR names a folder of results.\n"
    )
    return text_table(("  Lane", "Cost", "This change"), rows) + note


def write_lanes(config: Config, options: Sequence[Option]) -> str:
    """Return the lanes of a configuration, lightest first, with their lists, stages and costs, and the protected paths."""
    rows = [
        (option.lane.name, claim_words(option.lane), ", ".join(option.lane.stages) or "no stages", cost_words(option.cost))
        for option in options
    ]
    floor = config.protected.floor or config.heaviest.name
    paths = ", ".join(visible(rule.pattern) for rule in config.protected.rules)
    protected = f"Protected: {paths} get {floor} at least.\n" if paths else "Nothing is protected.\n"
    told = ((option.lane.name, when_words(option.lane.when)) for option in options)
    lifts = "".join(f"A change with {words} gets {name} at least.\n" for name, words in told if words)
    return text_table(("Lane", "Files", "Stages", "Cost"), rows) + f"\n{protected}{lifts}"


def claim_words(lane: Lane) -> str:
    """Return which files a lane is for, raw."""
    listed = ", ".join(rule.pattern for rule in lane.rules)
    if lane.default:
        return f"{listed}, and everything else" if listed else "everything else"
    return listed or "none by itself"


def when_words(when: When) -> str:
    """Return what lifts a change to a lane: `200 files, 2,000 lines, the label run-heavy or a submodule`; empty for nothing."""
    words = [
        f"{count:,} {name}" for name, count in (("files", when.files), ("lines", when.lines), ("folders", when.dirs)) if count
    ]
    words += [f"the label {visible(label)}" for label in when.labels]
    words += [f"the event {visible(event)}" for event in when.events]
    words += ["a submodule"] if when.submodule else []
    words += ["a binary file that no lane claims"] if when.binary else []
    return " or ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))

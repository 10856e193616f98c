"""What a run leaves behind: `run.json` with what became of its stages, and how long they took, for the next one."""

import math
from collections.abc import Iterable, Mapping

import msgspec

from lanemark.codec import encode_plain, parse
from lanemark.config.leave import LeftOut
from lanemark.errors import DataError
from lanemark.ports import Files
from lanemark.result import Outcome, Telemetry
from lanemark.result.recoveries import Recoveries, recoveries_view

LIMIT = 1 << 20
"""The most bytes of known times that are read."""

MOST_KNOWN = 5000
"""The most stages whose times are kept, the latest first."""

LONGEST_S = 1e7
"""No stage takes longer (116 days); another figure is none."""


def record_run(
    lane: str,
    done: Mapping[str, Outcome],
    telemetry: Telemetry,
    *,
    why: Mapping[str, str],
    left_out: Iterable[LeftOut],
    cancelled: bool,
    recoveries: Recoveries,
) -> bytes:
    """Return, for `run.json`, what became of the stages and how the run used the machine; `why` says why each ran or not.

    `recoveries` is what checkpoints and trying again cost and gave.
    """
    stages = [
        {
            "stage": outcome.stage,
            "state": outcome.state,
            "wall_s": outcome.usage.wall_s if outcome.usage else None,
            "cpu_s": outcome.usage.cpu_s if outcome.usage else None,
            "cache": why.get(outcome.stage, ""),
            "outputs": outcome.outputs,
            "started_s": outcome.started_s,
            "failure": outcome.failure.evidence if outcome.failure else None,
        }
        for outcome in done.values()
    ]
    record = {
        "lane": lane,
        "cancelled": cancelled,
        "stages": stages,
        "left_out": [{"stage": one.stage, "why": one.why} for one in left_out],
        "telemetry": msgspec.to_builtins(telemetry),
        "recoveries": recoveries_view(recoveries),
        "failures": _failures(done) if any(one.failure or one.tries for one in done.values()) else [],
    }
    return encode_plain(record)


def _failures(done: Mapping[str, Outcome]) -> list[object]:
    """Return what failed and what was tried, for `lanemark recover`."""
    from lanemark.recover.last import list_failures

    return [msgspec.to_builtins(one) for one in list_failures(list(done.values()))]


def read_usual(files: Files, path: str) -> dict[str, float]:
    """Return the seconds that stages took when they ran last; nothing where that cannot be read."""
    try:
        found = parse(files.read(path, limit=LIMIT), limit=LIMIT, source=path)
    except DataError:
        return {}
    return {stage: float(value) for stage, value in found.items() if _is_time(value)} if isinstance(found, dict) else {}


def write_usual(files: Files, path: str, before: Mapping[str, float], done: Iterable[Outcome]) -> None:
    """Write down the seconds of what ran now, and what was known of the rest; nothing is written where nothing ran."""
    now_s = {one.stage: one.usage.wall_s for one in done if one.state == "ran" and one.usage is not None}
    if now_s:
        rest = {stage: value for stage, value in before.items() if stage not in now_s}
        files.write(path, encode_plain(dict(list({**now_s, **rest}.items())[:MOST_KNOWN])))


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= LONGEST_S

"""`budgets:` and `regression:`: absolute limits, and limits relative to the base branch."""

from collections.abc import Collection, Sequence
from typing import TypeVar, get_args

from lanemark.config.document import Node, Text
from lanemark.config.fields import Reader
from lanemark.config.problems import Place, listed, quoted
from lanemark.config.types import FLOORS, Band, Budget, Stage, Statistic
from lanemark.metric import METRICS, Metric, unit_of
from lanemark.units import Quantity

STATISTICS: tuple[Statistic, ...] = get_args(Statistic)
NEEDED: dict[Statistic, int] = {"stdev": 2, "mad": 2, "p90": 30, "p95": 60, "p99": 300}
"""Samples below which a statistic says nothing: a quantile q needs about 3 / (1 - q) of them to be no mere maximum."""

_QUANTITIES: dict[str, Quantity] = {"s": "seconds", "B": "bytes", "1": "count"}
Limits = tuple[float | None, float | None, float | None]
Word = TypeVar("Word", bound=str)
_OF_LANE: tuple[Metric, ...] = ("wall", "cpu")


class GateReader:
    """Reads the gates of one lane, which runs `stages` (those it names and those they need)."""

    def __init__(self, lane: str, stages: Sequence[Stage], reader: Reader) -> None:
        self.lane = lane
        self.stages = {stage.name: stage for stage in stages}
        self.reader = reader
        self.problems = reader.problems

    def budgets(self, node: Node | None, where: str, at: Place) -> tuple[Budget, ...]:
        """Return the absolute limits."""
        found = []
        for key, value in self.reader.entries(node, where, at):
            parts = self._parts(key, where, ("total",), 3)
            if parts is None:
                continue
            stage, metric, statistic = parts[0], self._metric(key, parts), self._statistic(key, parts)
            if stage == "total" and metric and metric not in _OF_LANE:
                place = key.part(len("total."), len(metric))
                self.problems.add(
                    "LG158",
                    place,
                    f"{metric} is not measured for a whole lane",
                    help=f"total has {listed(_OF_LANE)}; or name a stage",
                )
                continue
            if metric is None or statistic is None or not self._enough(key, stage, statistic):
                continue
            warn, fail, _ = self._limits(key, value, where, _QUANTITIES[unit_of(metric)])
            found.append(Budget(stage=stage, metric=metric, statistic=statistic, warn=warn, fail=fail))
        return tuple(found)

    def bands(self, node: Node | None, where: str, at: Place) -> tuple[Band, ...]:
        """Return the relative limits; a band without a floor takes its metric's, and `floor: 0ms` switches it off."""
        found = []
        for key, value in self.reader.entries(node, where, at):
            parts = self._parts(key, where, ("default",), 2)
            metric = self._metric(key, parts) if parts else None
            if parts is None or metric is None or not self._answered(key, parts[0]):
                continue
            warn, fail, floor = self._limits(key, value, where, "ratio", _QUANTITIES[unit_of(metric)])
            least = FLOORS.get(metric, 0.0) if floor is None else floor
            found.append(Band(stage=parts[0], metric=metric, warn=warn, fail=fail, floor=least))
        return tuple(found)

    def _parts(self, key: Text, where: str, extra: tuple[str, ...], count: int) -> list[str] | None:
        """Return a gate's key in its parts, the first of which is a stage of this lane or a word of `extra`."""
        parts = key.value.split(".")
        if len(parts) != count:
            shape = f"<stage or {extra[0]}>.<metric>" + (".<statistic>" if count == 3 else "")
            example = f"{extra[0]}.wall.median" if count == 3 else f"{extra[0]}.cpu"
            why = "; it looks at the differences of pairs, so it has no statistic" if count == 2 and len(parts) == 3 else ""
            self.problems.add(
                "LG156", key.place, f"{where}: {quoted(key.value)} is not {shape}", help=f"write for example {example}{why}"
            )
            return None
        if parts[0] in self.stages or parts[0] in extra:
            return parts
        other = {
            "total": "regression compares stages; a limit for the lane is a budget",
            "default": "a budget needs a stage's name, or total",
        }
        hint = other.get(parts[0]) or self.problems.suggestion(parts[0], [*self.stages, *extra]) or "name a stage of this lane"
        note = f"this lane runs {listed(self.stages) or 'no stage'}"
        message = f"{where} names stage {quoted(parts[0])}, which lane {quoted(self.lane, mark='')} does not run"
        self.problems.add("LG155", key.part(0, len(parts[0])), message, notes=[note], help=hint)
        return None

    def _metric(self, key: Text, parts: list[str]) -> Metric | None:
        """Return the metric a gate is about."""
        start = len(parts[0]) + 1
        return self._one_of(parts[1], METRICS, key.part(start, len(parts[1])), "metric")

    def _statistic(self, key: Text, parts: list[str]) -> Statistic | None:
        """Return the statistic a budget is about."""
        start = len(parts[0]) + len(parts[1]) + 2
        return self._one_of(parts[2], STATISTICS, key.part(start, len(parts[2])), "statistic")

    def _one_of(self, word: str, known: Collection[Word], place: Place, what: str) -> Word | None:
        """Return `word` as one of the known ones."""
        for each in known:
            if word == each:
                return each
        self.problems.add(
            "LG156",
            place,
            f"unknown {what} {quoted(word)}",
            notes=[f"known: {listed(known)}"],
            help=self.problems.suggestion(word, known),
        )
        return None

    def _enough(self, key: Text, name: str, statistic: Statistic) -> bool:
        """Whether a stage can have as many samples as a statistic needs."""
        needed = NEEDED.get(statistic, 1)
        stage = self.stages.get(name)
        most = stage.measure.max_pairs if stage and stage.measure else 1
        if most >= needed:
            return True
        place = key.part(len(key.value) - len(statistic), len(statistic))
        who = f"stage {name}" if stage else "a lane"
        help_ = f"use max or median, or set measure.pairs.max to {needed}" if most > 1 else "use max or median"
        self.problems.add("LG157", place, f"{statistic} needs {needed} samples, {who} has at most {most}", help=help_)
        return False

    def _answered(self, key: Text, name: str) -> bool:
        """Whether any stage of this lane that a band is about is compared with a baseline."""
        meant = list(self.stages.values()) if name == "default" else [self.stages[name]]
        if any(stage.measure and stage.measure.baseline != "none" for stage in meant):
            return True
        if name != "default":
            why = f"stage {name} has " + ("measure: false" if meant[0].measure is None else "baseline: none")
        elif any(stage.measure for stage in meant):
            why = "every measured stage of this lane has baseline: none"
        else:
            why = "this lane measures no stage"
        self.problems.add(
            "LG158",
            key.place,
            f"no metric can answer {quoted(key.value)}: {why}",
            help="take the band out, or measure the stage against a baseline",
        )
        return False

    def _limits(self, key: Text, node: Node, where: str, quantity: Quantity, floor: Quantity | None = None) -> Limits:
        """Return warn, fail and (where it has a quantity) floor of a gate; one value means fail."""
        label, at = f"{where}: {quoted(key.value, mark='')}", key.place
        if isinstance(node, Text):
            return None, self.reader.amount(node, label, quantity), None
        fields = self.reader.fields(node, "band" if floor else "limit", label, at)
        if fields is None:
            return None, None, None
        warn = self.reader.amount(fields.get("warn"), f"{label}.warn", quantity)
        fail = self.reader.amount(fields.get("fail"), f"{label}.fail", quantity)
        if fields.get("warn") is None and fields.get("fail") is None:
            self.problems.add("LG106", at, f"{label} sets no limit", help="write warn, fail, or both")
        if warn is not None and fail is not None and warn > fail:
            self.problems.add(
                "LG159", fields.place("warn"), f"{label} warns above the limit that fails", help="warn must be at most fail"
            )
        return warn, fail, self.reader.amount(fields.get("floor"), f"{label}.floor", floor) if floor else None

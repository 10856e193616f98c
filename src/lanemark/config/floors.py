"""`coverage:`: the reports, and the floors under what they say."""

from fractions import Fraction
from typing import Literal, get_args

from lanemark.config.document import Node, Table, Text
from lanemark.config.fields import Fields, Reader
from lanemark.config.problems import Place, listed, quoted
from lanemark.config.stages import refuse_path
from lanemark.config.types import CoverageRules, Floor, JUnitRules, Kind, LaneFloors, ReportFormat, ReportRules, Rule
from lanemark.units import exact_ratio

FORMATS: tuple[ReportFormat, ...] = get_args(ReportFormat)
KINDS: tuple[Kind, ...] = get_args(Kind)
_KINDS_OF: dict[ReportFormat, tuple[Kind, ...]] = {
    "cobertura": ("lines", "branches"),
    "coveragepy": KINDS,
    "lcov": ("lines", "branches", "functions"),
    "jacoco": ("lines", "branches", "functions"),
    "clover": ("lines", "branches", "functions"),
    "go": ("lines", "statements"),
    "istanbul-final": KINDS,
    "istanbul-summary": KINDS,
    "simplecov": ("lines", "branches", "functions"),
}
_Block = Literal["floor", "patch-floor", "file-floor"]
_LIMITS: dict[_Block, str] = {
    "floor": "warn, fail or max_drop",
    "patch-floor": "warn or fail",
    "file-floor": "warn or fail",
}


def read_coverage(node: Node | None, at: Place, reader: Reader) -> CoverageRules:
    """Return the coverage rules; a floor that no report can answer is a mistake."""
    fields = reader.fields(node, "coverage", "coverage", at)
    if fields is None:
        return CoverageRules()
    reports = _read_reports(fields, reader)
    floors = _FloorReader(reports, reader).groups(fields)
    return CoverageRules(
        reports=reports,
        project=floors.project or (),
        patch=floors.patch or (),
        files=floors.files or (),
        flags=floors.flags or {},
        exclude=tuple(rule.pattern for rule in reader.rules(fields.get("exclude"), "coverage.exclude", fields.place("exclude"))),
    )


def read_lane_floors(node: Node | None, label: str, at: Place, rules: CoverageRules, reader: Reader) -> LaneFloors:
    """Return the floors that a lane has instead of the file's; the reports are the file's."""
    fields = reader.fields(node, "lane-coverage", label, at)
    return LaneFloors() if fields is None else _FloorReader(rules.reports, reader).groups(fields)


def read_tests(node: Node | None, at: Place, reader: Reader) -> JUnitRules:
    """Return which files tell about tests."""
    fields = reader.fields(node, "tests", "tests", at)
    if fields is None:
        return JUnitRules()
    found: dict[str, Rule] = {}
    for text in reader.texts(fields.get("reports"), "tests.reports", fields.place("reports")):
        if text.value in found:
            reader.problems.add("LG161", text.place, f"tests.reports names {quoted(text.value)} twice", help="keep one")
        elif _sound(text, reader, "tests.reports", "junit.xml"):
            found[text.value] = Rule(pattern=text.value, line=text.place.line)
    if not found and not reader.problems.count:
        reader.problems.add("LG106", at, "tests names no report", help="write tests: {reports: [junit.xml]}")
    return JUnitRules(reports=tuple(found.values()))


def _read_reports(fields: Fields, reader: Reader) -> tuple[ReportRules, ...]:
    """Return the declared reports; a plain text is a path."""
    found: dict[str, ReportRules] = {}
    for node in reader.items(fields.get("reports"), "coverage.reports", fields.place("reports")):
        report = _read_report(node, reader) if isinstance(node, Table) else _report_at(node, reader)
        if report is None:
            continue
        if report.path in found:
            reader.problems.add("LG161", node.place, f"coverage.reports names {quoted(report.path)} twice", help="keep one")
        found[report.path] = report
    return tuple(found.values())


def _report_at(node: Node, reader: Reader) -> ReportRules | None:
    """Return a report that is written as its path only."""
    text = reader.text(node, "coverage.reports")
    return ReportRules(path=text.value, line=text.place.line) if text and _sound(text, reader) else None


def _read_report(node: Table, reader: Reader) -> ReportRules | None:
    """Return a report that is written as a mapping."""
    fields = Fields(node, "report", "coverage.reports", node.place, reader.problems)
    if fields.get("path") is None:
        reader.problems.add("LG106", node.place, "this report has no path", help="write {path: coverage.xml}")
    path = reader.text(fields.get("path"), fields.label("path"))
    flag = fields.get("flag")
    flag_text = reader.text(flag, fields.label("flag"))
    if flag_text:
        reader.name(flag_text, "flag")
    expect = reader.whole(fields.get("expect"), fields.label("expect"), low=1, high=10_000)
    format_ = _read_format(fields.get("format"), fields.label("format"), reader)
    if path is None or not _sound(path, reader):
        return None
    return ReportRules(
        path=path.value, line=path.place.line, format=format_, flag=flag_text.value if flag_text else "", expect=expect
    )


def _read_format(node: Node | None, label: str, reader: Reader) -> ReportFormat | None:
    """Return a format."""
    return reader.word(node, label, FORMATS)


def _sound(path: Text, reader: Reader, label: str = "coverage.reports", example: str = "coverage.xml") -> bool:
    """Tell whether a report's path is one, and note where it is not."""
    wrong = refuse_path(path.value) or ("a report is a file, not a folder" if path.value.endswith("/") else "")
    if wrong:
        reader.problems.add("LG117", path.place, f"{label}: {wrong}", help=f"write a path such as {example}")
    return not wrong


def _kinds_of(format_: ReportFormat, block: _Block) -> tuple[Kind, ...]:
    """Return what reports of this format can answer; totals of whole files say nothing about a patch."""
    return () if block == "patch-floor" and format_ == "istanbul-summary" else _KINDS_OF[format_]


def _limits_of(format_: ReportFormat, block: _Block) -> str:
    """Return in words what reports of this format have."""
    *most, last = _kinds_of(format_, block) or ("totals of whole files",)
    return f"{format_} has only {', '.join(most)} and {last}" if most else f"{format_} has only {last}"


class _FloorReader:
    """Reads floors and knows which kinds the reports can answer."""

    def __init__(self, reports: tuple[ReportRules, ...], reader: Reader) -> None:
        self.reports = reports
        self.reader = reader
        self.problems = reader.problems

    def groups(self, fields: Fields) -> LaneFloors:
        """Return all groups of floors that stand in one mapping; None for those that do not."""

        def group(name: Literal["project", "patch", "files"], block: _Block) -> tuple[Floor, ...] | None:
            node = fields.get(name)
            return None if node is None else self.floors(node, fields.label(name), fields.place(name), block)

        return LaneFloors(
            project=group("project", "floor"),
            patch=group("patch", "patch-floor"),
            files=group("files", "file-floor"),
            flags=None if fields.get("flags") is None else self._flags(fields),
        )

    def _flags(self, fields: Fields) -> dict[str, tuple[Floor, ...]]:
        """Return the floors by flag; a flag that no report has is a mistake."""
        flags = {}
        known = [report.flag for report in self.reports if report.flag]
        for key, value in self.reader.entries(fields.get("flags"), fields.label("flags"), fields.place("flags")):
            self.reader.name(key, "flag")
            if self.reports and key.value not in known:
                self.problems.add(
                    "LG160",
                    key.place,
                    f"no report has the flag {quoted(key.value)}",
                    notes=[f"flags of the reports: {listed(sorted(set(known))) or 'none'}"],
                    help=self.problems.suggestion(key.value, known) or "give one: {path: web/coverage.xml, flag: web}",
                )
            label = f"{fields.label('flags')}.{quoted(key.value, mark='')}"
            flags[key.value] = self.floors(value, label, key.place, "floor", flag=key.value)
        return flags

    def floors(self, node: Node | None, label: str, at: Place, block: _Block, *, flag: str | None = None) -> tuple[Floor, ...]:
        """Return the floors by kind of one group (project, patch or a flag)."""
        fields = self.reader.fields(node, "kinds", label, at)
        found = []
        for kind in KINDS:
            value = fields.get(kind) if fields else None
            if fields is None or value is None:
                continue
            self._answer(kind, block, fields.label(kind), fields.place(kind), flag)
            floor = self._floor(value, kind, fields.label(kind), fields.place(kind), block)
            if floor:
                found.append(floor)
        return tuple(found)

    def _answer(self, kind: Kind, block: _Block, label: str, at: Place, flag: str | None) -> None:
        """Note a floor that no declared report can answer."""
        if not self.reports:
            self.problems.add("LG160", at, f"no report can answer {label}", help="write coverage.reports: [coverage.xml]")
            return
        feeding = [report for report in self.reports if flag is None or report.flag == flag]
        formats = sorted({report.format for report in feeding if report.format})
        if feeding and all(report.format and kind not in _kinds_of(report.format, block) for report in feeding):
            self.problems.add(
                "LG160",
                at,
                f"no report can answer {label}",
                notes=[_limits_of(format_, block) for format_ in formats],
                help=f"use a format that counts {kind}, or take the floor out",
            )

    def _floor(self, node: Node, kind: Kind, label: str, at: Place, block: _Block) -> Floor | None:
        """Return one floor; one value means fail."""
        if isinstance(node, Text):
            return Floor(kind=kind, fail=self._share(node, label))
        fields = self.reader.fields(node, block, label, at)
        if fields is None:
            return None
        if all(fields.get(key) is None for key in ("warn", "fail", "max_drop")):
            self.problems.add("LG106", at, f"{label} sets no limit", help=f"write {_LIMITS[block]}")
        floor = Floor(
            kind=kind,
            warn=self._share(fields.get("warn"), fields.label("warn")),
            fail=self._share(fields.get("fail"), fields.label("fail")),
            max_drop=self.reader.amount(fields.get("max_drop"), fields.label("max_drop"), "points"),
            ignore_below=self.reader.whole(fields.get("ignore_below"), fields.label("ignore_below"), low=0, high=1_000_000) or 0,
        )
        warn, fail = floor.fraction("warn"), floor.fraction("fail")
        if warn is not None and fail is not None and warn < fail:
            self.problems.add(
                "LG159", fields.place("warn"), f"{label} warns below the floor that fails", help="warn must be at least fail"
            )
        return floor

    def _share(self, node: Node | None, label: str) -> str | None:
        """Return a share from 0 to 100 % as exact text."""
        if self.reader.amount(node, label, "ratio") is None or not isinstance(node, Text):
            return None
        share = exact_ratio(node.value)
        if share is None or share > Fraction(1):
            self.problems.add(
                "LG114", node.place, f"{label} must be from 0% to 100%", help=f"{quoted(node.value)} can never be reached"
            )
            return None
        return node.value.replace(" ", "")

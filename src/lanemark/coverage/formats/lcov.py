"""LCOV's tracefile (`lcov.info`), as geninfo, gcovr, Istanbul, c8, coverage.py, llvm-cov and others write it.

    SF:path / FN:line[,end],name / FNDA:hits,name / BRDA:line,block,branch,taken / DA:line,hits[,checksum] / end_of_record

Names may contain commas, and a file may have several records. The sums (LF, LH and so on) are not read. lcov 2.2 writes
functions as FNL and FNA, by index. What else begins with a directive in capitals is left out, as lcov itself does.
"""

import re
from collections.abc import Iterable
from typing import Annotated

import msgspec

from lanemark.coverage.columns import ArmNames, Columns
from lanemark.coverage.formats.textlines import number_lines
from lanemark.coverage.model import MAX_HITS
from lanemark.coverage.numbers import Remembered, hit_count, line_number
from lanemark.coverage.packed import ReportData
from lanemark.errors import DataError

START = re.compile(rb"(?:\xef\xbb\xbf)?(?:#[^\n]*\n|\s)*+(?:TN|SF):")

RUN = re.compile(
    rb"(?P<DA>(?:DA:[0-9]++,[0-9]++\n)++)"
    rb"|(?P<BRDA>(?:BRDA:[0-9]++,[0-9]++,[0-9]++,(?:[0-9]++|-)\n)++)"
    rb"|(?P<FN>(?:FN:[0-9]++,[^,\n\r]++\n)++)"
    rb"|(?P<FNDA>(?:FNDA:[0-9]++,[^,\n\r]++\n)++)"
    rb"|(?P<unread>(?:(?:TN|FNF|FNH|BRF|BRH|LF|LH):[^\n]*+\n)++)"
)
"""Many lines of the plainest form, which are most of a report. Read as one list they take a tenth of the time."""

DIGITS, EVEN = b"0123456789", b"DA:,\n"
"""What a plain DA line is made of: digits, and what is left without them."""

AS_LIST = bytes.maketrans(b"\n-", b",0")
"""Makes one list of lines, once their directives are taken away; an arm that was not looked at was not taken."""

INTEGERS = msgspec.json.Decoder(list[Annotated[int, msgspec.Meta(le=MAX_HITS)]])

DIRECTIVE = re.compile(rb"[A-Z][A-Z0-9]{1,9}:")


def claims(head: bytes) -> bool:
    """Return whether a file that starts with `head` is a tracefile: its first line, comments apart, names a test or a file."""
    return START.match(head) is not None


def parse(chunks: Iterable[bytes]) -> ReportData:
    """Return the report in `chunks`, or raise DataError saying what is wrong with it and on which line."""
    reading = _Reading()
    number_lines(chunks, reading.read_line, reading.read_run)
    return reading.finish()


class _Reading:
    """The record that is open and what came before it."""

    def __init__(self) -> None:
        self.data = ReportData()
        self.path = ""
        self.arm_names = ArmNames()
        self.columns = Columns(self.arm_names)
        self.indexed: dict[str, int] = {}  # first lines of functions by their number in this record
        self.branched = False
        self.named_functions = False
        self.numbers = Remembered(line_number)
        self.hits = Remembered(hit_count)
        self.even = True  # until DA lines of a record were not alone: then looking for their end at once is in vain

    def read_run(self, block: bytes, at: int) -> int:
        """Read many lines of one kind; return where they end, `at` itself where there are none."""
        if self.even and block.startswith(b"DA:", at):
            lines = _even_lines(block, at)
            self.even = lines is not None and self.add_hits(lines)
            if lines is not None and self.even:
                return at + len(lines)
        run = RUN.match(block, at)
        if run is None or run.lastgroup is None:
            return at
        if run.lastgroup == "unread":
            return run.end()
        kind = run.lastgroup
        if kind == "DA":
            return run.end() if self.add_hits(run[0]) else at
        columns = self.open_record()
        try:
            if kind == "BRDA":
                self.add_arms(columns, _integers(run[0].translate(AS_LIST, b"BRDA:")))
            else:
                text = run[0][len(kind) + 1 : -1].replace(f"\n{kind}:".encode(), b",").decode("utf-8", "surrogateescape")
                columns.add_functions(kind, text.split(","), self.numbers if kind == "FN" else self.hits)
        except msgspec.DecodeError:  # 007, or more digits than any number has
            return at
        return run.end()

    def add_hits(self, lines: bytes) -> bool:
        """Read DA lines of the plainest form; return whether all their numbers could be read, else nothing was."""
        try:
            flat = _integers(lines.translate(AS_LIST, b"DA:"))
        except msgspec.DecodeError:
            return False
        columns = self.open_record()
        columns.numbers += flat[::2]
        columns.hits += flat[1::2]
        return True

    def read_line(self, line: bytes) -> None:
        """Read one line of any form."""
        line = line.strip()
        name, _, rest = line.partition(b":")
        content = rest.decode("utf-8", "surrogateescape")
        if name == b"DA":
            self.add_line(content)
        elif name == b"BRDA":
            self.add_arm(content)
        elif name == b"SF":
            self.close_record()
            self.path = content
            if not content:
                raise DataError("SF: without a path")
        elif name in (b"FN", b"FNL"):
            self.add_function(content, indexed=name == b"FNL")
        elif name in (b"FNDA", b"FNA"):
            self.add_call(content, indexed=name == b"FNA")
        elif name == b"end_of_record":
            self.open_record()
            self.close_record()
        elif name and not name.startswith(b"#") and not DIRECTIVE.match(line):
            raise DataError(f"{line[:40].decode('utf-8', 'replace')!r} is no line of a tracefile")

    def open_record(self) -> Columns:
        """Return the record that is open, packed so far if it is long."""
        if not self.path:
            raise DataError("a line that belongs to a file, before any SF:")
        if self.columns.full:
            self.pack_record(functions=False)
        return self.columns

    def add_line(self, content: str) -> None:
        """Read DA:line,hits[,checksum]."""
        number, hits, *_ = [*content.split(",", 2), ""]
        columns = self.open_record()
        columns.hits.append(self.hits[hits])
        columns.numbers.append(self.numbers[number])

    def add_arm(self, content: str) -> None:
        """Read BRDA:line,block,branch,taken; lcov 2 allows any text as branch."""
        number, _, rest = content.partition(",")
        arm, _, taken = rest.rpartition(",")
        block, comma, branch = arm.partition(",")
        if not comma:
            raise DataError("BRDA: without line, block, branch and taken")
        columns = self.open_record()
        columns.arm_taken.append(0 if taken == "-" else self.hits[taken])
        columns.arm_indexes.append(self.arm_names[_plain(block), _plain(branch)])
        columns.arm_lines.append(self.numbers[number])

    def add_arms(self, columns: Columns, flat: list[int]) -> None:
        """Take many arms: line, block, branch, taken, and so on."""
        columns.arm_indexes += map(self.arm_names.__getitem__, zip(flat[1::4], flat[2::4], strict=True))
        columns.arm_lines += flat[::4]
        columns.arm_taken += flat[3::4]

    def add_function(self, content: str, *, indexed: bool) -> None:
        """Read FN:line[,end],name or FNL:index,line[,end]."""
        columns = self.open_record()
        if indexed:
            index, line, *_ = [*content.split(","), ""]
            self.indexed[index] = self.numbers[line]
            return
        line, comma, name = content.partition(",")
        end, more, rest = name.partition(",")
        if not comma or not name:
            raise DataError("FN: without line and name")
        columns.starts.append(self.numbers[line])
        columns.started.append(rest if more and rest and end.isdecimal() else name)

    def add_call(self, content: str, *, indexed: bool) -> None:
        """Read FNDA:hits,name or FNA:index,hits,name."""
        columns = self.open_record()
        index, _, content = content.partition(",") if indexed else ("", "", content)
        hits, comma, name = content.partition(",")
        if not comma or not name:
            raise DataError("a function without hits and name")
        if indexed:
            columns.starts.append(self.indexed.get(index, 0))
            columns.started.append(name)
        columns.calls.append(self.hits[hits])
        columns.reached.append(name)

    def pack_record(self, *, functions: bool) -> None:
        """Put what is known of the record that is open among the files."""
        self.branched = self.branched or bool(self.columns.arm_lines)
        self.named_functions = self.named_functions or bool(self.columns.started or self.columns.reached)
        packed, skipped = self.columns.pack(functions=functions)
        self.data.skipped += skipped
        self.data.files.put(self.path, packed)
        self.columns.clear(functions=functions)

    def close_record(self) -> None:
        """End the record that is open, if any."""
        if self.path:
            self.pack_record(functions=True)
        self.path = ""
        self.indexed.clear()

    def finish(self) -> ReportData:
        """Return the report; a record without end is a report that was cut."""
        if self.path:
            raise DataError("it ends in the middle of a record: whatever wrote it was stopped or is still writing")
        self.data.files.complete(branches=self.branched, functions=self.named_functions)
        return self.data


def _even_lines(block: bytes, at: int) -> bytes | None:
    """Return the DA lines from `at` to the last one of the record, None where anything else stands among them.

    Writers put them one after the other, so to find the last one and to look once at what the lines are made of takes half the
    time of a regular expression.
    """
    over = block.find(b"\nend_of_record", at)
    last = block.rfind(b"\nDA:", at, len(block) if over < 0 else over)
    lines = block[at : block.index(b"\n", max(last + 1, at)) + 1]
    count = lines.count(b"\n")
    plain = lines.translate(None, DIGITS) == EVEN * count and lines.count(b"\nDA:") == count - 1
    return lines if plain else None


def _plain(text: str) -> int | str:
    """Return a number as the fast way has it, so that both ways give an arm one name."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 and str(int(text)) == text else text


def _integers(text: bytes) -> list[int]:
    """Return the numbers, each with a comma behind it; raise msgspec.DecodeError for a form that JSON does not have."""
    return INTEGERS.decode(b"[%b]" % text[:-1])

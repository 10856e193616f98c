"""Every parser that reads bytes or text of a stranger, with samples to spoil; what it may say is one of our own errors."""

import ast
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import msgspec

from lanemark import codec, markup, units
from lanemark.change import Change, ChangedFile, pointer
from lanemark.change.generated import is_generated, read_marks
from lanemark.cli.options import read_expected
from lanemark.cli.release import read_required
from lanemark.config.document import read_document
from lanemark.config.problems import Problems
from lanemark.config.read import read_config
from lanemark.config.simple import read_simple
from lanemark.config.types import ReportRules
from lanemark.coverage import detect
from lanemark.coverage.read import parse_report
from lanemark.errors import LanemarkError, UsageError
from lanemark.event import READERS, Event, read_event
from lanemark.git.diff import parse_entries
from lanemark.github import answers
from lanemark.github.archive import read_archive
from lanemark.github.client import read_answer
from lanemark.github.faults import explain_answer
from lanemark.github.patience import Answer, Patience, wait_before_retry
from lanemark.ingest import read as ingest
from lanemark.ingest.failed import read_failed
from lanemark.lane import Choice
from lanemark.lane.wishes import read_wishes
from lanemark.path import RepoPath, from_bytes, to_bytes
from lanemark.pattern import Patterns, check_pattern
from lanemark.pipeline.deal import read_shard
from lanemark.pipeline.past import read_past
from lanemark.pipeline.verdict import read_pair
from lanemark.plan import Plan
from lanemark.plan.shards import read_matrix
from lanemark.recover.checkpoint import decode_items, read_checkpoint
from lanemark.recover.journal import read_journal
from lanemark.recover.last import read_last
from lanemark.report.marker import read_state, says_the_same, without_state, write_state
from lanemark.result import Machine, Provenance, Result
from lanemark.settings import read_mode_cap
from lanemark.store.entries import read_entry

SOURCE = Path(__file__).parents[2] / "src" / "lanemark"
TESTS = Path(__file__).parents[1]
COMMIT = "a" * 40


@dataclass(frozen=True)
class Fuzzed:
    """A parser: `read` gives it bytes and may raise LanemarkError only; `covers` names the functions this reaches, as patterns."""

    name: str
    covers: tuple[str, ...]
    read: Callable[[bytes], object]
    samples: Callable[[], list[bytes]]


def as_text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    """Let a parser of text read bytes, those that are no UTF-8 as lone surrogates."""
    return lambda data: read(data.decode("utf-8", "surrogateescape"))


def texts(*samples: str) -> Callable[[], list[bytes]]:
    return lambda: [sample.encode() for sample in samples]


def files(*patterns: str) -> Callable[[], list[bytes]]:
    """The files below tests/ that match, those of at most 30 kB."""
    return lambda: [
        path.read_bytes() for pattern in patterns for path in sorted(TESTS.glob(pattern)) if path.stat().st_size < 30_000
    ]


@cache
def a_result() -> bytes:
    """A result as `measure` writes one."""
    plan = Plan(lane="standard", steps=())
    event = Event(name="pull_request", repository="o/r", repository_id=1, number=7, base=COMMIT, head=COMMIT)
    change = Change(
        base=COMMIT, tested=COMMIT, head=COMMIT, source="merge-base", files=(ChangedFile(path=RepoPath("a"), status="A"),)
    )
    machine = Machine(fingerprint="f", cpu="c", cores=2, memory_bytes=1, system="s", image="i", python="3")
    return codec.encode(
        Result(
            schema=1, experiment="e", side="head", commit=COMMIT, event=event, change=change, choice=Choice(lane="standard", reason="r"),
            plan=plan, outcomes=(), samples=(), machine=machine, provenance=Provenance(started="2026-01-01T00:00:00Z", version="1"),
        )
    )  # fmt: skip


def a_zip() -> list[bytes]:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("head/result.json", a_result())
        archive.writestr("samples.csv", "a,b\n")
    return [target.getvalue()]


def read_formats(data: bytes) -> None:
    """Every coverage format there is, named, guessed and asked."""
    rule = ReportRules(path="x", line=1)
    with suppress(LanemarkError):
        parse_report(iter([data[:7], data[7:]]), rule)
    for known in detect.FORMATS:
        known.claims(data[: detect.HEAD])
        with suppress(LanemarkError):
            known.parse([data[:7], data[7:]])


def read_figures(data: bytes) -> None:
    """Every format of figures there is, JUnit among them."""
    for name in (None, *(known.name for known in ingest.FORMATS)):
        with suppress(LanemarkError):
            ingest.read_metrics(data, format=name, source="x")
    read_failed([data[:7], data[7:]])


def read_kept(data: bytes) -> None:
    """What a run keeps of itself; a cache brings it from another machine."""
    for read in (read_checkpoint, decode_items, read_journal):
        with suppress(LanemarkError):
            read(data, "x")


def read_answers(data: bytes) -> None:
    """GitHub's answers, of every shape we read."""
    answer = Answer(status=200, text=data.decode("utf-8", "surrogateescape"), headers={"retry-after": data[:9].decode("latin-1")})
    for kind in vars(answers).values():
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            with suppress(LanemarkError):
                read_answer(answer, list[kind], "/x")
            with suppress(LanemarkError):
                read_answer(answer, kind, "/x")
    for status in (0, 403, 429, 502):
        failed = Answer(status=status, text=answer.text, headers=answer.headers)
        explain_answer("GET", "/repos/o/r/pulls", failed, api_url="https://api.github.com")
        wait_before_retry(failed, 1, Patience(), now=0.0)


def read_events(data: bytes) -> None:
    for name in READERS:
        with suppress(LanemarkError):
            read_wishes(read_event(name, data))


def read_globs(text: str) -> None:
    lines = text.split("\n")
    for line in lines:
        check_pattern(line)
    patterns = Patterns(lines)
    for path in ("a", "src/a.py", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/b", text[:50].replace("\n", "")):
        patterns.claim(RepoPath(path))
    is_generated(RepoPath("src/a.py"), {"": read_marks(text), "src": read_marks(text)})


def read_inputs_of_action(text: str) -> None:
    read_expected(text)
    for read in (read_required, read_mode_cap):
        with suppress(UsageError):
            read(text)


def read_comment(text: str) -> None:
    state = read_state(text)
    without_state(text)
    assert says_the_same(text, text)
    if state is not None:
        assert state.head in text or len(state.head) in (0, 40, 64)


def read_value(text: str) -> None:
    found = units.parse(text)
    if found is not None:
        assert found[1] == found[1], "never NaN"


def read_documents(text: str) -> None:
    read_simple(text)
    with suppress(LanemarkError):
        read_document(text, Problems("x", text))
    read_config(text, "x")


def read_name(data: bytes) -> None:
    assert to_bytes(from_bytes(data)) == data


def read_xml(data: bytes) -> None:
    markup.root_of(data)
    markup.parse_markup([data[:5], data[5:]], lambda _: None)


EVENT = {
    "action": "opened", "number": 7, "repository": {"id": 1, "full_name": "o/r", "default_branch": "main"},
    "pull_request": {
        "number": 7, "labels": [{"name": "x"}],
        "base": {"sha": COMMIT, "ref": "main", "repo": {"id": 1}}, "head": {"sha": COMMIT, "ref": "f", "repo": {"id": 1}},
    },
    "workflow_run": {
        "id": 5, "run_attempt": 1, "run_number": 5, "event": "pull_request", "conclusion": "success", "head_sha": COMMIT,
        "path": ".github/workflows/x.yml", "head_branch": "f", "head_repository": {"id": 2, "owner": {"login": "m"}},
    },
    "comment": {"body": "/lane docs", "user": {"login": "a"}}, "issue": {"number": 7, "pull_request": {}},
}  # fmt: skip
RAW = f":100644 100644 {COMMIT} {'b' * 40} M\0a.py\0:000000 120000 {'0' * 40} {COMMIT} A\0x\ty\0" + "1\t2\ta.py\0-\t-\tx\ty\0"
STATE = "<!-- lanemark:v1 id=default -->\n### x\n\n" + write_state(
    head=COMMIT, run_id=1, run_number=2, attempt=1, digest="d", failed=COMMIT
)
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 12\n"
MATRIX = '{"include": [{"shard": 1, "of": 1, "lane": "standard", "stages": "unit"}]}'

PARSERS = (
    Fuzzed("zip", ("github/archive.py:read_archive",), lambda data: read_archive(data, ["head/result.json"], limit=1 << 16, source="x"), a_zip),
    Fuzzed(
        "result JSON",
        ("codec.py:decode", "codec.py:parse", "pipeline/verdict.py:read_pair"),
        lambda data: read_pair({"head/result.json": data}, head=COMMIT, source="x"),
        lambda: [a_result()],
    ),
    Fuzzed("earlier results", ("pipeline/past.py:read_past",), lambda data: read_past([("x", lambda: data)]), lambda: [a_result()]),
    Fuzzed("event JSON", ("event.py:read_event", "lane/wishes.py:read_wishes"), read_events, texts(json.dumps(EVENT))),
    Fuzzed(
        "YAML",
        ("config/read.py:read_config", "config/document.py:read_document", "config/simple.py:read_simple"),
        as_text(read_documents),
        files("config/full.yml"),
    ),
    Fuzzed(
        "coverage reports",
        (
            "coverage/formats/*.py:parse", "coverage/formats/*.py:claims", "coverage/detect.py:detect_format", "coverage/read.py:parse_report",
            "coverage/formats/elements.py:*", "coverage/formats/jsonvalues.py:*", "coverage/formats/textlines.py:*",
        ),
        read_formats,
        files("coverage/fixtures/*.xml", "coverage/fixtures/*.json", "coverage/fixtures/*.info"),
    ),
    Fuzzed(
        "figures and JUnit",
        ("ingest/read.py:read_metrics", "ingest/read.py:content_of", "ingest/*.py:read", "ingest/custom.py:read_*", "ingest/failed.py:read_failed"),
        read_figures,
        files("ingest/fixtures/*.json", "ingest/fixtures/*.xml", "ingest/fixtures/gobench*.txt"),
    ),
    Fuzzed("XML", ("markup.py:parse_markup", "markup.py:root_of"), read_xml, files("coverage/fixtures/*.xml", "ingest/fixtures/*.xml")),
    Fuzzed("git's list of changes", ("git/diff.py:parse_entries",), parse_entries, texts(RAW)),
    Fuzzed("paths from git", ("path.py:from_bytes",), read_name, texts("a/b", "\udcff".encode("utf-8", "surrogateescape").decode("latin-1"))),
    Fuzzed("Git LFS pointers", ("change/pointer.py:read_pointer",), pointer.read_pointer, texts(POINTER)),
    Fuzzed("the marker of a comment", ("report/marker.py:read_state",), as_text(read_comment), texts(STATE)),
    Fuzzed("globs and attributes", ("change/generated.py:read_marks",), as_text(read_globs), texts("src/**/*.py\n!a?[b-d]\n*.x linguist-generated\n")),
    Fuzzed(
        "GitHub's answers",
        ("github/client.py:read_answer",),
        read_answers,
        texts('{"permission": "write"}', '[{"id": 1, "body": "x", "user": {"login": "a", "type": "Bot"}}]', '{"message": "rate limit"}'),
    ),
    Fuzzed("values with units", ("units.py:parse",), as_text(read_value), texts("1.5GiB", "80%", "0.5pp", "90s")),
    Fuzzed("shards", ("plan/shards.py:read_matrix",), as_text(read_matrix), texts(MATRIX)),
    Fuzzed("the shard of a job", ("pipeline/deal.py:read_shard", "cli/measure.py:read_given_shard"), as_text(read_shard), texts("2/3")),
    Fuzzed("inputs of the action", ("cli/options.py:read_expected", "cli/release.py:read_required", "settings.py:read_mode_cap"), as_text(read_inputs_of_action), texts("warn", "a.yml\nb.yml", "lane-gate=.github/workflows/a.yml")),
    Fuzzed("the record of a run", ("recover/last.py:read_last",), lambda data: read_last(data, "x"), texts('{"lane": "docs", "failures": []}')),
    Fuzzed(
        "checkpoints and journals",
        ("recover/checkpoint.py:read_checkpoint", "recover/checkpoint.py:decode_items", "recover/journal.py:read_journal"),
        read_kept,
        texts('{"schema": 1, "id": "20261121t101500-0a", "seal": ""}', '[{"path": "a", "kind": "file"}]', '{"crc":"00000000","seq":1}\n'),
    ),
    Fuzzed("entries of the cache", ("store/entries.py:read_entry",), lambda data: read_entry(data, "x"), texts('{"schema": 1, "key": "k", "seal": "sha256:x"}')),
)  # fmt: skip

NO_PARSERS = {
    "cli/caching.py:read_caching": "takes what argparse has checked",
    "pipeline/policy.py:read_text": "config.read.read_config, loaded when it is needed",
    "process/vitals.py:read_vitals": "asks the machine",
    "run/secrets.py:hide": "replaces bytes in bytes",
    "store/compiled.py:keep_compiled": "writes",
    "store/entries.py:read_whole": "takes a path",
    "store/unchanged.py:look_at_places": "takes paths",
    "wiring/compiled.py:read_compiled": "config.read.read_config, unless a sealed file of ours in our own cache has the answer",
    "wiring/recovery.py:read_file": "takes a path",
    "wiring/recovery.py:write_file": "writes",
    "wiring/standing.py:keep_standing": "writes",
    "change/read.py:read_change": "takes an event that was read",
    "git/blobs.py:find_blobs": "asks git about names; what git answers is read in the same file and tried on random trees in tests/git",
    "store/blobs.py:write_all": "writes",
    "store/entries.py:write_whole": "writes",
    "store/restore.py:write_link": "writes",
    "store/stat_index.py:digest_of": "a digest of any bytes",
    "store/stat_index.py:write_sealed": "writes",
    "store/stat_index.py:read_sealed": "a file of ours in our own cache, sealed; tests/store damages it",
    "tree.py:join_field": "writes",
    "tree.py:join_fields": "writes",
    "process/listing.py:read_whole": "takes a path",
    "process/machine.py:read_machine": "asks the machine",
    "process/direct.py:find_program": "asks the disk for a file",
    "process/direct.py:prepare_direct": "takes a command that is to be run",
    "wiring/publish.py:read_results": "takes a path",
    "cli/options.py:read_jobs": "takes what argparse has checked",
    "cli/options.py:read_asked": "takes what argparse has checked",
    "cli/time.py:read_time": "a person's own command line",
}
"""Functions that look like parsers and are none of a stranger's bytes, each with its reason."""


def look_like_parsers() -> Iterator[str]:
    """Yield `file:function` of every public function that takes bytes, or is called a reader and takes text."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and _takes_foreign(node):
                yield f"{path.relative_to(SOURCE).as_posix()}:{node.name}"


def _takes_foreign(node: ast.FunctionDef) -> bool:
    kinds = [ast.unparse(one.annotation) for one in (*node.args.args, *node.args.kwonlyargs) if one.annotation]
    reads = node.name.startswith(("read", "parse", "decode", "load"))
    return any("bytes" in kind for kind in kinds) or (
        reads and kinds[:1] in (["str"], ["object"], ["Event"], ["Answer"], ["Content"])
    )


def is_fuzzed(function: str) -> bool:
    """Tell whether a parser of the list reaches `file:function`."""
    return any(fnmatch(function, pattern) for parser in PARSERS for pattern in parser.covers)

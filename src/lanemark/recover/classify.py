"""Which class of failure is it? Real signals first; what a log says comes last, and a guess never."""

import re
from collections.abc import Callable, Sequence

from lanemark.config.types import RecoveryRule
from lanemark.recover.log import find_failed_tests, find_hosts, find_manager, find_retry_after, last_lines, read_marks, signs_of
from lanemark.recover.rules import find_rule
from lanemark.recover.types import Diagnosis, Evidence, Room
from lanemark.result import Cause, Confidence
from lanemark.units import size

KILLED, ABORTED, ENDED_BY_LIMIT = 137, 134, 153
MUCH = 0.9
"""The share of all memory from which on a process that was killed is likely to have been killed for it."""

LITTLE, LITTLE_BYTES = 0.01, 64 << 20
"""A file system is as good as full where both less than this share and less than so many bytes are free."""

_FATAL = {132: "SIGILL", 134: "SIGABRT", 135: "SIGBUS", 136: "SIGFPE", 139: "SIGSEGV", 159: "SIGSYS"}
_ASKED_TO_END = {129: "SIGHUP", 130: "SIGINT", 131: "SIGQUIT", 143: "SIGTERM"}
_CURL_NETWORK = (5, 6, 7, 18, 28, 35, 52, 55, 56)
_PYTEST = {1: "tests failed", 2: "it was interrupted", 3: "an internal error", 4: "wrong usage", 5: "no tests were found"}
_PYTEST_CAUSES: dict[int, Cause] = {1: "test-failure", 2: "test-failure", 3: "crash", 4: "config", 5: "config"}

Look = Callable[[Evidence, list[str]], Diagnosis | None]


def classify(evidence: Evidence, rules: Sequence[RecoveryRule] = ()) -> Diagnosis:
    """Return the class of a failure, by the strongest evidence there is. `rules` are the user's own, before any text we know."""
    lines = last_lines(evidence.log)
    found = _by_what_we_did(evidence) or _by_memory(evidence, lines)
    if found is None:
        found = find_rule(rules, lines)
    looks: tuple[Look, ...] = (_by_room, _by_start, _by_tests, _by_status, _by_text, _by_habit)
    for look in looks:
        found = found or look(evidence, lines)
    return found or _say("unknown", "possible", _how_it_ended(evidence), *signs_of(lines)[:1])


def _say(cause: Cause, confidence: Confidence, *signs: str) -> Diagnosis:
    return Diagnosis(cause=cause, confidence=confidence, signs=tuple(sign for sign in signs if sign))


def _by_what_we_did(evidence: Evidence) -> Diagnosis | None:
    """Return what we know because we did it, or did not get to."""
    if evidence.interrupted:
        return _interrupted(evidence)
    if evidence.kind == "cancelled":
        return _say("cancelled", "certain", evidence.said or "the run was cancelled")
    if evidence.kind in ("timeout", "lane-timeout"):
        return _say("timeout", "certain", evidence.said or "its time was up")
    if evidence.kind == "flood":
        return _say("crash", "certain", evidence.said or "it printed without end")
    return None


def _interrupted(evidence: Evidence) -> Diagnosis:
    """Return that a run ended without a word; what it used last may say why."""
    signs = [evidence.said or "the run began this stage and never said that it ended"]
    if evidence.memory_bytes and evidence.peak_bytes >= MUCH * evidence.memory_bytes:
        signs.append(f"{_memory(evidence)}, so the machine probably ran out of memory")
    return _say("interrupted", "certain", *signs)


def _by_memory(evidence: Evidence, lines: list[str]) -> Diagnosis | None:
    """Return out of memory where the kernel says so, or where a killed process had nearly all there is."""
    killed = evidence.status == KILLED
    signs = signs_of([line for line in lines if "killed" in line.lower()])[:1]
    if evidence.oom_kills and evidence.kind == "exit" and (killed or signs or not find_failed_tests(lines)):
        times = "once" if evidence.oom_kills == 1 else f"{evidence.oom_kills} times"
        said = f"the kernel ended a process for want of memory {times} while it ran"
        return _say("out-of-memory", "certain" if killed else "likely", said, *signs)
    if killed and evidence.memory_bytes and evidence.peak_bytes >= MUCH * evidence.memory_bytes:
        return _say("out-of-memory", "likely", "killed by a signal that we did not send", _memory(evidence))
    return None


def _memory(evidence: Evidence) -> str:
    return f"its largest process had {size(evidence.peak_bytes)} of {size(evidence.memory_bytes or 0)}"


def _by_room(evidence: Evidence, lines: list[str]) -> Diagnosis | None:
    """Return a full disk where there is no room, certainly so where a tool says it too."""
    full = next((room for room in evidence.rooms if _is_full(room)), None)
    said = read_marks(lines)
    told = said.signs if said and said.mark.cause == "disk-full" else ()
    if full is None or evidence.kind == "output-missing":
        return None
    if not told and (evidence.status in _FATAL or find_failed_tests(lines)):
        return None
    few = full.inodes_share is not None and full.inodes_share < LITTLE
    sign = f"{'no inodes' if few else f'only {size(full.free_bytes)}'} free at {full.path}"
    return _say("disk-full", "certain" if told else "likely", sign, *told)


def _is_full(room: Room) -> bool:
    few_inodes = room.inodes_share is not None and room.inodes_share < LITTLE
    return few_inodes or (room.free_share < LITTLE and room.free_bytes < LITTLE_BYTES)


def _by_start(evidence: Evidence, _: list[str]) -> Diagnosis | None:
    """Return why a command could not be started at all."""
    if evidence.kind != "not-found":
        return None
    said = read_marks([evidence.said])
    if said and said.mark.cause in ("permission", "disk-full", "out-of-memory"):
        return _say(said.mark.cause, "certain", evidence.said)
    return _say("config", "certain", evidence.said)


def _by_tests(evidence: Evidence, lines: list[str]) -> Diagnosis | None:
    """Return failed tests where a report counts them, or the summary of a test runner we know."""
    if evidence.kind != "exit" or evidence.status in (*_FATAL, KILLED):
        return None
    if evidence.tests is not None and evidence.tests.failed:
        number = evidence.tests.failed
        first = ", ".join(evidence.tests.names[:3])
        return _say("test-failure", "certain", f"{number} test{'s' if number != 1 else ''} failed: {first}")
    told = find_failed_tests(lines)
    return _say("test-failure", "likely", *told) if told else None


def _by_status(evidence: Evidence, lines: list[str]) -> Diagnosis | None:
    """Return what some exit statuses can only mean."""
    status = evidence.status
    if evidence.kind == "output-missing":
        return _say("config", "certain", evidence.said)
    if status in _FATAL and not (status == ABORTED and _says(lines, "out-of-memory")):
        return _say("crash", "certain", f"ended by {_FATAL[status]}", *signs_of(lines)[:1])
    if status == ENDED_BY_LIMIT:
        return _say("disk-full", "likely", "ended by SIGXFSZ: a file grew beyond what the system allows")
    if status == 124 and _runs("timeout", evidence.run):
        return _say("timeout", "likely", "exit status 124, which is what `timeout` says")
    if status == 126:
        refused = _says(lines, "permission")
        said = "exit status 126: a command could not be run"
        return _say("permission" if refused else "config", "likely", said, *signs_of(lines)[:1])
    if status in _ASKED_TO_END:
        return _say("cancelled", "likely", f"ended by {_ASKED_TO_END[status]}, which we did not send")
    return None


def _says(lines: list[str], cause: Cause) -> bool:
    said = read_marks(lines)
    return said is not None and said.mark.cause == cause


def _by_text(evidence: Evidence, lines: list[str]) -> Diagnosis | None:
    """Return what the log says."""
    said = read_marks(lines)
    if said is None:
        return None
    cause = said.mark.cause
    return Diagnosis(
        cause=cause,
        confidence="possible" if cause in ("config", "crash") else "likely",
        signs=said.signs,
        integrity=said.mark.integrity,
        manager=said.mark.manager or (find_manager(evidence.run, lines) if cause in ("install", "corrupt-state") else None),
        hosts=find_hosts(said.signs) if cause == "network" else (),
        retry_after_s=find_retry_after(lines) if cause == "network" else None,
    )


def _by_habit(evidence: Evidence, _: list[str]) -> Diagnosis | None:
    """Return what a status usually means for the command that stands in the stage."""
    status, run = evidence.status, evidence.run
    if status == KILLED and evidence.oom_kills is None:
        return _say("out-of-memory", "possible", "killed by a signal that we did not send; nobody counts such kills here")
    if _runs("curl", run) and status in _CURL_NETWORK:
        return _say("network", "likely", f"exit status {status}, which is what curl says of the network")
    if _runs("wget", run) and status == 4:
        return _say("network", "likely", "exit status 4, which is what wget says of the network")
    if _runs("pytest", run) and status in _PYTEST:
        return _say(_PYTEST_CAUSES[status], "likely", f"exit status {status}, which is what pytest says: {_PYTEST[status]}")
    if status == 127:
        return _say("config", "likely", "exit status 127: a command was not found")
    return None


def _runs(program: str, run: str) -> bool:
    """Tell whether a command line starts `program` somewhere."""
    return any(word.rpartition("/")[2] == program for word in re.split(r"[\s;&|()`]+", run))


def _how_it_ended(evidence: Evidence) -> str:
    if evidence.status == KILLED:
        return "killed by a signal that we did not send, and no sign that memory was short"
    return evidence.said or f"exit status {evidence.status}"

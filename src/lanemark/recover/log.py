"""What the end of a log says: hostile text, read in bounds and without patterns that can take long."""

import re
from dataclasses import dataclass

from lanemark.recover.marks import MARKS, Mark
from lanemark.recover.types import Manager

MOST_LINES, MOST_LINE = 500, 2000
"""So many of the last lines are looked at, and so many characters of each."""

MOST_SIGNS, MOST_SIGN = 3, 200
"""So many lines are kept as evidence, and so many characters of each."""

MOST_RETRY_AFTER_S = 3600.0

_FAILED_TESTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b\d{1,7} (?:failed|errors?)\b.{0,200} in \d{1,7}(?:\.\d+)?s",  # pytest
        r"^FAILED \((?:failures|errors)=",  # unittest
        r"^\s*Tests:? +\d+ failed",  # jest, vitest
        r"^\s*--- FAIL: ",  # go
        r"^FAIL\t",
        r"^test result: FAILED",  # cargo
        r"^\s*\d+ failing$",  # mocha
        r"^(?:\[ERROR\] )?Tests run: \d+, (?:Failures: [1-9]|Failures: 0, Errors: [1-9])",  # maven
        r"^\d+% tests passed, [1-9]\d* tests? failed",  # ctest
        r"^(?:#|\u2139) fail [1-9]",  # node
        r"^\d+ examples?, [1-9]\d* failures?",  # rspec
        r"^(?:E +)?Interrupted: \d+ errors? during collection",
        r"^!+ Interrupted: \d+ errors? during collection",
        r"^FAIL: .*\.t$",
        r"^Result: FAIL$",  # prove
    )
)
_ANSI = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")
_RETRY_AFTER = re.compile(r"retry[- ]after:?\s{0,3}\"?(\d{1,6}(?:\.\d{1,3})?)\"?\s{0,3}(m?s\b|minutes?\b)?", re.IGNORECASE)
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?"
_HOSTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bhost='({_NAME})'",
        rf"https?://(?:[^\s/@]{{1,100}}@)?({_NAME})",
        rf"could not resolve host:? ({_NAME})",
        rf"failed to connect to ({_NAME})",
        rf"(?:getaddrinfo|lookup)(?: ENOTFOUND| EAI_AGAIN)? ({_NAME})",
        rf"(?:dial tcp|ECONNREFUSED|connect to) \[?({_NAME})",
    )
)
_COMMANDS: tuple[tuple[str, Manager], ...] = (
    ("uv ", "uv"),
    ("pip", "pip"),
    ("pnpm ", "pnpm"),
    ("yarn", "yarn"),
    ("npm ", "npm"),
    ("npx ", "npm"),
    ("go ", "go"),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The mark that explains a log best, and the lines that carry its class."""

    mark: Mark
    signs: tuple[str, ...]


def last_lines(log: str) -> list[str]:
    """Return the end of a log as lines without colours, each cut."""
    return [_ANSI.sub("", line[:MOST_LINE]).rstrip() for line in log.splitlines()[-MOST_LINES:]]


def read_marks(lines: list[str]) -> Reading | None:
    """Return what the log says of the cause, None where it says nothing we know.

    The last mark counts, because a tool that got over an error goes on; but what is only said after the real cause, such as
    `No matching distribution found` after five time-outs, gives way to any mark that names one.
    """
    lower = [line.lower() for line in lines]
    text = "\n".join(lower)
    best: tuple[bool, int, Mark] | None = None
    for mark in MARKS:
        at = text.rfind(mark.text)
        if at >= 0 and (best is None or (not mark.follows, at) > best[:2]):
            best = (not mark.follows, at, mark)
    if best is None:
        return None
    mark = best[2]
    like = [one for one in MARKS if one.cause == mark.cause and one.integrity == mark.integrity]
    shown = [one for one in like if one.text in text]
    carrying = [line for line, low in zip(lines, lower, strict=True) if any(one.text in low for one in shown)]
    return Reading(mark, signs_of(carrying))


def find_failed_tests(lines: list[str]) -> tuple[str, ...]:
    """Return the lines in which a test runner counts failures, none where there is no such line."""
    return signs_of([line for line in lines if any(pattern.search(line) for pattern in _FAILED_TESTS)])


def find_hosts(signs: tuple[str, ...]) -> tuple[str, ...]:
    """Return the hosts that some lines name, each once."""
    found = (match[1].lower() for sign in signs for pattern in _HOSTS for match in pattern.finditer(sign))
    return tuple(dict.fromkeys(found))[:10]


def find_retry_after(lines: list[str]) -> float | None:
    """Return the seconds after which a server wants to be asked again, by the last line that says so."""
    for line in reversed(lines):
        found = _RETRY_AFTER.search(line)
        if found:
            factor = {"ms": 0.001, "minute": 60.0, "minutes": 60.0}.get((found[2] or "").lower(), 1.0)
            return min(float(found[1]) * factor, MOST_RETRY_AFTER_S)
    return None


def find_manager(run: str, lines: list[str]) -> Manager | None:
    """Return the package manager that a command names, None where it names none; the log helps with the rest."""
    for text in (run, *reversed(lines)):
        for word, manager in _COMMANDS:
            if text.startswith(word) or f" {word}" in text or f"/{word}" in text or f"\n{word}" in text:
                return manager
    return None


def signs_of(lines: list[str]) -> tuple[str, ...]:
    """Return the last few different lines, cut, as evidence."""
    cut = (line.strip()[:MOST_SIGN] for line in reversed(lines))
    return tuple(dict.fromkeys(line for line in cut if line))[:MOST_SIGNS]

"""The user's own rules: a text in the log that names its class."""

from collections.abc import Sequence

from lanemark.config.types import RecoveryRule
from lanemark.recover.log import find_hosts, find_manager, find_retry_after, signs_of
from lanemark.recover.types import Diagnosis


def find_rule(rules: Sequence[RecoveryRule], lines: list[str]) -> Diagnosis | None:
    """Return what the first rule that fits says, None where none does."""
    for rule in rules:
        signs = signs_of([line for line in lines if fits(rule.match, line)])
        if signs:
            return Diagnosis(
                cause=rule.cause,
                confidence="likely",
                signs=(f"recovery rule in line {rule.line} of the configuration", *signs),
                manager=find_manager("", lines) if rule.cause in ("install", "corrupt-state") else None,
                integrity=rule.cause == "install",
                hosts=find_hosts(signs) if rule.cause == "network" else (),
                retry_after_s=find_retry_after(lines) if rule.cause == "network" else None,
                retries=rule.retries,
            )
    return None


def fits(match: str, line: str) -> bool:
    """Tell whether `line` has the pieces of `match`, which `*` separates, in this order; upper and lower case are one.

    Each piece is looked for once, after the one before: the time is the length of the line, whatever a pull request prints.
    """
    lower, at = line.lower(), 0
    for piece in match.lower().split("*"):
        found = lower.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True

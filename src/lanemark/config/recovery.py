"""`recovery:` and `quarantine:`: what a log says of its failure, and tests whose failures do not count for a while."""

import re
from typing import get_args

from lanemark.config.document import Node, Text
from lanemark.config.fields import Fields, Reader
from lanemark.config.lanes import refuse_stage
from lanemark.config.problems import Place, quoted
from lanemark.config.stages import Declared
from lanemark.config.types import MOST_RETRIES, Quarantined, RecoveryRule, RuleCause

CAUSES: tuple[RuleCause, ...] = get_args(RuleCause)
MOST_RULES, MOST_MATCH = 100, 200
_ADDRESS = re.compile(r"https?://[^\s<>\"']{3,300}")
_DAY = re.compile(r"2[0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


def read_recovery(node: Node | None, at: Place, reader: Reader) -> tuple[RecoveryRule, ...]:
    """Return the user's rules, in the order of the file."""
    fields = reader.fields(node, "recovery", "recovery", at)
    if fields is None:
        return ()
    items = list(reader.items(fields.get("rules"), "recovery.rules", fields.place("rules")))
    if len(items) > MOST_RULES:
        reader.problems.add(
            "LG114", items[MOST_RULES].place, f"recovery.rules has more than {MOST_RULES} rules", help="join some"
        )
    return tuple(rule for item in items[:MOST_RULES] if (rule := _read_rule(item, reader)) is not None)


def _read_rule(node: Node, reader: Reader) -> RecoveryRule | None:
    """Return one rule, None where it cannot be read."""
    label = "recovery.rules"
    fields = reader.fields(node, "recovery-rule", label, node.place)
    if fields is None:
        return None
    match = _needed(fields, "match", "write match: the text that a log has, `*` for anything between", reader)
    if fields.get("class") is None:
        reader.problems.add("LG106", node.place, f"{label}: this one has no class", help="write class: network")
    cause = reader.word(fields.get("class"), f"{label}.class", CAUSES)
    retries = reader.whole(fields.get("retries"), f"{label}.retries", low=0, high=MOST_RETRIES)
    if match is not None and (len(match.value) > MOST_MATCH or len(match.value.replace("*", "").strip()) < 3):
        help_ = f"write from 3 to {MOST_MATCH} characters of what the log has"
        reader.problems.add("LG114", match.place, f"{label}.match is too short or too long to mean one failure", help=help_)
        return None
    if match is None or cause is None:
        return None
    return RecoveryRule(match=match.value, line=match.place.line, cause=cause, retries=retries)


def read_quarantine(node: Node | None, at: Place, declared: Declared, reader: Reader) -> tuple[Quarantined, ...]:
    """Return what is in quarantine; each has an end and somewhere to read why."""
    found: dict[tuple[str, str], Quarantined] = {}
    for item in reader.items(node, "quarantine", at):
        one = _read_quarantined(item, declared, reader)
        if one is None:
            continue
        if (one.stage, one.test) in found:
            reader.problems.add("LG161", item.place, f"quarantine names {quoted(one.test or one.stage)} twice", help="keep one")
        found[one.stage, one.test] = one
    return tuple(found.values())


def _read_quarantined(node: Node, declared: Declared, reader: Reader) -> Quarantined | None:
    """Return one entry, None where it cannot be read."""
    fields = reader.fields(node, "quarantined", "quarantine", node.place)
    if fields is None:
        return None
    stage = _needed(fields, "stage", "write stage: unit", reader)
    test = reader.text(fields.get("test"), "quarantine.test")
    until = _needed(fields, "until", 'write until: "2026-12-31"', reader)
    issue = _needed(fields, "issue", "write issue: the address where people work on it", reader)
    if stage is not None and stage.value not in declared.stages:
        refuse_stage(stage, "quarantine", declared, reader)
        return None
    if until is not None and not _DAY.fullmatch(until.value):
        reader.problems.add("LG114", until.place, f"quarantine.until {quoted(until.value)} is no day", help="write 2026-12-31")
        return None
    if issue is not None and not _ADDRESS.fullmatch(issue.value):
        help_ = "write https://github.com/owner/name/issues/7"
        reader.problems.add("LG114", issue.place, f"quarantine.issue {quoted(issue.value)} is no address", help=help_)
        return None
    if stage is None or until is None or issue is None:
        return None
    line = node.place.line
    return Quarantined(stage=stage.value, test=test.value if test else "", until=until.value, issue=issue.value, line=line)


def _needed(fields: Fields, key: str, help_: str, reader: Reader) -> Text | None:
    """Return the text of a key that must be there."""
    if fields.get(key) is None:
        reader.problems.add("LG106", fields.at, f"{fields.where}: this one has no {key}", help=help_)
    return reader.text(fields.get(key), fields.label(key))

"""Many gates at once: a fail must stand although so many were asked."""

import msgspec

from judge.facts import band, difference, effect, measured, paired, policy, ran
from lanemark.judge.bands import Finding
from lanemark.judge.family import doubt_family
from lanemark.judge.overall import judge
from lanemark.judge.types import Verdict

FAIL = Finding(Verdict.FAIL, "+12 % reaches the limit of 10 %")
PASS = Finding(Verdict.PASS, "fine")


def test_a_fail_stands_alone_and_falls_in_a_crowd():
    assert doubt_family([FAIL], [0.01])[0].verdict is Verdict.FAIL
    crowd = doubt_family([FAIL, *[PASS] * 19], [0.01, *[0.5] * 19])
    assert crowd[0].verdict is Verdict.WARN
    assert "one-of-many" in crowd[0].tags
    assert "among 20 gates" in crowd[0].reason


def test_strong_evidence_stands_in_any_crowd():
    assert doubt_family([FAIL, *[PASS] * 19], [0.001, *[0.5] * 19])[0].verdict is Verdict.FAIL


def test_what_has_no_chance_is_no_part_of_the_family():
    found = doubt_family([FAIL, FAIL], [None, 0.04])
    assert [one.verdict for one in found] == [Verdict.FAIL, Verdict.FAIL]


def test_the_gates_of_a_whole_run_are_one_family():
    names = [f"s{number}" for number in range(20)]
    grown = effect(0.2, 0.15, 0.25)
    sure, weak = (
        [
            difference(
                _chance(grown if name == "s0" else effect(0.0, -0.01, 0.01), chance if name == "s0" else 0.5),
                grown if name == "s0" else None,
                stage=name,
            )
            for name in names
        ]
        for chance in (0.0005, 0.01)
    )
    rules = policy(*names, bands=[band(stage=name) for name in names])
    run = measured(*(ran(name) for name in names))
    verdicts = [judge(run, paired(*found), rules).verdict for found in (sure, weak)]
    assert verdicts == [Verdict.FAIL, Verdict.WARN]


def _chance(found, chance):
    return msgspec.structs.replace(found, chance=chance)

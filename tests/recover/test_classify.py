"""Which signal wins where several speak, and what hostile logs can do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.config.types import RecoveryRule
from lanemark.recover.classify import classify
from lanemark.recover.log import find_hosts, find_retry_after, last_lines, read_marks
from lanemark.recover.rules import fits
from lanemark.recover.types import Evidence, Room, TestReport

FULL = Room(path="/w", free_bytes=0, free_share=0.0, inodes_share=0.5)
EMPTY = Room(path="/w", free_bytes=1 << 40, free_share=0.9, inodes_share=0.9)


def cause(**evidence):
    rules = evidence.pop("rules", ())
    return classify(Evidence(**evidence), rules).cause


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ({"kind": "timeout", "status": 130, "log": "Connection refused"}, "timeout"),
        ({"kind": "timeout", "oom_kills": 1, "status": 137}, "timeout"),
        ({"kind": "cancelled", "log": "1 failed in 0.1s"}, "cancelled"),
        ({"interrupted": True, "log": "Segmentation fault"}, "interrupted"),
        ({"status": 137, "oom_kills": 1, "log": "1 failed in 0.1s"}, "out-of-memory"),
        ({"status": 2, "oom_kills": 1, "log": "make: *** [all] Killed"}, "out-of-memory"),
        ({"status": 1, "oom_kills": 1, "log": "1 failed in 0.1s"}, "test-failure"),
        ({"status": 137, "oom_kills": 0}, "unknown"),
        ({"status": 137, "oom_kills": None}, "out-of-memory"),
        ({"status": 137, "oom_kills": 0, "peak_bytes": 95, "memory_bytes": 100}, "out-of-memory"),
        ({"status": 1, "rooms": (FULL,)}, "disk-full"),
        ({"status": 1, "rooms": (EMPTY,)}, "unknown"),
        ({"status": 1, "rooms": (FULL,), "log": "1 failed, 2 passed in 0.1s"}, "test-failure"),
        ({"status": 1, "rooms": (FULL,), "log": "OSError: [Errno 28] No space left on device"}, "disk-full"),
        ({"status": 139, "rooms": (FULL,)}, "crash"),
        ({"status": 1, "tests": TestReport(failed=1, names=("a",)), "log": "ECONNREFUSED"}, "test-failure"),
        ({"status": 1, "tests": TestReport(failed=0), "log": "ECONNREFUSED"}, "network"),
        ({"status": 1, "log": "Read timed out.\nERROR: No matching distribution found for x"}, "network"),
        (
            {"status": 1, "log": "Connection reset by peer, trying again\nmkdir: cannot create directory: Permission denied"},
            "permission",
        ),
        ({"status": 1, "log": "Permission denied, trying the mirror\nConnection reset by peer"}, "network"),
        ({"status": 134, "log": "FATAL ERROR: JavaScript heap out of memory"}, "out-of-memory"),
        ({"status": 134}, "crash"),
        ({"status": 124, "run": "timeout 5 make"}, "timeout"),
        ({"status": 124, "run": "make"}, "unknown"),
        ({"status": 143}, "cancelled"),
        ({"status": 5, "run": "python -m pytest -q"}, "config"),
        ({"status": 5, "run": "./pytest-like"}, "unknown"),
        ({"kind": "not-found", "status": 127, "said": "exit status 127: a command of it was not found"}, "config"),
        ({"kind": "not-found", "status": 126, "said": "'x' could not be started: Permission denied"}, "permission"),
        ({"kind": "output-missing", "rooms": (FULL,)}, "config"),
        ({"kind": "flood", "status": 137}, "crash"),
        ({"status": 1, "log": "curl: (22) The requested URL returned error: 503"}, "network"),
        ({"status": 1, "log": "curl: (22) The requested URL returned error: 403"}, "permission"),
    ],
)
def test_the_strongest_signal_wins(evidence, expected):
    assert cause(**evidence) == expected


def test_rules_of_the_user_go_before_texts_and_after_what_we_did():
    rule = RecoveryRule(match="license server * busy", line=7, cause="network", retries=2)
    found = classify(Evidence(status=1, log="The License Server lm1 is BUSY\n1 failed in 0.1s"), (rule,))
    assert (found.cause, found.retries, found.signs[0]) == ("network", 2, "recovery rule in line 7 of the configuration")
    assert cause(kind="timeout", log="license server is busy", rules=(rule,)) == "timeout"
    assert cause(status=1, log="license server\nbusy", rules=(rule,)) == "unknown"


def test_every_class_has_evidence():
    assert classify(Evidence(status=3)).signs == ("exit status 3",)
    assert classify(Evidence(status=3, log="a\nlast words\n\n")).signs == ("exit status 3", "last words")
    assert "MiB" in classify(Evidence(status=1, rooms=(Room(path="/w", free_bytes=1 << 20, free_share=0.001),))).signs[0]


@given(st.text(max_size=400), st.integers(0, 255))
def test_any_log_gives_a_class_and_short_evidence(log, status):
    found = classify(Evidence(status=status, log=log))
    assert all(len(sign) <= 300 for sign in found.signs)
    assert found.signs


@pytest.mark.parametrize("line", ["=" * 60_000, "1 " * 30_000, "Tests run: " * 6000, "a" * 60_000 + "failed", "host='" * 10_000])
@pytest.mark.timeout(60)  # a pattern that runs away takes minutes
def test_a_hostile_log_is_read_to_its_end(line):
    found = classify(Evidence(status=1, log="\n".join([*[line] * 499, "Connection refused"])))
    assert found.cause in ("network", "test-failure")


def test_only_the_end_of_a_log_and_of_a_line_is_looked_at():
    assert len(last_lines("x\n" * 10_000)) == 500
    assert read_marks(last_lines("a" * 3000 + " Connection refused")) is None


@pytest.mark.parametrize(
    ("line", "hosts"),
    [
        ("HTTPSConnectionPool(host='pypi.org', port=443): Max retries", ("pypi.org",)),
        ("curl: (6) Could not resolve host: nowhere.invalid", ("nowhere.invalid",)),
        ("fatal: unable to access 'https://user:secret@git.example.org/x.git/': The requested", ("git.example.org",)),
        ("getaddrinfo EAI_AGAIN registry.npmjs.org", ("registry.npmjs.org",)),
        ("nothing here", ()),
    ],
)
def test_hosts_are_found(line, hosts):
    assert find_hosts((line,)) == hosts


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Retry-After: 7", 7.0),
        ("retry after 2 minutes", 120.0),
        ('"retry-after": "3"', None),
        ("Retry-After: 999999", 3600.0),
        ("", None),
    ],
)
def test_retry_after_is_found_in_a_log(text, seconds):
    assert find_retry_after([text]) == seconds


@given(st.text(max_size=30), st.text(max_size=60))
def test_a_rule_fits_what_has_its_pieces_in_order(match, line):
    pieces = match.lower().split("*")
    if fits(match, line):
        assert all(piece in line.lower() for piece in pieces)
    if "*" not in match:
        assert fits(match, line) == (match.lower() in line.lower())

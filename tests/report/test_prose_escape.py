import pytest

from lanemark.escape import fenced, log_lines, prose


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ("no such file: coverage.xml, 3 of 4 read", "no such file: `coverage.xml`, 3 of 4 read"),
        ("10 pairs see no less than 4.1 % here", "10 pairs see no less than 4.1 % here"),
        ("+12.3 % (limit 10 %)", "+12.3 % (limit 10 %)"),
        ("ask @bob about #1", "ask `@\u200bbob` about `#1`"),
        ("at deadbee or 1234567", "at `deadbee` or `1234567`"),
        ("GHSA-abcd-efgh-jkmp", "`GHSA-abcd-efgh-jkmp`"),
        ("see www.evil.example", "see `www.evil.example`"),
        ("a|b", "`a\\|b`"),
        ("two\nlines", "`two\\u000alines`"),
        ("1. one", "\u200b1. one"),
        ("0.1.0", "0.1.0"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_prose_keeps_plain_words_and_puts_the_rest_in_code(raw, written):
    assert prose(raw) == written


def test_prose_beyond_its_limit_says_that_it_goes_on():
    assert prose("word " * 100, limit=12) == "word word `w…`"
    assert len(prose("x" * 5000)) < 700


def test_a_fence_is_longer_than_any_run_of_backticks_inside():
    assert fenced("a\n`````\nb").splitlines() == ["``````text", "a", "`````", "b", "``````"]


def test_log_lines_lose_colours_and_show_what_is_invisible():
    assert log_lines("\x1b[1;31mred\x1b[0m\tx\nbell\x07 \u202e") == ["red x", "bell\\u0007 \\u202e"]

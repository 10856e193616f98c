"""No secret that we hold stands in a log, an outcome, or what is kept."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import make_place, make_stage, make_tools
from lanemark.run.plan import execute_plan
from lanemark.run.secrets import HIDDEN, hide
from lanemark.settings import read_settings

SECRET = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"


def run(tmp_path, command, *secrets, said=None):
    tools = replace(make_tools(tmp_path, said=said), secrets=tuple(text.encode() for text in secrets))
    place = make_place(tmp_path, make_stage("unit", command))
    return execute_plan(place, tools)["unit"], place


def test_secret_is_neither_echoed_nor_left_in_the_log(tmp_path):
    said = []
    outcome, place = run(tmp_path, f"echo before {SECRET} after; echo {SECRET}{SECRET} >&2; exit 1", SECRET, said=said)
    assert SECRET not in "\n".join(said)
    assert "  unit | before *** after" in said
    assert "  unit ! ******" in said
    assert SECRET not in outcome.failure.tail
    assert (tmp_path / "log-head/unit.out").read_text() == "before *** after\n"
    assert SECRET not in (tmp_path / "log-head/unit.err").read_text()
    assert place.log("unit").endswith("/unit")


def test_log_without_a_secret_is_left_as_it_is(tmp_path):
    run(tmp_path, "printf 'a\\0b\\377'", SECRET)
    assert (tmp_path / "log-head/unit.out").read_bytes() == b"a\0b\xff"
    assert (tmp_path / "log-head/unit.out").stat().st_mode & 0o777 == 0o644


def test_secret_that_falls_between_two_pieces_is_found(tmp_path):
    size = (1 << 20) - 20
    run(tmp_path, f"head -c {size} /dev/zero; printf %s {SECRET}", SECRET)
    data = (tmp_path / "log-head/unit.out").read_bytes()
    assert data == b"\0" * size + b"***"


@given(st.binary(max_size=60), st.lists(st.binary(min_size=8, max_size=12), min_size=1, max_size=3))
def test_nothing_of_a_secret_is_left(data, secrets):
    for whole in (data + b"".join(secrets) + data, secrets[0] * 2):
        shown = hide(whole, tuple(secrets)).replace(HIDDEN, b"\0\1" * 20)
        assert not [secret for secret in secrets if secret in shown and b"*" not in secret and b"\0" not in secret]


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({"GITHUB_TOKEN": SECRET}, {SECRET}),
        ({"npm_config__authtoken": SECRET}, {SECRET}),
        ({"AWS_SECRET_ACCESS_KEY": "abcdefgh"}, {"abcdefgh"}),
        ({"DB_PASSWORD": "short"}, set()),
        (
            {"SIGNING_KEY": "line one of it\nline two of it\nx"},
            {"line one of it\nline two of it\nx", "line one of it", "line two of it"},
        ),
        ({"HOME": "/home/somebody", "PATH": "/usr/bin:/bin"}, set()),
    ],
)
def test_variables_that_sound_secret_hold_secrets(environment, found):
    settings = read_settings(environment, folder="/w")
    assert set(settings.secrets) == found
    assert not [secret for secret in found if secret in repr(settings)]

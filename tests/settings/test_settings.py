import pytest

from lanemark.config.types import Mode
from lanemark.errors import UsageError
from lanemark.settings import TOKENS, Secret, read_mode_cap, read_settings


def settings(**environment):
    return read_settings({"PATH": "/bin", "HOME": "/home/ada", **environment}, folder="/here")


@pytest.mark.parametrize("name", TOKENS)
def test_no_token_reaches_a_stage_even_when_it_is_asked_for(name):
    found = settings(**{name: "ghs_secret", "LANEMARK_PASS_ENV": f"{name}, MINE", "MINE": "1", "OTHER": "2"})
    assert found.stage_environment == {"PATH": "/bin", "HOME": "/home/ada", "MINE": "1"}
    assert found.token_name == name


def test_a_token_is_never_shown():
    found = settings(LANEMARK_INPUT_GITHUB_TOKEN="ghs_secret")
    assert found.token == Secret("ghs_secret")
    assert "ghs_secret" not in f"{found} {found!r} {found.token} {found.token!r}"


def test_an_id_token_is_not_a_token_for_the_api():
    assert settings(ACTIONS_ID_TOKEN_REQUEST_TOKEN="x").token is None


@pytest.mark.parametrize(
    ("environment", "cache"),
    [
        ({"LANEMARK_CACHE": "/c", "RUNNER_TEMP": "/t"}, "/c"),
        ({"RUNNER_TEMP": "/t"}, "/t/lanemark"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/lanemark"),
        ({}, "/home/ada/.cache/lanemark"),
    ],
)
def test_where_state_lies(environment, cache):
    assert settings(**environment).cache == cache


def test_the_run_has_an_address_only_in_actions():
    assert settings().run_url == ""
    found = settings(GITHUB_REPOSITORY="o/r", GITHUB_RUN_ID="5", GITHUB_RUN_ATTEMPT="2")
    assert found.run_url == "https://github.com/o/r/actions/runs/5/attempts/2"


def test_a_number_that_is_none_is_not_taken():
    assert settings(GITHUB_RUN_ID="5; rm").run_id == 0


def test_a_mode_cap_is_a_mode_or_an_error():
    assert read_mode_cap("") is None
    assert read_mode_cap("inform") is Mode.INFORM
    with pytest.raises(UsageError) as raised:
        read_mode_cap("soft")
    assert "shadow" in raised.value.help

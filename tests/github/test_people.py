"""Who set a label, and who may write: by GitHub's own list of what happened, never by what a payload or a stranger says."""

from urllib.parse import quote

import pytest

from lanemark.errors import GitHubError
from lanemark.github.people import labelled_by, may_write

B, C = ("b" * 40, "c" * 40)


@pytest.fixture
def pull(hub):
    hub.roles = {"ada": "write", "grace": "maintain", "root": "admin", "tim": "triage", "reader": "read", "nobody": "none"}
    return hub.add_pull(7, head_sha=C, base_sha=B)


def test_who_set_a_label_is_found(hub, client, pull):
    hub.add_label(7, "run-heavy", "mallory")
    hub.add_label(7, "lane:docs", "ada")
    assert labelled_by(client, 7, "lane:docs") == "ada"
    assert labelled_by(client, 7, "Lane:Docs") == "ada"
    assert labelled_by(client, 7, "run-heavy") == "mallory"


def test_the_last_one_who_set_it_counts(hub, client, pull):
    hub.add_label(7, "lane:docs", "ada")
    hub.remove_label(7, "lane:docs", "grace")
    hub.add_label(7, "lane:docs", "mallory")
    assert labelled_by(client, 7, "lane:docs") == "mallory"


def test_a_label_that_was_taken_away_or_renamed_was_set_by_nobody(hub, client, pull):
    hub.add_label(7, "lane:docs", "ada")
    hub.remove_label(7, "lane:docs", "grace")
    pull.labels = ("lane:standard",)
    assert labelled_by(client, 7, "lane:docs") == ""
    assert labelled_by(client, 7, "lane:standard") == ""


def test_all_pages_are_read(hub, client, pull):
    for number in range(150):
        hub.add_label(7, f"label-{number}", "tim")
    hub.add_label(7, "lane:docs", "ada")
    assert labelled_by(client, 7, "lane:docs") == "ada"


@pytest.mark.parametrize(
    ("login", "may"),
    [("ada", True), ("grace", True), ("root", True), ("tim", False), ("reader", False), ("nobody", False), ("", False)],
)
def test_only_writers_may_write(hub, client, pull, login, may):
    assert may_write(client, login) is may


@pytest.mark.parametrize("login", ["mallory", "github-actions[bot]", "../../../user", "a/b?c#d"])
def test_who_is_no_user_here_may_not(hub, client, pull, login):
    assert may_write(client, login) is False
    assert [exchange.path for exchange in hub.exchanges] == [
        f"/repos/{hub.own.name}/collaborators/{quote(login, safe='')}/permission"
    ]


def test_a_token_that_may_not_ask_is_no_answer(hub, client, pull):
    hub.fail("GET", "permission", 403, message="Must have push access to view collaborator permission.")
    with pytest.raises(GitHubError, match="Must have push access"):
        may_write(client, "ada")


def test_github_down_is_no_answer(hub, client, pull):
    hub.add_label(7, "lane:docs", "ada")
    hub.fail("GET", "events", 503, times=99)
    with pytest.raises(GitHubError, match="503"):
        labelled_by(client, 7, "lane:docs")

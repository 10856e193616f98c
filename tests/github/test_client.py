"""The client against a GitHub that fails in every way it is known to."""

import subprocess
import sys

import msgspec
import pytest

from emulator.server import READ_TOKEN, WRITE_TOKEN, GitHubEmulator
from lanemark.errors import GitHubError
from lanemark.github.answers import CommentPart
from lanemark.github.client import GitHub
from lanemark.github.faults import AnswerError
from lanemark.github.patience import Answer, Patience, wait_before_retry

COMMENTS = "/repos/octo-org/shop/issues/7/comments"


@pytest.fixture(autouse=True)
def _pull(hub):
    hub.add_pull(7, head_sha="c" * 40, base_sha="b" * 40)


def bodies(hub):
    return [each.body for each in hub.comments.values()]


def create(client, hub, text="x"):
    def landed():
        return next((each for each in client.pages(COMMENTS, CommentPart) if each.body == text), None)

    return client.create(COMMENTS, {"body": text}, CommentPart, landed=landed)


@pytest.mark.parametrize("fault", [{"status": 502}, {"status": None}, {"status": 503, "times": 3}, {"status": 429}])
def test_a_get_is_asked_again_until_it_works(hub, client, fault):
    hub.add_comment(7, "hello")
    hub.fail("GET", "comments", **fault)
    assert [each.body for each in client.pages(COMMENTS, CommentPart)] == ["hello"]
    assert len(hub.sent("GET")) == fault.get("times", 1) + 1 == client.traffic.requests


@pytest.mark.parametrize("status", [502, None])
def test_a_patch_is_asked_again(hub, client, status):
    comment = hub.add_comment(7, "old")
    hub.fail("PATCH", "comments", status, applied=True)
    client.replace(f"/repos/octo-org/shop/issues/comments/{comment.id}", {"body": "new"}, CommentPart)
    assert bodies(hub) == ["new"]
    assert len(hub.sent("PATCH")) == 2


@pytest.mark.parametrize("status", [502, 500, None])
def test_a_post_that_landed_is_not_repeated(hub, client, status):
    hub.fail("POST", "comments", status, applied=True)
    assert create(client, hub).body == "x"
    assert bodies(hub) == ["x"]
    assert len(hub.sent("POST")) == 1


@pytest.mark.parametrize("status", [502, None])
def test_a_post_that_did_not_land_is_repeated(hub, client, status):
    hub.fail("POST", "comments", status, times=2)
    create(client, hub)
    assert bodies(hub) == ["x"]
    assert len(hub.sent("POST")) == 3


def test_a_post_under_a_rate_limit_is_repeated_without_a_look(hub, client):
    hub.fail("POST", "comments", 403, message="You have exceeded a secondary rate limit", applied=False)
    create(client, hub)
    assert bodies(hub) == ["x"]
    assert hub.sent("GET") == []


def test_deleting_what_is_gone_is_fine(hub, client):
    client.delete("/repos/octo-org/shop/issues/comments/5")
    assert len(hub.sent("DELETE")) == 1


def test_a_failure_that_lasts_is_an_error_of_ours(hub, client):
    hub.fail("GET", "comments", 502, times=99)
    with pytest.raises(AnswerError, match="answered 502") as caught:
        list(client.pages(COMMENTS, CommentPart))
    assert caught.value.status == 502
    assert caught.value.exit_status == 6
    assert len(hub.sent("GET")) == client.patience.attempts


def test_a_host_that_is_not_there_is_an_error_of_ours(connect):
    client = GitHub(
        WRITE_TOKEN, api_url="http://127.0.0.1:9", repository="o/r", patience=Patience(attempts=1, between_requests=0)
    )
    with pytest.raises(AnswerError, match="gave no answer") as caught:
        client.get("/repos/o/r", CommentPart)
    assert "127.0.0.1:9" in caught.value.help


def test_retry_after_is_honoured(hub, client):
    hub.add_comment(7, "hello")
    hub.fail("GET", "comments", 403, headers={"Retry-After": "1"}, message="You have exceeded a secondary rate limit")
    list(client.pages(COMMENTS, CommentPart))
    first, second = hub.sent("GET")
    assert second.at - first.at >= 1.0


def test_a_wait_that_is_too_long_is_not_begun(hub, client):
    hub.fail("GET", "comments", 403, headers={"Retry-After": "21600"}, message="You have exceeded a secondary rate limit")
    with pytest.raises(AnswerError, match="secondary rate limit") as caught:
        list(client.pages(COMMENTS, CommentPart))
    assert "limit" in caught.value.help
    assert len(hub.sent("GET")) == 1


def test_the_waits_of_a_whole_run_are_bounded(hub, connect):
    client = connect(patience=Patience(between_requests=0, backoff=0.03, attempts=2, most_in_all=0.07))
    hub.fail("GET", "comments", 502, times=99)
    for _ in range(4):
        with pytest.raises(AnswerError):
            list(client.pages(COMMENTS, CommentPart))
    assert len(hub.sent("GET")) == 6, "two of the four may be asked again"
    assert client.traffic.sentence() == "6 requests, 2 retries, 60 ms waited"


def test_a_run_asks_no_more_than_its_budget(hub, connect):
    client = connect(patience=Patience(between_requests=0, most_requests=3))
    for _ in range(3):
        list(client.pages(COMMENTS, CommentPart))
    with pytest.raises(GitHubError, match="no more than 3 are spent on one run"):
        list(client.pages(COMMENTS, CommentPart))
    assert len(hub.sent()) == 3


def test_what_was_asked_is_told_without_the_token(hub, client):
    list(client.pages(COMMENTS, CommentPart))
    hub.fail("GET", "comments", None)
    list(client.pages(COMMENTS, CommentPart))
    path = f"/repos/{hub.own.name}/issues/7/comments"
    assert client.traffic.lines == [f"GET {path}: 200", f"GET {path}: no answer", f"GET {path}: 200"]
    assert client.traffic.sentence().startswith("3 requests, 1 retry, ")


def test_waits_are_bounded_in_all(hub, connect):
    client = connect(patience=Patience(between_requests=0, backoff=0.03, attempts=99, most=0.1))
    hub.fail("GET", "comments", 502, times=99)
    with pytest.raises(AnswerError):
        list(client.pages(COMMENTS, CommentPart))
    assert len(hub.sent("GET")) == 3  # 0.03 and 0.06 fit, 0.12 more do not


@pytest.mark.parametrize(
    ("token", "words", "remedy"),
    [
        (READ_TOKEN, "403", "pull-requests: write"),
        ("ghs_unknown", "401", "github-token"),
    ],
)
def test_a_token_that_may_not_is_told_what_it_lacks(hub, connect, token, words, remedy):
    client = connect(token)
    with pytest.raises(AnswerError, match=words) as caught:
        create(client, hub)
    assert remedy in caught.value.help
    assert token not in str(caught.value) + caught.value.help
    assert len(hub.sent("POST")) == 1


def test_each_permission_is_named_for_its_operation(hub, connect):
    client = connect(READ_TOKEN)
    with pytest.raises(AnswerError) as caught:
        client.create("/repos/octo-org/shop/check-runs", {"name": "x", "head_sha": "c" * 40}, CommentPart, landed=lambda: None)
    assert "checks: write" in caught.value.help


def test_what_does_not_exist_is_said_so(client):
    with pytest.raises(AnswerError, match="404") as caught:
        client.get("/repos/octo-org/shop/pulls/8", CommentPart)
    assert caught.value.status == 404
    assert "pull-requests: read" in caught.value.help


def test_all_pages_are_read(hub, client):
    for number in range(230):
        hub.add_comment(7, str(number))
    assert [each.body for each in client.pages(COMMENTS, CommentPart)] == [str(number) for number in range(230)]
    assert len(hub.sent("GET")) == 3


def test_the_api_of_an_enterprise_server_lies_below_a_path():
    with GitHubEmulator(prefix="/api/v3") as hub:
        hub.add_pull(7, head_sha="c" * 40, base_sha="b" * 40)
        for number in range(101):
            hub.add_comment(7, str(number))
        client = GitHub(hub.token, api_url=f"{hub.url}/", repository=hub.own.name, patience=Patience(between_requests=0))
        assert client.api_url.endswith("/api/v3")
        assert len(list(client.pages(COMMENTS, CommentPart))) == 101


def test_a_list_that_continues_elsewhere_is_refused(client):
    with pytest.raises(GitHubError, match="outside"):
        client._own_address("https://evil.example/repos/o/r?page=2")
    with pytest.raises(GitHubError, match="outside"):
        client._own_address(client.api_url + "0/x")


def test_an_answer_of_another_shape_is_an_error_of_ours(hub, client):
    class Odd(msgspec.Struct):
        nothing_of_this_name: int

    with pytest.raises(GitHubError, match="nothing_of_this_name"):
        client.get("/repos/octo-org/shop", Odd)


@pytest.mark.parametrize("api_url", ["", "ftp://x", "https://h?q", "//h", "https:///x"])
def test_an_api_address_that_is_none_is_refused(api_url):
    with pytest.raises(GitHubError, match="address"):
        GitHub("t", api_url=api_url, repository="o/r")


@pytest.mark.parametrize("repository", ["o", "o/..", "../r", "o/.", "o/r/x", "../x/y", "o/r?x", "o r/x", ""])
def test_a_repository_that_is_none_is_refused(repository):
    with pytest.raises(GitHubError, match="is not a repository"):
        GitHub("t", api_url="https://api.github.com", repository=repository)


@pytest.mark.parametrize("token", ["", " ", "a b", "secret\nX-Evil: 1", "sécret"])
def test_a_token_that_is_none_is_refused_without_showing_it(token):
    with pytest.raises(GitHubError, match="the token is") as caught:
        GitHub(token, api_url="https://api.github.com", repository="o/r")
    assert "secret" not in caught.value.message


def test_pygithub_is_loaded_only_when_a_request_is_made():
    rooms = "send, threads, artifacts, baselines, changes, client"
    source = f"import sys; from lanemark.github import {rooms}; print(sorted({{'github', 'requests', 'numpy', 'jinja2'}} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert done.stdout.strip() == "[]"


P = Patience()


@pytest.mark.parametrize(
    ("answer", "attempt", "wait"),
    [
        (Answer(status=502), 1, 1.0),
        (Answer(status=502), 3, 4.0),
        (Answer(status=0), 1, 1.0),
        (Answer(status=502), 5, None),
        (Answer(status=502, headers={"retry-after": "7"}), 1, 7.0),
        (Answer(status=429), 1, 60.0),
        (Answer(status=429, headers={"retry-after": "junk"}), 1, 60.0),
        (
            Answer(
                status=403, text="API rate limit exceeded", headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1030"}
            ),
            1,
            31.0,
        ),
        (
            Answer(
                status=403, text="API rate limit exceeded", headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "900"}
            ),
            1,
            1.0,
        ),
        (Answer(status=403, text="Resource not accessible by integration"), 1, None),
        (Answer(status=404), 1, None),
        (Answer(status=422), 1, None),
    ],
)
def test_each_answer_has_its_wait(answer, attempt, wait):
    assert wait_before_retry(answer, attempt, P, now=1000.0) == wait

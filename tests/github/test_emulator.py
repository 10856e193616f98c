"""The emulator is only worth its tests when it catches what GitHub would refuse, and answers as GitHub does."""

import hashlib
import json
import urllib.error
import urllib.request

import pytest

from emulator.conformance import check_answer, check_request
from emulator.description import example
from emulator.server import GitHubEmulator
from lanemark.github.artifacts import fetch_files, list_artifacts

R = "/repos/o/r"
COMMENT = f"{R}/issues/7/comments"
CHECK = {
    "name": "n",
    "head_sha": "c" * 40,
    "status": "completed",
    "conclusion": "success",
    "output": {"title": "t", "summary": "s"},
}
NOTE = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}


def bytes_of(value):
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("POST", COMMENT, "", b""),
        ("POST", COMMENT, "", b"{"),
        ("POST", COMMENT, "", bytes_of({"text": "x"})),
        ("POST", COMMENT, "", bytes_of({"body": 1})),
        ("POST", COMMENT, "", bytes_of({"body": "x", "bodi": "x"})),
        ("GET", COMMENT, "per_pages=100", b""),
        ("GET", COMMENT, "per_page=many", b""),
        ("GET", COMMENT, "", b"{}"),
        ("GET", f"{R}/issues/7/coments", "", b""),
        ("PUT", COMMENT, "", b""),
        ("GET", f"{R}/pulls", "state=opened", b""),
        ("POST", f"{R}/check-runs", "", bytes_of({**CHECK, "conclusion": "succes"})),
        ("POST", f"{R}/check-runs", "", bytes_of({key: value for key, value in CHECK.items() if key != "name"})),
        ("POST", f"{R}/check-runs", "", bytes_of({**CHECK, "output": {"title": "t", "summary": "s" * 65_536}})),
        (
            "POST",
            f"{R}/check-runs",
            "",
            bytes_of({**CHECK, "output": {"title": "t", "summary": "s", "annotations": [NOTE] * 51}}),
        ),
        (
            "POST",
            f"{R}/check-runs",
            "",
            bytes_of({**CHECK, "output": {"title": "t", "summary": "s", "annotations": [{**NOTE, "line": 1}]}}),
        ),
    ],
)
def test_a_request_github_would_refuse_is_caught(method, path, query, body):
    assert check_request(method, path, query, body) != []


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("POST", COMMENT, "", bytes_of({"body": "x"})),
        ("GET", COMMENT, "per_page=100&page=2", b""),
        (
            "POST",
            f"{R}/check-runs",
            "",
            bytes_of({**CHECK, "output": {"title": "t", "summary": "s", "annotations": [NOTE] * 50}}),
        ),
        ("GET", f"{R}/contents/.github/lanemark.yml", "ref=x", b""),
    ],
)
def test_a_request_github_takes_is_not_caught(method, path, query, body):
    assert check_request(method, path, query, body) == []


COMMENT_ANSWER = example("issue-comment")


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (201, b""),
        (200, bytes_of(COMMENT_ANSWER)),
        (418, bytes_of(COMMENT_ANSWER)),
        (201, bytes_of({**COMMENT_ANSWER, "id": "1"})),
        (201, bytes_of({key: value for key, value in COMMENT_ANSWER.items() if key != "user"})),
        (403, bytes_of({"message": 1})),
    ],
)
def test_an_answer_github_would_not_give_is_caught(status, answer):
    assert check_answer("POST", COMMENT, status, answer) != []


@pytest.mark.parametrize(("status", "answer"), [(201, COMMENT_ANSWER), (403, {"message": "no"}), (401, {"message": "no"})])
def test_an_answer_github_gives_is_not_caught(status, answer):
    assert check_answer("POST", COMMENT, status, bytes_of(answer)) == []


def test_leaving_the_block_fails_when_something_did_not_conform():
    with pytest.raises(AssertionError, match="unknown query parameter nonsense"), GitHubEmulator() as hub:  # noqa: PT012
        request = urllib.request.Request(f"{hub.url}/rate_limit?nonsense=1", headers={"Authorization": f"Bearer {hub.token}"})
        with pytest.raises(urllib.error.HTTPError, match="422") as caught:
            urllib.request.urlopen(request)
        caught.value.close()


def call(hub, name, body):
    address = f"{hub.results_url}twirp/github.actions.results.api.v1.ArtifactService/{name}"
    with urllib.request.urlopen(urllib.request.Request(address, data=bytes_of(body), method="POST")) as stream:
        return json.loads(stream.read())


def put(address, data):
    with urllib.request.urlopen(urllib.request.Request(address, data=data, method="PUT")) as stream:
        return stream.status


def test_what_a_job_uploads_is_what_rest_lists(hub, client):
    """The protocol of upload-artifact v4: make, upload in blocks, finish with the digest; then read it as publish does."""
    from emulator.state import pack

    hub.add_run(77, head_sha="c" * 40, event="pull_request")
    data = pack({"head/result.json": "{}"})
    name = {"workflowRunBackendId": "77", "name": "lanemark-measure-standard-0-1"}
    address = call(hub, "CreateArtifact", name)["signed_upload_url"]
    assert list_artifacts(client, 77) == ()
    assert put(f"{address}&comp=block&blockid=MQ%3D%3D", data[:10]) == 201
    assert put(f"{address}&comp=block&blockid=Mg%3D%3D", data[10:]) == 201
    put(f"{address}&comp=blocklist", b"<BlockList><Latest>MQ==</Latest><Latest>Mg==</Latest></BlockList>")
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    assert call(hub, "FinalizeArtifact", {**name, "size": str(len(data)), "hash": {"value": digest}})["ok"]
    listed = list_artifacts(client, 77)
    assert [(each.name, each.digest) for each in listed] == [("lanemark-measure-standard-0-1", digest)]
    assert fetch_files(client, listed[0], ["head/result.json"]) == {"head/result.json": b"{}"}
    assert call(hub, "ListArtifacts", {"workflow_run_backend_id": "77"})["artifacts"][0]["digest"] == digest
    with urllib.request.urlopen(call(hub, "GetSignedArtifactURL", name)["signed_url"]) as stream:
        assert stream.read() == data


def test_an_artifact_cannot_be_made_twice_or_finished_with_another_digest(hub):
    name = {"workflow_run_backend_id": "1", "name": "a"}
    put(call(hub, "CreateArtifact", name)["signed_upload_url"], b"data")
    for method, more, status in (("CreateArtifact", {}, "409"), ("FinalizeArtifact", {"hash": {"value": "sha256:0"}}, "400")):
        with pytest.raises(urllib.error.HTTPError, match=status) as caught:
            call(hub, method, {**name, **more})
        caught.value.close()


@pytest.mark.parametrize(("headers", "query", "status"), [({"Authorization": "Bearer x"}, None, "400"), ({}, "sig=guess", "403")])
def test_the_store_refuses_a_token_and_a_guess(hub, headers, query, status):
    address = call(hub, "CreateArtifact", {"workflow_run_backend_id": "1", "name": "a"})["signed_upload_url"]
    put(address, b"data")
    address = address if query is None else f"{address.partition('?')[0]}?{query}"
    with pytest.raises(urllib.error.HTTPError, match=status) as caught:
        urllib.request.urlopen(urllib.request.Request(address, headers=headers))
    caught.value.close()


def test_a_cache_entry_is_found_by_its_key_or_a_prefix_once_it_is_whole(hub):
    entry = {"key": "deps-1", "version": "v"}
    address = call(hub, "CreateCacheEntry", entry)["signed_upload_url"]
    assert not call(hub, "GetCacheEntryDownloadURL", entry)["ok"]
    put(address, b"cached")
    call(hub, "FinalizeCacheEntryUpload", entry)
    assert not call(hub, "CreateCacheEntry", entry)["ok"]
    hit = call(hub, "GetCacheEntryDownloadURL", {"key": "deps-2", "restoreKeys": ["deps-"], "version": "v"})
    assert hit["matched_key"] == "deps-1"
    with urllib.request.urlopen(hit["signed_download_url"]) as stream:
        assert stream.read() == b"cached"

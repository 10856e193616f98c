"""The results service of Actions on loopback: artifacts (v4 protocol) and cache (v2), for the real upload and download actions.

Twirp over JSON, and Azure-like block blobs. Artifacts are those of the REST side: what run N uploads here is listed there.
Point `act` at it with `ACTIONS_RUNTIME_URL` in act's own environment. The signature in blob addresses is long because runners mask it.
"""

import hashlib
import json
import re
import time
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from emulator.state import Artifact, State, finished

SIGNATURE = "c2lnbmF0dXJlLXBsYWNlaG9sZGVy"
TWIRP = re.compile(r"/twirp/github\.actions\.results\.api\.v1\.\w+/(\w+)")
BLOB = re.compile(r"/blob/(\d+)")


class CacheEntries:
    """What the cache service holds: (key, version) to the id of a blob, and which of them are whole."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], int] = {}
        self.done: set[int] = set()

    def find(self, keys: list[str], version: str) -> tuple[str, int] | None:
        """Return the newest whole entry for the first key that is one, or begins one."""
        for key in keys:
            hits = [
                (name, blob)
                for (name, v), blob in self.entries.items()
                if v == version and blob in self.done and name.startswith(key)
            ]
            if hits:
                return max(hits, key=lambda hit: (hit[0] == key, hit[1]))
        return None


def handler(state: State) -> type[BaseHTTPRequestHandler]:
    """Return a request handler that serves `state`."""
    return type("ResultsHandler", (_Handler,), {"state": state, "cache": CacheEntries(), "blocks": {}})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    state: State
    cache: CacheEntries
    blocks: dict[int, dict[str, bytes]]

    def log_message(self, *_: Any) -> None:
        """Say nothing on stderr."""

    def do_any(self) -> None:
        """Serve a call or a blob."""
        address = urlsplit(self.path)
        body = self._body()
        call, blob = TWIRP.fullmatch(address.path), BLOB.fullmatch(address.path)
        with self.state.lock:
            if call:
                self._json(*self._call(call[1], json.loads(body or b"{}")))
            elif blob and "Authorization" in self.headers:
                self._send(400, b"<Error><Code>InvalidAuthenticationInfo</Code></Error>", "application/xml")
            elif blob and parse_qs(address.query).get("sig") != [SIGNATURE]:
                self._send(403, b"<Error><Code>AuthenticationFailed</Code></Error>", "application/xml")
            elif blob and self.command == "PUT":
                self._put(int(blob[1]), {key: values[0] for key, values in parse_qs(address.query).items()}, body)
            elif blob:
                self._get(int(blob[1]))
            else:
                self._send(404)

    do_GET = do_PUT = do_POST = do_HEAD = do_any

    # Calls -------------------------------------------------------------------------------------------------------------------

    def _call(self, name: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        calls = {
            "CreateArtifact": self._create_artifact,
            "FinalizeArtifact": self._finalize_artifact,
            "ListArtifacts": self._list_artifacts,
            "GetSignedArtifactURL": self._artifact_url,
            "CreateCacheEntry": self._create_cache,
            "FinalizeCacheEntryUpload": self._finalize_cache,
            "GetCacheEntryDownloadURL": self._cache_url,
        }
        return calls[name](_snake(given)) if name in calls else (404, {"code": "bad_route", "msg": name})

    def _find(self, run: str, name: str) -> Artifact | None:
        return next((each for each in self.state.artifacts.values() if each.run == run and each.name == name), None)

    def _create_artifact(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        run, name = str(given["workflow_run_backend_id"]), given["name"]
        if self._find(run, name):
            return 409, {"code": "already_exists", "msg": "an artifact with this name already exists on the workflow run"}
        artifact = Artifact(id=self.state.next_id(), run=run, name=name)
        self.state.artifacts[artifact.id] = artifact
        return 200, {"ok": True, "signed_upload_url": self._address(artifact.id)}

    def _finalize_artifact(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        artifact = self._find(str(given["workflow_run_backend_id"]), given["name"])
        if artifact is None or artifact.id not in self.state.blobs:
            return 404, {"code": "not_found", "msg": "artifact"}
        data = self.state.blobs[artifact.id]
        claimed = _value(given.get("hash"))
        if claimed and claimed != "sha256:" + hashlib.sha256(data).hexdigest():
            return 400, {"code": "invalid_argument", "msg": "hash"}
        self.state.artifacts[artifact.id] = finished(artifact, data)
        return 200, {"ok": True, "artifact_id": str(artifact.id)}

    def _list_artifacts(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        run, name, wanted = (
            str(given["workflow_run_backend_id"]),
            _value(given.get("name_filter")),
            _value(given.get("id_filter")),
        )
        found = [
            {
                "workflow_run_backend_id": each.run, "workflow_job_run_backend_id": "1", "database_id": str(each.id), "name": each.name,
                "size": str(len(self.state.blobs[each.id])), "created_at": each.created, "digest": each.digest,
            }
            for each in self.state.artifacts.values()
            if each.done and each.run == run and name in (None, "", each.name) and str(wanted or each.id) == str(each.id)
        ]  # fmt: skip
        return 200, {"artifacts": found}

    def _artifact_url(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        artifact = self._find(str(given["workflow_run_backend_id"]), given["name"])
        if artifact is None or not artifact.done:
            return 404, {"code": "not_found", "msg": "artifact"}
        return 200, {"name": artifact.name, "signed_url": self._address(artifact.id)}

    def _create_cache(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        key = (given["key"], given["version"])
        if key in self.cache.entries:
            return 200, {"ok": False, "message": "already exists"}
        self.cache.entries[key] = self.state.next_id()
        return 200, {"ok": True, "signed_upload_url": self._address(self.cache.entries[key])}

    def _finalize_cache(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        blob = self.cache.entries.get((given["key"], given["version"]))
        if blob is None:
            return 404, {"code": "not_found", "msg": "cache entry"}
        self.cache.done.add(blob)
        return 200, {"ok": True, "entry_id": str(blob)}

    def _cache_url(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        hit = self.cache.find([given["key"], *(given.get("restore_keys") or [])], given["version"])
        if hit is None:
            return 200, {"ok": False}
        return 200, {"ok": True, "signed_download_url": self._address(hit[1]), "matched_key": hit[0]}

    # Blobs -------------------------------------------------------------------------------------------------------------------

    def _address(self, blob: int) -> str:
        return f"http://{self.headers['Host']}/blob/{blob}?sig={SIGNATURE}"

    def _put(self, blob: int, query: dict[str, str], body: bytes) -> None:
        if query.get("comp") == "block":
            self.blocks.setdefault(blob, {})[query["blockid"]] = body
        elif query.get("comp") == "blocklist":
            self.state.blobs[blob] = b"".join(self.blocks[blob][each.text or ""] for each in ET.fromstring(body))
        else:
            self.state.blobs[blob] = body
        self._send(201, b"", "application/xml", _azure())

    def _get(self, blob: int) -> None:
        data = self.state.blobs.get(blob)
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or self.headers.get("x-ms-range") or "")
        if data is None:
            self._send(404)
        elif asked:
            first, last = int(asked[1]), min(int(asked[2] or len(data) - 1), len(data) - 1)
            headers = {**_azure(), "Content-Range": f"bytes {first}-{last}/{len(data)}"}
            self._send(206, data[first : last + 1], "application/zip", headers)
        else:
            self._send(200, data, "application/zip", _azure())

    # HTTP --------------------------------------------------------------------------------------------------------------------

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _json(self, status: int, value: dict[str, Any]) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def _send(self, status: int, body: bytes = b"", kind: str = "text/plain", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", kind)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _azure() -> dict[str, str]:
    modified = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    return {"x-ms-request-id": "1", "x-ms-version": "2025-11-05", "ETag": '"1"', "Last-Modified": modified}


def _snake(given: dict[str, Any]) -> dict[str, Any]:
    """Clients write keys either way; protobuf's JSON allows both."""
    return {re.sub(r"(?<=[a-z])([A-Z])", lambda hit: "_" + hit[1].lower(), key): value for key, value in given.items()}


def _value(wrapped: Any) -> Any:
    """Unwrap protobuf's StringValue and Int64Value, which come plain or as an object."""
    return wrapped.get("value") if isinstance(wrapped, dict) else wrapped

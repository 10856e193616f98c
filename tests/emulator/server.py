"""The REST side on loopback: tokens, faults, and the check of every exchange."""

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from emulator import results
from emulator.conformance import check_answer, check_request
from emulator.routes import Answer, Asked, answer, refuse
from emulator.shapes import Shapes
from emulator.state import Exchange, Fault, Hold, State

WRITE_TOKEN = "ghs_writeFAKE0123456789abcdefghijklmnop"
READ_TOKEN = "ghs_readFAKE0123456789abcdefghijklmnopq"


class GitHubEmulator(State):
    """Serves its state on `url` (REST) and `results_url` (artifacts and cache) while the block lasts.

    `token` may write, `read_token` may not (403, as on a fork), any other is 401; `tokens` holds which may write. Leaving the
    block fails the test when an exchange did not conform. `prefix` is `/api/v3` on GitHub Enterprise Server.
    """

    token = WRITE_TOKEN
    read_token = READ_TOKEN

    def __init__(self, repository: str = "octo-org/shop", repository_id: int = 4242, *, prefix: str = "") -> None:
        super().__init__(repository, repository_id)
        self.prefix = prefix
        self.tokens = {WRITE_TOKEN: True, READ_TOKEN: False}
        self._rest = _listen(type("RestHandler", (_Handler,), {"emulator": self}))
        self._blobs = _listen(results.handler(self))

    @property
    def url(self) -> str:
        """What GITHUB_API_URL should be."""
        return f"http://127.0.0.1:{self._rest.server_port}{self.prefix}"

    @property
    def results_url(self) -> str:
        """What ACTIONS_RUNTIME_URL and ACTIONS_RESULTS_URL should be; blobs are here too."""
        return f"http://127.0.0.1:{self._blobs.server_port}/"

    def __enter__(self) -> Self:
        for server in (self._rest, self._blobs):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        for server in (self._rest, self._blobs):
            server.shutdown()
            server.server_close()
        if kind is None:
            assert self.violations == [], "\n".join(self.violations)

    def sent(self, method: str = "", path: str = "") -> list[Exchange]:
        """Return the exchanges so far, of one method and with a path that `path` is found in (a regular expression)."""
        with self.lock:
            return [each for each in self.exchanges if each.method.startswith(method) and re.search(path, each.path)]


def _listen(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    return server


class _Handler(BaseHTTPRequestHandler):
    """One connection; HTTP/1.1 with kept connections, as GitHub's."""

    protocol_version = "HTTP/1.1"
    emulator: GitHubEmulator
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        """Say nothing on stderr."""

    def do_any(self) -> None:
        """Take a request, apply its fault if one is planted, else answer and check it."""
        address = urlsplit(self.path)
        path = address.path.removeprefix(self.emulator.prefix)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        authorized = "Authorization" in self.headers
        state = self.emulator
        with state.lock:
            body = _json(raw)
            exchange = Exchange(self.command, path, dict(parse_qsl(address.query)), body, authorized, time.monotonic())
            held = state.held if state.held and state.held.number == len(state.exchanges) else None
            state.exchanges.append(exchange)
            fault = _take_fault(state, exchange)
        if held and not held.applied:
            self._wait_for(held)
            return
        with state.lock:
            whole = fault is None or fault.applied or fault.slow_s > 0
            given = self._answer(path, exchange, raw, address.query) if whole else Answer(0)
            exchange.status = given.status if fault is None or fault.slow_s else fault.status or 0
            _run_hook(state, exchange)
        if held:
            self._wait_for(held)
        elif fault and fault.slow_s:
            time.sleep(fault.slow_s)
            self._send(given)
        elif fault and fault.status is None:
            self.close_connection = True
            self.connection.close()
        elif fault:
            self._send(Answer(fault.status or 0, {"message": fault.message}, fault.headers))
        else:
            self._send(given)

    def _wait_for(self, held: Hold) -> None:
        """Hold the request until somebody lets go; then the connection is over."""
        held.reached.set()
        held.released.wait(250)
        self.close_connection = True
        self.connection.close()

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = do_any

    def _answer(self, path: str, exchange: Exchange, raw: bytes, query: str) -> Answer:
        state = self.emulator
        faults = check_request(self.command, path, query, raw)
        given = self._refusal()
        if given is None:
            shapes = Shapes(state, state.url)
            blob_url = f"{state.results_url}blob/%d?sig={results.SIGNATURE}"
            asked = Asked(
                self.command, path, exchange.query, exchange.body, state, shapes, state.url, lambda blob: blob_url % blob
            )
            given = refuse(422, "Invalid request.") if faults else answer(asked)
        state.violations += [*faults, *check_answer(self.command, path, given.status, _bytes(given))]
        return given

    def _refusal(self) -> Answer | None:
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme not in ("token", "Bearer") or token not in self.emulator.tokens:
            return refuse(401, "Bad credentials")
        if not self.emulator.tokens[token] and self.command != "GET":
            return refuse(403, "Resource not accessible by integration")
        return None

    def _send(self, given: Answer) -> None:
        body = _bytes(given)
        self.send_response(given.status)
        self.send_header("Content-Length", str(len(body)))
        if body:
            self.send_header("Content-Type", "application/json; charset=utf-8")
        for name, value in given.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None


def _bytes(given: Answer) -> bytes:
    return b"" if given.json is None else json.dumps(given.json).encode()


def _run_hook(state: State, exchange: Exchange) -> None:
    for hook in state.hooks:
        method, path, action = hook
        if method == exchange.method and re.search(path, exchange.path):
            state.hooks.remove(hook)
            action()
            return


def _take_fault(state: State, exchange: Exchange) -> Fault | None:
    for fault in state.faults:
        if fault.method == exchange.method and re.search(fault.path, exchange.path) and fault.times > 0:
            if fault.skip > 0:
                fault.skip -= 1
                return None
            fault.times -= 1
            return fault
    return None

"""Servers on loopback that fail in every way a network does, and package indexes that serve what was not promised."""

import hashlib
import io
import json
import socket
import struct
import tarfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STATUSES = {"429": 429, "500": 500, "502": 502, "503": 503, "504": 504, "401": 401, "403": 403, "404": 404}


def make_wheel(name, version, requires="", python=""):
    """Return a wheel without any code."""
    info = f"{name}-{version}.dist-info"
    meta = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    meta += f"Requires-Dist: {requires}\n" if requires else ""
    meta += f"Requires-Python: {python}\n" if python else ""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as wheel:
        wheel.writestr(f"{name}.py", "")
        wheel.writestr(f"{info}/METADATA", meta)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return made.getvalue()


def make_tarball(name, version):
    """Return an npm package without any code."""
    made, text = io.BytesIO(), json.dumps({"name": name, "version": version}).encode()
    with tarfile.open(fileobj=made, mode="w:gz") as packed:
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(text)
        packed.addfile(entry, io.BytesIO(text))
    return made.getvalue()


WHEELS = {
    "good-1.0-py3-none-any.whl": make_wheel("good", "1.0"),
    "wrong-1.0-py3-none-any.whl": make_wheel("wrong", "1.0"),
    "one-1.0-py3-none-any.whl": make_wheel("one", "1.0", requires="good==2.0"),
    "two-1.0-py3-none-any.whl": make_wheel("two", "1.0", requires="good==1.0"),
    "future-1.0-py3-none-any.whl": make_wheel("future", "1.0", python=">=99"),
    "cut-1.0-py3-none-any.whl": make_wheel("cut", "1.0")[:200],
}
TARBALL = make_tarball("good", "1.0.0")


class Handler(BaseHTTPRequestHandler):
    """Answers by the first part of the path."""

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        parts = self.path.strip("/").split("/")
        if parts[0] in STATUSES:
            return self.answer(STATUSES[parts[0]], b"no", {"Retry-After": "1"} if parts[0] in ("429", "503") else {})
        if parts[0] == "stall":
            time.sleep(5)
            return None
        if parts[0] == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return None
        if parts[0] == "empty":
            self.close_connection = True
            return None
        if parts[0] == "half":
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b"x" * 100)
            self.close_connection = True
            return None
        if parts[0] == "simple":
            return self.answer_pip(parts[1] if len(parts) > 1 else "")
        if parts[0] == "files":
            return self.answer(200, WHEELS[parts[1].partition("#")[0]])
        if parts[0] == "npm":
            return self.answer_npm("/".join(parts[1:]))
        return self.answer(200, b"ok")

    def answer(self, status, body, headers=None):
        """Send one whole answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_pip(self, name):
        """Send the page of one package; `wrong` has a digest that is not the file's."""
        lines = []
        for file, data in WHEELS.items():
            if file.startswith(f"{name}-"):
                digest = hashlib.sha256(data if name != "wrong" else b"other").hexdigest()
                python = ' data-requires-python="&gt;=99"' if name == "future" else ""
                lines.append(f'<a href="/files/{file}#sha256={digest}"{python}>{file}</a>')
        if not lines:
            return self.answer(404, b"no such package")
        return self.answer(
            200, "<!DOCTYPE html><html><body>{}</body></html>".format("\n".join(lines)).encode(), {"Content-Type": "text/html"}
        )

    def answer_npm(self, path):
        """Send an npm document or file; `wrong` has an integrity that is not the file's."""
        if path.endswith(".tgz"):
            return self.answer(200, TARBALL)
        name = path
        if name not in ("good", "wrong", "peer"):
            return self.answer(404, b'{"error": "not found"}', {"Content-Type": "application/json"})
        import base64

        digest = hashlib.sha512(TARBALL if name != "wrong" else b"other").digest()
        address = f"http://{self.headers['Host']}/npm/{name}/-/{name}-1.0.0.tgz"
        dist = {"tarball": address, "integrity": "sha512-" + base64.b64encode(digest).decode()}
        version = {"name": name, "version": "1.0.0", "dist": dist}
        if name == "peer":
            version["peerDependencies"] = {"good": "^9.0.0"}
        document = {"name": name, "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
        return self.answer(200, json.dumps(document).encode(), {"Content-Type": "application/json"})


def start_servers():
    """Start the server and keep a port where nobody listens; return (port, closed port, what ends the server)."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))  # bound and never listening: nobody else can take it

    def stop():
        server.shutdown()
        server.server_close()
        closed.close()

    return server.server_address[1], closed.getsockname()[1], stop

"""Texts that tools write when something is wrong, by class; the weakest evidence, and often the only one."""

from dataclasses import dataclass

from lanemark.recover.types import Manager
from lanemark.result import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One text, in lower case, and what it says. A `follows` mark is what is said after the real cause, which goes before it."""

    cause: Cause
    text: str
    follows: bool = False
    integrity: bool = False
    manager: Manager | None = None


_BUSY = (429, 500, 502, 503, 504)
"""Answers of servers that may be other ones next time."""

_REFUSED = (401, 403)
"""Answers that stay what they are."""


def _answers(code: int) -> tuple[str, ...]:
    """Return how tools write an HTTP status."""
    return (
        f"error: {code}",
        f"error {code}:",
        f"http {code}",
        f"http/1.1 {code}",
        f"http/1.0 {code}",
        f"http/2 {code}",
        f"http error {code}",
        f"http status {code}",
        f"status code {code}",
        f"status code: {code}",
        f"status: {code}",
        f"too many {code} error",
        f"code e{code}",
        f"{code} client error",
        f"{code} server error",
    )


_NETWORK = (
    "could not resolve host", "temporary failure in name resolution", "name or service not known", "eai_again", "enotfound",
    "connection refused", "econnrefused", "connection reset", "econnreset", "connection timed out", "etimedout",
    "esockettimedout", "operation timed out after", "network is unreachable", "enetunreach", "no route to host",
    "ehostunreach", "tls handshake timeout", "tls connect error", "ssl_error_syscall", "unexpected eof while reading",
    "early eof", "remote end closed connection", "remotedisconnected", "connection aborted", "connection broken",
    "incompleteread", "the remote end hung up unexpectedly", "rpc failed", "readtimeouterror", "connecttimeouterror",
    "read timed out", "connect timeout", "newconnectionerror", "max retries exceeded", "empty reply from server",
    "failed to connect to", "recv failure", "send failure", "transfer closed with", "i/o timeout",
    "connection closed by remote host", "socket hang up", "net::err_", "proxyerror", "couldn't connect to server",
    "unable to connect to", "could not connect to", "connection was closed", "failed to fetch http",
    "error sending request for url", "service unavailable", "bad gateway", "gateway time-out", "gateway timeout",
    "too many requests", "network timeout", "err_socket_timeout", "client network socket disconnected",
    "getaddrinfo failed", "dial tcp", "error trying to connect", "timed out waiting for connection",
    "spurious network error", "connection timeout", "curl: (5)", "curl: (6)", "curl: (7)", "curl: (16)", "curl: (18)",
    "curl: (28)", "curl: (35)", "curl: (52)", "curl: (55)", "curl: (56)", "curl: (92)",
)  # fmt: skip

_MEMORY = (
    "heap out of memory", "java.lang.outofmemoryerror", "memoryerror", "cannot allocate memory",
    "could not allocate memory", "std::bad_alloc", "out of memory", "virtual memory exhausted", "memory exhausted",
    "enomem", "oom-kill", "oomkilled", "oom killer", "killed signal terminated program", "fatal signal killed terminated",
    "insufficient memory for the java", "insufficient memory", "failed to allocate memory", "memory allocation failed",
    "signal: 9, sigkill: kill", "ld terminated with signal 9", "allocation failed - ", "err_worker_out_of_memory",
    "unable to allocate",
)  # fmt: skip

_DISK = (
    "no space left on device", "enospc", "disk quota exceeded", "edquot", "not enough space on the disk",
    "not enough free disk", "not enough space", "disk full", "disk is full", "file size limit exceeded", "file too large",
    "efbig", "you don't have enough free space",
)  # fmt: skip

_PERMISSION = (
    "permission denied", "eacces", "eperm", "operation not permitted", "read-only file system", "erofs",
    "resource not accessible by integration", "dubious ownership", "access is denied", "authentication failed",
    "unauthorized", "could not read username", "permissionerror", "403 forbidden", "must be run as root", "are you root?",
)  # fmt: skip

_CORRUPT = (
    "unexpected end of file", "unexpected eof in archive", "truncated file", "is truncated", "bad crc", "crc error",
    "crc failed", "checksum error", "not a zip file", "badzipfile", "bad magic number", "end-of-central-directory",
    "not in gzip format", "badgzipfile", "database disk image is malformed", "file is not a database", "index file corrupt",
    "bad index file", "index file smaller than expected", "loose object", "object file .git", "corrupt",
    "unexpected end of input", "unexpected end of json input", "truncated stream", "zlib.error", "invalid compressed data",
    "lzmaerror", "file format not recognized", "tar: this does not look like a tar archive",
    "tar: error is not recoverable", "eoferror: compressed file ended", "readerror: ", "invalid header",
    "incorrect data check",
)  # fmt: skip

_INTEGRITY: tuple[tuple[str, Manager | None], ...] = (
    ("do not match the hashes", "pip"),
    ("hash mismatch for", "uv"),
    ("eintegrity", "npm"),
    ("seems to be corrupted", "npm"),
    ("err_pnpm_tarball_integrity", "pnpm"),
    ("integrity check failed", "yarn"),
    ("checksum mismatch", "go"),
    ("the lock file might be corrupt", None),
    ("checksum for", None),
)

_INSTALL = (
    "no matching distribution", "could not find a version that satisfies", "resolutionimpossible", "no solution found when",
    "eresolve", "code etarget", "code e404", "no matching version found", "unable to locate package",
    "has no installation candidate", "failed to select a version for", "missing go.sum entry",
    "could not resolve dependencies", "could not find artifact", "no matching package",
    "hashes are required in --require-hashes mode", "could not find compatible versions", "unknown revision",
    "dependency conflict", "requires a different python", "conflicting dependencies", "err_pnpm_no_matching_version",
    "lockfile is not up to date", "npm-shrinkwrap.json are in sync", "failed building wheel",
    "failed to build installable wheels", "subprocess-exited-with-error", "cannot find package",
    "was not found in the package registry", "no version is set for", "depends on which doesn't match any versions",
)  # fmt: skip

_CONFIG = (
    "command not found", "can't cd to", "no module named", "cannot find module", ": not found", "no such file or directory",
    "modulenotfounderror", "unrecognized arguments", "missing script:", "usage: ", "invalid option", "unknown option",
    "no rule to make target", "cannot execute binary file", "exec format error", "importerror while loading conftest",
    "syntax error", "file or directory not found",
)  # fmt: skip

_CRASH = (
    "segmentation fault", "core dumped", "fatal python error", "panic: runtime error", "stack smashing detected",
    "bus error", "illegal instruction", "assertion failed", "sigsegv", "thread 'main' panicked", "internalerror>",
    "aborted",
)  # fmt: skip

MARKS: tuple[Mark, ...] = (
    *(Mark(cause="network", text=text) for text in _NETWORK),
    *(Mark(cause="network", text=text) for code in _BUSY for text in _answers(code)),
    *(Mark(cause="permission", text=text) for code in _REFUSED for text in _answers(code)),
    *(Mark(cause="out-of-memory", text=text) for text in _MEMORY),
    *(Mark(cause="disk-full", text=text) for text in _DISK),
    *(Mark(cause="permission", text=text) for text in _PERMISSION),
    *(Mark(cause="install", text=text, integrity=True, manager=manager) for text, manager in _INTEGRITY),
    *(Mark(cause="install", text=text, follows=True) for text in _INSTALL),
    *(Mark(cause="corrupt-state", text=text, follows=True) for text in _CORRUPT),
    *(Mark(cause="crash", text=text, follows=True) for text in _CRASH),
    *(Mark(cause="config", text=text, follows=True) for text in _CONFIG),
)
"""Every text we know."""

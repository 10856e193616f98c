"""Secrets that a stage printed are taken out of its log before anybody reads or keeps it.

No secret of ours reaches a stage. One may still get into a log: a stage that reads a file of credentials, say.
"""

from lanemark.errors import DataError
from lanemark.run.types import Tools

HIDDEN = b"***"
"""What stands in the place of a secret."""

LONGEST_LOG = 4 << 30
"""More bytes than any log has: whoever runs processes ends them long before."""

MOST_REWRITTEN = 64 << 20
"""Bytes of a log with a secret in it that stay, its end: it is read as a whole to be written again."""


def hide_secrets(base: str, tools: Tools) -> None:
    """Replace every secret in the log files of one execution; a log without any is only read."""
    for stream in ("out", "err") if tools.secrets else ():
        path = f"{base}.{stream}"
        if _holds_secret(path, tools):
            kept = tools.files.tail(path, limit=MOST_REWRITTEN)
            if len(kept) == MOST_REWRITTEN:  # cut, perhaps within a secret
                kept = kept[max(map(len, tools.secrets)) :]
            tools.files.write(path, hide(kept, tools.secrets))


def hide(data: bytes, secrets: tuple[bytes, ...]) -> bytes:
    """Return bytes with every secret replaced; longer secrets go first, so that no rest of one stays."""
    for secret in sorted(secrets, key=len, reverse=True):
        data = data.replace(secret, HIDDEN)
    return data


def _holds_secret(path: str, tools: Tools) -> bool:
    """Tell whether a file has one of the secrets in it, also across the pieces it is read in."""
    longest, before = max(map(len, tools.secrets)), b""
    try:
        for piece in tools.files.chunks(path, limit=LONGEST_LOG):
            window = before + piece
            if any(secret in window for secret in tools.secrets):
                return True
            before = window[-(longest - 1) :] if longest > 1 else b""
    except DataError:  # nothing was printed, so there is no file
        return False
    return False

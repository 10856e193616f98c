r"""Untrusted text to one destination each: Markdown, HTML, workflow commands, a shell, a log, CSV.

File names, branch names, stage names, log lines and figures of other tools come from a pull request. Each destination has one
function here, and every untrusted string goes through it exactly once, at the moment it is written.
"""

import re
import shlex
import unicodedata
from html import escape as _escape_html

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
r"""Unicode categories that are shown as `\uXXXX`: controls, bidirectional overrides, zero-width, lone surrogates, separators."""

_LONG_RUN = re.compile(r"`{20,}")
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_FORMULA = tuple("=+-@＝＋－＠")  # noqa: RUF001 -- some spreadsheets take the full-width ones too


def visible(text: str) -> str:
    r"""Return `text` with every character a reader cannot see written as `\uXXXX`; safe for a log line.

    Letters and symbols that are drawn as nothing (Hangul fillers, the empty Braille cell) count as unseen. Visible text
    stays as it is, so a second call changes nothing.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_written_out(char) if is_invisible(char) else char for char in text)


def is_invisible(char: str) -> bool:
    """Tell whether a reader cannot see `char`."""
    return unicodedata.category(char) in INVISIBLE or char in _BLANK


def _written_out(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def markdown(text: str, *, limit: int = 200) -> str:
    """Return a code span that cannot link, ping, refer, or break the table cell it stands in.

    The fence is longer than any run of backticks inside, `|` is escaped (GitHub reads it before code spans do), and `@` gets a
    zero-width space because replies by e-mail lose the span and then ping. GitHub's parser gives up on fences of more than 80
    backticks, so long runs of them are cut.
    """
    shown = _LONG_RUN.sub("`" * 19 + "…", visible(text))
    if len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    if not shown.strip():
        shown = "(empty)"
    fence = "`" * (max((len(run) for run in re.findall(r"`+", shown)), default=0) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return fence + pad + shown.replace("|", "\\|").replace("@", "@\u200b") + pad + fence


def html(text: str) -> str:
    """Return `text` for an HTML text node or a quoted attribute."""
    return _escape_html(visible(text), quote=True)


def command_data(text: str) -> str:
    """Return `text` as the message of a workflow command (`::error::…`)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def command_property(text: str) -> str:
    """Return `text` as a property of a workflow command (`::error file=…::`)."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")


def shell(text: str) -> str:
    """Return `text` as one word of a POSIX shell, for commands that people copy.

    Characters that nobody sees stand written out, so the word then names something else; what is pasted is what was read.
    """
    return shlex.quote(visible(text))


def cell(text: str) -> str:
    """Return `text` for a CSV cell that no spreadsheet takes for a formula."""
    shown = visible(text)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown

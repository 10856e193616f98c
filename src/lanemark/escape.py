r"""Untrusted text to one destination each: Markdown, HTML, workflow commands, a shell, a log, CSV.

File names, branch names, stage names, log lines and figures of other tools come from a pull request. Each destination has one
function here, and every untrusted string goes through it exactly once, at the moment it is written.
"""

import re
import unicodedata
from itertools import groupby

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
r"""Unicode categories that are shown as `\uXXXX`: controls, bidirectional overrides, zero-width, lone surrogates, separators."""

_LONG_RUN = re.compile(r"`{20,}")
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_FORMULA = tuple("=+-@＝＋－＠")  # noqa: RUF001 -- some spreadsheets take the full-width ones too


def visible(text: str) -> str:
    r"""Return `text` with every character a reader cannot see written as `\uXXXX`; safe for a log line.

    Letters and symbols that are drawn as nothing (Hangul fillers, the empty Braille cell) count as unseen. Visible text
    stays as it is, so a second call changes nothing. `##[` is taken apart: GitHub's runner reads `##[command]` as a command
    wherever it stands in a line.
    """
    text = text.replace("##[", "#\\u0023[")
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


_ANSI = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")
_NUMBER = r"[+\-±]?[0-9]+(?:[.,][0-9]+)*%?"
_WORD = r"[A-Za-z]+(?:['-][A-Za-z]+)*"
_PLAIN = re.compile(rf"[(\"']{{0,2}}(?:{_NUMBER}|{_WORD}|%|µs)[)\"'.,;:!?]{{0,3}}")
_REFERENCE = re.compile(r"[^0-9A-Za-z]*(?:[0-9a-f]{7,40}|GHSA-.*)[^0-9A-Za-z]*", re.IGNORECASE)
_LIST_ITEM = re.compile(r"[0-9]+[.)](?:\s|$)")


def prose(text: str, *, limit: int = 600) -> str:
    """Return a sentence for Markdown: plain words and numbers as they are, everything else in code spans.

    A reason such as `no such file: cov.xml, 3 of 4 read` mixes our words with names from a pull request. A word stays plain only
    when nothing on GitHub can read it as a link, mention, reference or markup (so no dots between letters, no `/`, `@`, `#`,
    `_`, and no hexadecimal that might be a commit); neighbours that cannot share one code span. Beyond `limit` characters it
    ends with `…`.
    """
    shown = visible(text).strip()
    if len(shown) > limit:
        shown = shown[: limit - 1].rstrip() + "…"
    written: list[str] = []
    for plain, tokens in groupby(shown.split(), _is_plain):
        words = " ".join(tokens)
        name = words.rstrip(",;:")
        written.append(words if plain or not name else markdown(name, limit=limit) + words[len(name) :])
    if written and _LIST_ITEM.match(written[0]):
        written[0] = "\u200b" + written[0]
    return " ".join(written)


def _is_plain(token: str) -> bool:
    """Tell whether nothing on GitHub reads `token` as more than text."""
    return bool(_PLAIN.fullmatch(token)) and not _REFERENCE.fullmatch(token)


def log_lines(text: str) -> list[str]:
    """Return the lines of a log as people see them: colours gone, tabs as spaces, everything invisible written out."""
    return [visible(_ANSI.sub("", line).expandtabs(4)) for line in text.splitlines()]


def fenced(text: str) -> str:
    """Return log lines as a Markdown code block whose fence is longer than any run of backticks inside."""
    lines = [line.replace("@", "@\u200b") for line in log_lines(text)]
    fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0))
    return "\n".join([f"{fence}text", *lines, fence])


def html(text: str) -> str:
    """Return `text` for an HTML text node or a quoted attribute."""
    from html import escape as escape_html

    return escape_html(visible(text), quote=True)


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
    import shlex

    return shlex.quote(visible(text))


def cell(text: str) -> str:
    """Return `text` for a CSV cell that no spreadsheet takes for a formula."""
    shown = visible(text)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown

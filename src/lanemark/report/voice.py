"""How raw names and sentences are written into a text of ours: plain, or as Markdown."""

from collections.abc import Callable
from dataclasses import dataclass

from lanemark import escape

NAME_LIMIT = 60
REASON_LIMIT = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How raw text is written: a name, and a sentence that may have names in it."""

    name: Callable[[str], str]
    reason: Callable[[str], str]


def _plain_name(text: str) -> str:
    """Return a raw name for a terminal, a title or a text node, shortened where it is very long."""
    shown = escape.visible(text).strip() or "(empty)"
    return shown if len(shown) <= NAME_LIMIT else shown[: NAME_LIMIT - 1] + "…"


def _plain_reason(text: str) -> str:
    """Return a raw sentence for the same places."""
    shown = escape.visible(text).strip().rstrip(".")
    return shown if len(shown) <= REASON_LIMIT else shown[: REASON_LIMIT - 1] + "…"


PLAIN = Voice(name=_plain_name, reason=_plain_reason)
"""For terminals, check titles and (escaped once more by their template) HTML text nodes."""

MARKDOWN = Voice(
    name=lambda text: escape.markdown(text, limit=NAME_LIMIT),
    reason=lambda text: escape.prose(text.strip().rstrip("."), limit=REASON_LIMIT),
)
"""For comments and summaries."""

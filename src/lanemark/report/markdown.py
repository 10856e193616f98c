"""The Markdown templates, which refuse any text nobody has escaped.

Every expression of a template must end in a filter that says what its text is: `code` and `prose` for what came from outside,
`fence` for logs, `own` for our words and numbers. Text without one is an error when the page is written, not an injection.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from lanemark import escape

if TYPE_CHECKING:
    from jinja2 import Environment


class Markdown(str):
    """Text that is safe to stand in a comment as it is."""

    __slots__ = ()


def render_markdown(template: str, **facts: object) -> str:
    """Return `templates/<template>.md.j2` with `facts`, blank lines never more than one in a row."""
    text = _environment().get_template(f"{template}.md.j2").render(**facts)
    lines = text.splitlines()
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join(kept).strip("\n") + "\n"


@cache
def _environment() -> "Environment":
    """Return the one environment; Jinja is imported when the first page is written."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(  # noqa: S701 -- not HTML: `finalize` refuses what is not escaped for Markdown
        loader=PackageLoader("lanemark.report"),
        undefined=StrictUndefined,
        finalize=_refuse_plain_text,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "code": lambda text: Markdown(escape.markdown(text)),
        "prose": lambda text: Markdown(escape.prose(text)),
        "fence": lambda text: Markdown(escape.fenced(text)),
        "own": Markdown,
    }
    return environment


def _refuse_plain_text(value: Any) -> Any:
    """Let Markdown and whole numbers through; raise TypeError for everything else an expression may give."""
    if isinstance(value, Markdown) or type(value) is int:
        return value
    raise TypeError(f"a Markdown template printed {type(value).__name__} without saying how it is escaped")

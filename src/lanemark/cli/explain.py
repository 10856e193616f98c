"""lanemark explain: what a code means."""

from collections.abc import Sequence

from lanemark.cli.console import Parser, print_text
from lanemark.errors import explain
from lanemark.settings import Settings


def command(arguments: Sequence[str], settings: Settings) -> int:  # noqa: ARG001 -- every command has this shape
    """Print what an error code means and what to do about it."""
    parser = Parser(prog="lanemark explain", description="What an error code means and what to do.")
    parser.add_argument("code", help="such as LG104")
    print_text(explain(parser.parse_args(arguments).code))
    return 0

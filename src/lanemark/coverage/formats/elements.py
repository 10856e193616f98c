"""XML reports element by element, for the formats whose reports are small enough to look at each one."""

from collections.abc import Callable, Iterable
from xml.parsers import expat

from lanemark.errors import DataError
from lanemark.markup import MAX_DEPTH, Attributes, parse_markup


def read_elements(
    chunks: Iterable[bytes], root: str, begin: Callable[[str, Attributes], None], end: Callable[[str], None]
) -> None:
    """Call `begin` and `end` for each element of a document whose root is `root`; raise DataError with the line."""
    depth = 0

    def start(name: str, attributes: Attributes) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise DataError(f"elements stand more than {MAX_DEPTH} deep in each other")
        if depth == 1 and name != root:
            raise DataError(f"this begins with <{name[:40]}>, and such a report with <{root}>")
        begin(name, attributes)

    def stop(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name)

    def attach(parser: expat.XMLParserType) -> None:
        parser.StartElementHandler = start
        parser.EndElementHandler = stop

    parse_markup(chunks, attach)

"""Hostile XML in pieces: expat with every door closed that a report does not need.

A DOCTYPE is accepted (Cobertura and JaCoCo write one) and never resolved. Entity declarations are refused, so there is nothing to
expand: no billion laughs, no quadratic blow-up, no file or address read. Attribute lists are refused too: each element would get
all of the declared defaults, so that half a megabyte costs minutes. Memory is bounded: depth, and the length of one tag.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import NoReturn
from xml.parsers import expat

from lanemark.errors import DataError

MAX_DEPTH = 64
MAX_TAG = 1 << 20
"""The most bytes between `<` and `>` (plus the piece being read); expat keeps an unfinished tag in memory."""

PIECE = 1 << 17
"""The most bytes that the parser gets at once, so that what handlers collect from one piece is bounded."""

ENCODINGS = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1", "windows-1252"})

Attributes = dict[str, str]


class RefusedMarkupError(DataError):
    """The XML is not well-formed, ends in the middle, or asks for something a report has no need of."""


def parse_markup(
    chunks: Iterable[bytes], attach: Callable[[expat.XMLParserType], None], settle: Callable[[], None] | None = None
) -> None:
    """Let the handlers that `attach` sets on a closed parser see the document in `chunks`; raise DataError with the line.

    `attach` gets the parser itself because a handler that is not set costs nothing: text is only wanted inside few elements.
    `settle` is called after each piece of at most PIECE bytes, for handlers that only collect: that is a fifth of the time.
    A DataError that a handler raises gets the line added; other errors pass through.
    """
    parser = closed_parser()
    attach(parser)
    fed = 0
    for piece in _cut(chunks):
        _feed(parser, piece, settle)
        fed += len(piece)
        if fed - parser.CurrentByteIndex > MAX_TAG + len(piece):
            raise RefusedMarkupError(f"one tag is longer than {MAX_TAG} bytes")
    _feed(parser, b"", settle, final=True)


def _cut(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in pieces of at most PIECE."""
    for chunk in chunks:
        if len(chunk) <= PIECE:
            yield chunk
        else:
            yield from (chunk[at : at + PIECE] for at in range(0, len(chunk), PIECE))


def _feed(parser: expat.XMLParserType, piece: bytes, settle: Callable[[], None] | None, *, final: bool = False) -> None:
    """Parse a piece; say in words, with the line, what is wrong with it."""
    try:
        parser.Parse(piece, final)
        if settle is not None:
            settle()
    except expat.ExpatError as fault:
        raise RefusedMarkupError(_explain(fault)) from None
    except DataError as fault:
        raise RefusedMarkupError(f"line {parser.CurrentLineNumber}: {fault.message}") from None


def closed_parser() -> expat.XMLParserType:
    """Return an expat parser that refuses declared entities and attributes, and encodings nobody writes reports in."""
    parser = expat.ParserCreate()
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def refuse_entity(*_: object) -> NoReturn:
        raise RefusedMarkupError("it declares or uses an XML entity, which no coverage report needs")

    def refuse_defaults(*_: object) -> NoReturn:
        raise RefusedMarkupError("it declares default attributes, which no report needs")

    def check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ENCODINGS:
            raise RefusedMarkupError(f"the encoding {encoding[:40]!r} is not read; write the report as UTF-8")

    parser.EntityDeclHandler = refuse_entity
    parser.AttlistDeclHandler = refuse_defaults
    parser.UnparsedEntityDeclHandler = refuse_entity
    parser.ExternalEntityRefHandler = refuse_entity
    parser.SkippedEntityHandler = refuse_entity
    parser.XmlDeclHandler = check_encoding
    return parser


def root_of(head: bytes) -> tuple[str, Attributes] | None:
    """Return name and attributes of the first element if `head`, the start of a file, is XML; None if it is not."""
    found: list[tuple[str, Attributes]] = []

    def start(name: str, attributes: Attributes) -> None:
        if not found:
            found.append((name, attributes))

    parser = closed_parser()
    parser.StartElementHandler = start
    with suppress(expat.ExpatError, RefusedMarkupError):  # what comes after the root is for the real reading to judge
        parser.Parse(head, False)
    return found[0] if found else None


def _explain(fault: expat.ExpatError) -> str:
    """Return expat's complaint in words, with its place."""
    what = expat.errors.messages[fault.code]
    if what in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN):
        return f"it ends in the middle, at line {fault.lineno}: whatever wrote it was stopped or is still writing"
    return f"not well-formed XML, line {fault.lineno} column {fault.offset + 1}: {what}"

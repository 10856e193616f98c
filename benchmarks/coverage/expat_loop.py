"""The least that reading XML in Python costs: expat calls two functions that do nothing. `expat_loop.py FILE`."""

import sys
from pathlib import Path
from xml.parsers import expat


def start(name: str, attributes: list[str]) -> None:
    """See an element begin."""


def end(name: str) -> None:
    """See it end."""


parser = expat.ParserCreate()
parser.ordered_attributes = True
parser.StartElementHandler = start
parser.EndElementHandler = end
with Path(sys.argv[1]).open("rb") as opened:
    while piece := opened.read(1 << 18):
        parser.Parse(piece, False)
parser.Parse(b"", True)

"""`tools:` of a stage: the programs whose version decides whether it must run."""

import re
from collections.abc import Mapping

from lanemark.config.document import Table
from lanemark.config.fields import Fields, Reader
from lanemark.config.problems import quoted

TOOL_NAME = "[A-Za-z0-9][A-Za-z0-9._+-]{0,49}"
"""A program's name, as it is found in PATH; nothing in it means anything to a shell."""

MOST_TOOLS = 20
"""The most tools of one stage: each is a process before the first stage starts."""

_OTHER: Mapping[str, str] = {"go": "go version", "openssl": "openssl version", "zig": "zig version", "helm": "helm version"}
"""Programs that do not know `--version`."""


def usual_probe(name: str) -> str:
    """Return the command that prints the version of the program `name`."""
    return _OTHER.get(name, f"{name} --version")


def read_tools(fields: Fields, reader: Reader) -> dict[str, str]:
    """Return the commands to ask, by name: a list of names is asked as usual, a mapping says how."""
    node, label = fields.get("tools"), fields.label("tools")
    if isinstance(node, Table):
        given = [(key, reader.text(value, f"{label}.{quoted(key.value, mark='')}")) for key, value in node.entries]
    else:
        given = [(text, None) for text in reader.texts(node, label, fields.place("tools"))]
    found: dict[str, str] = {}
    for key, command in given:
        if key.value in found:
            reader.problems.add("LG161", key.place, f"{label} names {quoted(key.value)} twice", help="keep one")
        elif not re.fullmatch(TOOL_NAME, key.value):
            help_ = "name a program, or write {name: its command}"
            reader.problems.add("LG115", key.place, f"{label}: {quoted(key.value)} cannot be a tool's name", help=help_)
        elif len(found) == MOST_TOOLS:
            reader.problems.add("LG114", key.place, f"{label} has more than {MOST_TOOLS} tools", help="name those that matter")
            break
        else:
            found[key.value] = command.value if command is not None else usual_probe(key.value)
    return found

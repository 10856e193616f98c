"""Lanemark: continuous integration that people can trust.

The program is one sentence, and every room (folder) bears a word of it::

    event -> change -> lane -> plan -> run -> result -> compare -> judge -> report -> publish

Imports go down `ORDER` only, never in a circle. Rooms on one line do not know each other.
`tests/layout/test_layout.py` holds this order, the folders and the import contract in `pyproject.toml` equal.
"""

__version__ = "0.1.0"

ORDER: tuple[tuple[str, ...], ...] = (
    ("cli",),
    ("wiring",),
    ("process", "git", "store", "github"),
    ("settings",),
    ("state",),
    ("adopt",),
    ("pipeline",),
    ("publish",),
    ("report",),
    ("release",),
    ("judge",),
    ("compare",),
    ("measure",),
    ("run",),
    ("recover",),
    ("cache",),
    ("result",),
    ("coverage", "ingest"),
    ("plan",),
    ("lane",),
    ("change",),
    ("event",),
    ("config",),
    ("stats",),
    ("ports",),
    ("tree",),
    ("metric",),
    ("units",),
    ("codec", "markup"),
    ("pattern", "escape"),
    ("wildmatch",),
    ("path",),
    ("errors",),
)
"""Every room and word of the package, from the outermost to the one everybody may use."""

REPOSITORY = "OWNER/lanemark"
"""Where this project lives on GitHub; docs and templates are made from this one constant."""

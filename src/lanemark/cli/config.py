"""lanemark config: validate, show, schema."""

from collections.abc import Sequence
from typing import Any

from lanemark.cli.console import Parser, print_data, print_text, say
from lanemark.config.doubts import find_doubts
from lanemark.config.read import read_config
from lanemark.escape import visible
from lanemark.settings import Settings
from lanemark.wiring.lane import read_disk


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Check, show or describe the configuration."""
    parser = Parser(prog="lanemark config", description="Check, show or describe the configuration.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, told in (("validate", "say every mistake in the file"), ("show", "print it as JSON, with all defaults")):
        one = verbs.add_parser(verb, help=told)
        one.add_argument("file", nargs="?", metavar="FILE", help="the file (.github/lanemark.yml)")
        one.add_argument("--json", action="store_true", help="print JSON")
    schema = verbs.add_parser("schema", help="print a JSON Schema, for editors and for programs that read results")
    files = ("config", "result", "verdict")
    schema.add_argument(
        "of", nargs="?", default=files[0], choices=files, metavar="FILE", help="config (unless said), result or verdict"
    )
    options = parser.parse_args(arguments)
    if options.verb == "schema":
        print_data(_schema(options.of))
        return 0
    name = options.file or settings.config
    config = read_config(read_disk(settings, name), name)
    if options.verb == "show":
        from lanemark.config.show import show_config

        print_data(show_config(config))
        return 0
    doubts = find_doubts(config)
    if options.json:
        print_data({"file": name, "errors": [], "warnings": doubts})
        return 0
    for doubt in doubts:
        say(f"warning: {visible(doubt)}")
    print_text(f"{name}: no mistakes, {len(config.lanes)} lanes, {len(config.stages)} stages\n")
    return 0


def _schema(name: str) -> dict[str, Any]:
    """Return the schema of the configuration, of `result.json` or of `verdict.json`."""
    if name == "config":
        from lanemark.config.schema import json_schema

        return json_schema()
    from lanemark.report.schema import record_schema

    return record_schema(name)

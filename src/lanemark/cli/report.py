"""lanemark report html | csv | md | json, from results, offline."""

from collections.abc import Sequence

import msgspec

from lanemark.cli.console import Parser, print_text
from lanemark.cli.finish import read_given_past
from lanemark.cli.options import add_past_option
from lanemark.config.read import read_config
from lanemark.errors import DataError
from lanemark.pipeline.join import join_left
from lanemark.pipeline.verdict import Ruling, rule
from lanemark.settings import Settings
from lanemark.wiring.lane import read_disk
from lanemark.wiring.publish import open_files, read_links, read_results, read_today


def command(arguments: Sequence[str], settings: Settings) -> int:
    """Judge results by the configuration on the disk and print one form of the report."""
    parser = Parser(prog="lanemark report", description="Write a report from results; nothing is measured and nothing is sent.")
    parser.add_argument("form", choices=("html", "csv", "md", "json"))
    parser.add_argument("--results", default="", metavar="DIR", help="the output folder of gate or measure (.lanemark/out)")
    parser.add_argument("--config", metavar="F", help="path of the configuration (.github/lanemark.yml)")
    parser.add_argument("--out", default="", metavar="F", help="the file to write (stdout)")
    add_past_option(parser)
    options = parser.parse_args(arguments)
    name = options.config or settings.config
    policy = read_config(read_disk(settings, name), name)
    policy = msgspec.structs.replace(policy, publish=msgspec.structs.replace(policy.publish, html=True))
    pair = join_left(read_results(options.results or settings.out), head=None)
    past = read_given_past(settings, options.past)
    adopting, today = pair.head.adopting, read_today()
    text = _form(rule(pair, policy, links=read_links(settings), adopting=adopting, past=past, today=today), options.form)
    if options.out:
        open_files().write(options.out, text.encode("utf-8", "backslashreplace"))
    else:
        print_text(text)
    return 0


def _form(ruling: Ruling, form: str) -> str:
    """Return one form of the report."""
    from lanemark.codec import encode_plain
    from lanemark.report.profile import profile_facts

    if form == "json":
        return encode_plain(msgspec.to_builtins(ruling.judgement) | {"profile": profile_facts(ruling.model)}).decode("ascii")
    text = {"html": ruling.pages.html, "csv": ruling.pages.csv, "md": ruling.pages.summary}[form]
    if text is None:
        raise DataError(f"these results have no {form}")
    return text

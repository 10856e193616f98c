"""hyperfine's JSON (`--export-json`): the wall time of every run, and the means of user and system time.

`memory_usage_byte` of newer versions is not read: it is the largest child of hyperfine so far, so it can only grow from run to
run and from command to command.
"""

from collections import Counter

from lanemark.ingest.cursor import Cursor
from lanemark.ingest.gather import Gathered
from lanemark.ingest.types import Content, Reading


def claims(content: Content) -> bool:
    """Tell by its content whether a file is of this format."""
    results = content.get("results") if isinstance(content, dict) else None
    return isinstance(results, list) and all(isinstance(one, dict) and "command" in one for one in results)


def read(content: Content, source: str) -> tuple[Reading, ...]:
    """Return three readings a command: `COMMAND: wall`, `: user` and `: system`, in seconds.

    Commands that share one name (`--command-name`) are told apart by their parameters.
    """
    gathered = Gathered(source)
    results = list(Cursor(content, source).at("results").items())
    commands = Counter(one.at("command").text() for one in results)
    for one in results:
        _refuse_mixed_exits(one)
        name = one.at("command").text()
        name += _parameters(one) if commands[name] > 1 else ""
        if one.has("times"):
            gathered.add(f"{name}: wall", "s", one.at("times").numbers(), where=one.path)
        else:
            gathered.add(f"{name}: wall", "s", (one.at("median").number(),), where=one.path, summary=True)
        for part in ("user", "system"):
            if one.has(part):
                gathered.add(f"{name}: {part}", "s", (one.at(part).number(),), where=f"{one.path}.{part}", summary=True)
    return gathered.readings(otherwise="it has no results")


def _refuse_mixed_exits(one: Cursor) -> None:
    """Refuse a command that sometimes failed (`--ignore-failure`): its runs did not do the same work."""
    if one.has("exit_codes"):
        codes = one.at("exit_codes")
        found = {code.value if isinstance(code.value, int) else None for code in codes.items()}
        if len(found) > 1:
            codes.refuse("its runs ended with different exit statuses, so they did not do the same work")


def _parameters(one: Cursor) -> str:
    """Return the parameters of one command, as hyperfine's `-L` gave them."""
    parameters = one.at("parameters").value if one.has("parameters") else None
    if not isinstance(parameters, dict) or not parameters:
        return ""
    return f" ({', '.join(f'{name}={value}' for name, value in parameters.items() if isinstance(value, str))})"[:200]

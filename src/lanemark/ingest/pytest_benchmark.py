"""pytest-benchmark's JSON (`--benchmark-json`): the seconds of each round under `stats.data`, else the median alone."""

from lanemark.ingest.cursor import Cursor
from lanemark.ingest.gather import Gathered
from lanemark.ingest.types import Content, Reading


def claims(content: Content) -> bool:
    """Tell by its content whether a file is of this format."""
    return isinstance(content, dict) and "benchmarks" in content and "machine_info" in content


def read(content: Content, source: str) -> tuple[Reading, ...]:
    """Return one reading a benchmark, in seconds a call; `fullname` names it, with the file and the parameters."""
    gathered = Gathered(source)
    for one in Cursor(content, source).at("benchmarks").items():
        stats = one.at("stats")
        name = one.at("fullname" if one.has("fullname") else "name").text()
        if stats.has("data"):
            gathered.add(name, "s", stats.at("data").numbers(), where=one.path)
        else:
            gathered.add(name, "s", (stats.at("median").number(),), where=one.path, summary=True)
    return gathered.readings(otherwise="it has no benchmarks")

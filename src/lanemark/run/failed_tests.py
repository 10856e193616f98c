"""Which tests failed, by the reports a stage wrote, and a list of them that its `rerun` command can read."""

from collections.abc import Callable

from lanemark.config.types import Stage
from lanemark.errors import DataError
from lanemark.escape import visible
from lanemark.ingest.failed import Failed, read_failed
from lanemark.recover.types import Mark, Scene, TestReport
from lanemark.run.types import Tools, Workspace

REPORT_LIMIT = 20 << 20
"""The most bytes of one report that are read after a failure."""

LIST = "LANEMARK_FAILED_TESTS"
"""The environment variable that names the file with the failed tests, one a line; names never come into a command line."""


def read_report(stage: Stage, place: Workspace, tools: Tools, scene: Scene, mark: Mark) -> TestReport | None:
    """Return what the JUnit reports say that `stage` wrote since `mark`, None where there is none that can be read."""
    found: list[Failed] = []
    for path in stage.outputs:
        whole = f"{place.root}/{path}"
        if not path.endswith(".xml") or not scene.is_newer(whole, mark):
            continue
        try:
            one = read_failed(tools.files.chunks(whole, limit=REPORT_LIMIT))
        except DataError:  # whatever wrote it was ended in the middle
            continue
        if one is not None:
            found.append(one)
    if not found:
        return None

    def stands(path: str) -> bool:
        return not tools.trees.missing(place.root, (path,))

    names = tuple(_test_id(*told, stands) for one in found for told in one.names)
    return TestReport(failed=sum(one.failed for one in found), names=names)


def write_list(report: TestReport, path: str, tools: Tools) -> str:
    """Write the failed tests to `path`, one a line; return why that cannot be done, empty where it is."""
    if report.failed != len(report.names):
        return f"{report.failed} tests failed, too many to run alone"
    odd = next((name for name in report.names if not name or name.startswith(("-", "@")) or not name.isprintable()), None)
    if odd is not None:
        return f"the name {visible(odd)!r} cannot stand in a list"
    tools.files.write(path, "".join(f"{name}\n" for name in report.names).encode("utf-8", "surrogateescape"))
    return ""


def _test_id(group: str, name: str, file: str, stands: Callable[[str], bool]) -> str:
    """Return what a runner calls a test: `tests/test_a.py::Class::test_b` where the class leads to a file, as for pytest."""
    parts = group.split(".") if group else []
    plain = all(part.isidentifier() for part in parts)
    if file.endswith(".py") and not file.startswith("/") and ".." not in file.split("/"):
        module = len(file.removesuffix(".py").split("/"))
        return "::".join([file, *parts[module:], name])
    for length in range(len(parts) if plain else 0, 0, -1):
        path = "/".join(parts[:length]) + ".py"
        if stands(path):
            return "::".join([path, *parts[length:], name])
    return ".".join(part for part in (group, name) if part)

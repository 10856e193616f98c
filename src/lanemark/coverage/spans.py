"""Which lines belong to one statement, so that a changed line in the middle of it counts for the line that was measured.

Reports number a statement by its first line. A call over five lines whose last argument changed has no added line that any report
knows; without this the change would go unseen. Only lines of the innermost statement count, and of a statement that holds others
(`if`, `def`) only its head: a changed body is not a changed condition.
"""

import warnings
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from lanemark.change import AddedRange
from lanemark.coverage.model import FileData, Span

if TYPE_CHECKING:
    import ast

MOST_SOURCE = 1 << 20
"""The longest Python file, in characters, that is parsed for its statements; the parser takes about 100 times as much memory."""

MOST_ADDED = 100_000
"""The most added lines of one file that are looked up."""

Reach = tuple[int, int]
"""First and last line of one statement, or of the head of a statement that holds others."""


def continued_lines(reaches: Iterable[Reach], ranges: Sequence[AddedRange], lines: Mapping[int, int]) -> dict[int, int]:
    """Return the added lines that continue a statement, each with the line it starts on.

    Of each statement that was measured by its first line, and whose first line was not added, there is one: its first added line.
    """
    added = _numbers(ranges)
    found: dict[int, int] = {}
    for first, last in sorted(reaches):
        if first in added or first not in lines or last <= first:
            continue
        line = next((line for line in range(first + 1, last + 1) if line in added and line not in lines), None)
        if line is not None:
            found.setdefault(line, first)
    return found


def python_reaches(source: str) -> list[Reach]:
    """Return the statements of hostile Python source that have more than one line; empty for what cannot be parsed."""
    import ast

    if len(source) > MOST_SOURCE:
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    reaches: list[Reach] = []
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        reaches += _reaches_of(node)
        # expressions hold no statements, and most nodes are expressions
        waiting += [one for one in ast.iter_child_nodes(node) if isinstance(one, (ast.stmt, ast.excepthandler, ast.match_case))]
    return [reach for reach in reaches if reach[1] > reach[0]]


def _reaches_of(node: "ast.AST") -> list[Reach]:
    """Return the lines of one statement, or of its head and of each of its decorators."""
    import ast

    if isinstance(node, ast.match_case):
        return [(node.pattern.lineno, _last_line([node.pattern, node.guard], node.pattern.lineno))]
    if not isinstance(node, (ast.stmt, ast.excepthandler)):
        return []
    if not isinstance(getattr(node, "body", getattr(node, "cases", None)), list):
        return [(node.lineno, node.end_lineno or node.lineno)]
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    inner = (ast.stmt, ast.excepthandler, ast.match_case)
    head = [one for one in ast.iter_child_nodes(node) if not isinstance(one, inner) and one not in decorators]
    return [*((one.lineno, one.end_lineno or one.lineno) for one in decorators), (node.lineno, _last_line(head, node.lineno))]


def _last_line(nodes: Iterable["ast.AST | None"], first: int) -> int:
    """Return the last line of some nodes and all they hold; comments between a head and its body belong to neither."""
    import ast

    inner = (each for node in nodes if node is not None for each in ast.walk(node))
    return max((int(getattr(each, "end_lineno", None) or first) for each in inner), default=first)


def report_reaches(file: FileData) -> list[Reach]:
    """Return the same for the statements that a report itself gives with their places (Istanbul's)."""
    if not file.statements:
        return []
    spans = list(file.statements)
    return [(span[0], end) for span, end in zip(spans, own_ends(spans), strict=True) if end > span[0]]


def own_ends(spans: Sequence[Span]) -> list[int]:
    """Return for each statement its last line before another one starts inside it, at least its first line."""
    starts = sorted({span[0] for span in spans})
    ends = []
    for start, _, end, _ in spans:
        at = bisect_right(starts, start)
        ends.append(min(end, starts[at] - 1) if at < len(starts) else end)
    return ends


def _numbers(ranges: Sequence[AddedRange]) -> frozenset[int]:
    """Return the added lines, as many as are looked up."""
    found: list[int] = []
    for one in ranges:
        found += range(one.start, min(one.end + 1, one.start + MOST_ADDED - len(found)))
        if len(found) >= MOST_ADDED:
            break
    return frozenset(found)

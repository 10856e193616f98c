"""Which files the text of `.gitattributes` calls generated or vendored, for changes of which there is no checkout.

Git itself is asked where it is there (the room `git`). This reads the few lines that matter here, by our own patterns: a pattern
of a folder's name holds for everything below it, where git takes it for the folder alone. So it never counts more lines than git.
"""

from collections.abc import Mapping, Sequence

from lanemark.path import RepoPath
from lanemark.pattern import Patterns, check_pattern

NAME = ".gitattributes"

MARKS = ("linguist-generated", "linguist-vendored")
"""What makes a file's lines not count, as GitHub's own diffs and statistics have it."""


Marks = Mapping[str, Sequence[tuple[Patterns, bool]]]
"""What one list says: for each mark its patterns, the last line first, and whether the line sets it or takes it back."""


def read_marks(text: str) -> Marks:
    """Return what the text of a `.gitattributes` says of generated and vendored files; all its other lines are left out."""
    marks: dict[str, list[tuple[Patterns, bool]]] = {mark: [] for mark in MARKS}
    for line in reversed(text.splitlines()):
        pattern, *words = line.split() or [""]
        if not words or pattern.startswith(("#", '"', "!", "[attr]")) or check_pattern(pattern):
            continue
        for mark in MARKS:
            values = [value for word in words if (value := _value(word, mark)) is not None]
            if values:
                marks[mark].append((Patterns([pattern]), values[-1]))
    return marks


def is_generated(path: RepoPath, lists: Mapping[str, Marks]) -> bool:
    """Return whether the attributes call a file generated or vendored; `lists` stand by the folder they lie in, "" the root.

    For each mark the list nearest to the file decides, and in a list the last line that matches.
    """
    return any(_is_marked(path, mark, lists) for mark in MARKS)


def _is_marked(path: RepoPath, mark: str, lists: Mapping[str, Marks]) -> bool:
    """Return whether one mark is set for a file."""
    folder = path.rpartition("/")[0]
    while True:
        below = RepoPath(path[len(folder) + 1 :] if folder else path)
        for patterns, value in lists[folder][mark] if folder in lists else ():
            if patterns.claim(below) is not None:
                return value
        if not folder:
            return False
        folder = folder.rpartition("/")[0]


def _value(word: str, mark: str) -> bool | None:
    """Return whether a word sets the mark or takes it back, None where it is about something else."""
    if word in (mark, f"{mark}=true"):
        return True
    return False if word in (f"-{mark}", f"!{mark}") or word.startswith(f"{mark}=") else None

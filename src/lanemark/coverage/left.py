"""Which files do not count, and why: the patterns of the configuration, and what the base side calls generated.

Both come from the base side, so a change cannot take its own files out of the count; and both hold for totals, flags, files and
changed lines alike. How many files were left out is said wherever a share is shown.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from lanemark.coverage.types import LeftFile, LeftOut
from lanemark.path import RepoPath
from lanemark.pattern import Patterns


class Left:
    """What decides which files count, with those that were asked for and do not."""

    def __init__(self, exclude: Sequence[str] = (), generated: Collection[RepoPath] = ()) -> None:
        """Take the patterns of `coverage.exclude`, and the files that the attributes of the base call generated or vendored."""
        self._exclude = exclude
        self._patterns = Patterns(exclude)
        self._generated = generated
        self._found: dict[RepoPath, LeftFile] = {}

    def leaves(self, path: RepoPath, *, changed: bool = False) -> bool:
        """Return whether a file does not count, and remember it if so; `changed` is one with new lines."""
        line = self._patterns.claim(path)
        if line is None and path not in self._generated:
            return False
        known = self._found.get(path)
        pattern = "" if line is None else self._exclude[line]
        self._found[path] = LeftFile(path=path, pattern=pattern, changed=changed or (known is not None and known.changed))
        return True

    @property
    def files(self) -> tuple[LeftFile, ...]:
        """The files that do not count, by path."""
        return tuple(file for _, file in sorted(self._found.items()))


def unite_left(files: Iterable[LeftFile]) -> tuple[LeftFile, ...]:
    """Return each file once: jobs of one lane know the same rules, and a file has new lines if any of them says so."""
    found: dict[RepoPath, LeftFile] = {}
    for file in files:
        known = found.get(file.path)
        if known is None or (file.changed, file.pattern) > (known.changed, known.pattern):
            found[file.path] = file
    return tuple(found.values())


def count_left(files: Iterable[LeftFile]) -> tuple[LeftOut, ...]:
    """Return how many files each pattern left out, then how many were generated."""
    every: Counter[str] = Counter()
    changed: Counter[str] = Counter()
    for file in files:
        every[file.pattern] += 1
        changed[file.pattern] += file.changed
    ordered = sorted(every, key=lambda pattern: (not pattern, pattern))
    return tuple(LeftOut(pattern=pattern, files=every[pattern], changed=changed[pattern]) for pattern in ordered)

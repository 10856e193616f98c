"""Where does a symbolic link lead? Followed by its text alone, through the repository's other links, without touching a disk."""

import re
from collections.abc import Mapping

from lanemark.path import RepoPath

MOST_HOPS = 40
"""Linux follows no more links than this in one path."""

ABSOLUTE = re.compile(r"[/\\\\]|[A-Za-z]:")


def leaves_repository(path: RepoPath, target: str, links: Mapping[str, str]) -> bool:
    """Return whether the link at `path`, which says `target`, leads outside of the repository or into its `.git`.

    `links` are the targets of all links of the same tree, by path. What cannot be followed to its end (more links than a system
    follows, a NUL) counts as leading outside. A backslash is tried as a separator, too, as Windows reads it.
    """
    if "\0" in target:
        return True
    return _leaves(path, target, links) or ("\\" in target and _leaves(path, target.replace("\\", "/"), links))


def _leaves(path: RepoPath, target: str, links: Mapping[str, str]) -> bool:
    """Walk the target one name at a time from the link's own folder."""
    place = path.split("/")[:-1]
    ahead = _names(target)
    hops = 0
    absolute = ABSOLUTE.match(target) is not None
    while ahead and not absolute:
        name = ahead.pop()
        if name == "..":
            if not place:
                return True
            place.pop()
            continue
        place.append(name)
        if place[0].lower() == ".git":
            return True
        onward = links.get("/".join(place))
        if onward is not None:
            hops += 1
            if hops > MOST_HOPS:
                return True
            place.pop()
            ahead += _names(onward)
            absolute = ABSOLUTE.match(onward) is not None
    return absolute


def _names(target: str) -> list[str]:
    """Return the names of a target that mean something, the first one last."""
    return [name for name in reversed(target.split("/")) if name not in ("", ".")]

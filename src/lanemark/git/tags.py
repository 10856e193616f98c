"""The tag before this commit, as `git describe` finds it, also in a checkout that brought no tags along."""

from collections.abc import Iterable

from lanemark.git.call import Call

PREFIX = "refs/tags/"


def find_previous_tag(call: Call, tested: str) -> tuple[str, str] | None:
    """Return the name and the commit of the youngest tagged commit behind `tested`, as far as the history is here.

    The remote is asked for its tags where none of the tags here stands in that history; nothing is fetched for it.
    """
    behind = call.run("rev-list", "--skip=1", tested, "--").decode("ascii").split()
    return _youngest(behind, _local_tags(call)) or _youngest(behind, _remote_tags(call))


def _youngest(behind: Iterable[str], tags: dict[str, str]) -> tuple[str, str] | None:
    """Return the first of the commits that is tagged."""
    return next(((tags[commit], commit) for commit in behind if commit in tags), None)


def _local_tags(call: Call) -> dict[str, str]:
    """Return the tags here, by the commit each stands at."""
    output = call.run("for-each-ref", "--format=%(objectname) %(*objectname) %(refname)", PREFIX)
    tags = {}
    for line in output.decode("utf-8", "surrogateescape").splitlines():
        own, peeled, name = line.split(" ", 2)
        tags[peeled or own] = name.removeprefix(PREFIX)
    return tags


def _remote_tags(call: Call) -> dict[str, str]:
    """Return the remote's tags, by the commit each stands at; none where it does not answer."""
    output = call.ask_remote("ls-remote", "--quiet", "--tags", "--end-of-options", "origin") or b""
    tags: dict[str, str] = {}
    for line in output.decode("utf-8", "surrogateescape").splitlines():
        commit, _, name = line.partition("\t")
        tags[commit] = name.removeprefix(PREFIX).removesuffix("^{}")
    return tags

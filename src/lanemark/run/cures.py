"""Empty the cache of a package manager: a closed list of commands, none of which touches a project."""

from collections.abc import Mapping

from lanemark.ports import Command, Processes
from lanemark.recover.types import Manager

COMMANDS: Mapping[Manager, tuple[tuple[str, ...], ...]] = {
    "pip": (("python3", "-m", "pip", "cache", "purge"), ("pip", "cache", "purge")),
    "uv": (("uv", "cache", "clean"),),
    "npm": (("npm", "cache", "clean", "--force"),),
    "pnpm": (("pnpm", "store", "prune"),),
    "yarn": (("yarn", "cache", "clean"),),
    "go": (("go", "clean", "-modcache"),),
}
"""What empties each cache; the next of a row is tried where one does not work."""

PATIENCE_S = 60.0


def empty_cache(manager: Manager, root: str, environment: Mapping[str, str], processes: Processes) -> str:
    """Empty the cache of `manager` as `environment` has it; return what went wrong, empty where nothing did."""
    problem = ""
    for argv in COMMANDS[manager]:
        ended = processes.run(Command(argv=argv, cwd=root, environment=environment, timeout_s=PATIENCE_S))
        if not ended.status and not ended.timed_out:
            return ""
        problem = problem or ended.error or f"{argv[0]} ended with status {ended.status}"
    return problem

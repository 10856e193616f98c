"""The files that stand in a checkout now, as far as git does not ignore them."""

import os

from lanemark.git.call import Call
from lanemark.path import RepoPath, from_bytes


def list_standing_files(root: str) -> tuple[RepoPath, ...]:
    """Return the paths below the folder `root` of what git tracks and of what it would add, without what is gone.

    Raises NotARepositoryError where there is no repository around it. A submodule is one path.
    """
    output = Call(root).run("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    paths = dict.fromkeys(map(from_bytes, output.split(b"\0")[:-1]))
    return tuple(path for path in paths if os.path.lexists(os.path.join(root, path)))

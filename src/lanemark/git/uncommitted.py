"""What is not committed yet, as a tree like any other: then everything that reads commits reads it, too."""

import os
import shutil
import tempfile

from lanemark.errors import DataError
from lanemark.git.call import Call


def write_uncommitted(call: Call, *, staged: bool) -> str:
    """Return the id of a tree with what the index holds, or the whole working tree with its new files that are not ignored.

    It works on a copy of the index, so the person's own stays as it is; the objects it writes are dropped by git's next tidying.
    Raises DataError where the index holds a conflict.
    """
    path = call.run("rev-parse", "--path-format=absolute", "--git-path", "index").decode("utf-8", "surrogateescape")
    with tempfile.TemporaryDirectory(prefix="lanemark-") as folder:
        index = os.path.join(folder, "index")
        if os.path.exists(path.removesuffix("\n")):
            shutil.copyfile(path.removesuffix("\n"), index)
        if not staged:
            call.run("add", "--all", "--", ":/", index=index)
        try:
            return call.run("write-tree", index=index).decode("ascii").strip()
        except DataError as fault:
            help_text = "resolve the conflicts of the merge first; `git status` names the files"
            raise DataError(f"what is not committed yet is no whole set of files: {fault.message}", help=help_text) from None

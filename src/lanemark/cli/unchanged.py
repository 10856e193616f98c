"""`lanemark checkpoint create` where nothing has changed since it was asked last: it says so, and nothing else is loaded."""

import os
import sys

from lanemark.state import state_folder, store_folder
from lanemark.wiring.unchanged import find_unchanged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def say_unchanged(arguments: "Sequence[str]") -> bool:
    """Say that nothing has changed since the last checkpoint, if that is surely so; else return False and do nothing."""
    if os.name != "posix" or list(arguments) not in ([], ["--json"]) or os.environ.get("LANEMARK_INPUT_CONFIG"):
        return False
    root = os.getcwd()
    said = find_unchanged(store_folder(state_folder(os.environ, root)), root)
    if said is None:
        return False
    sys.stderr.write(said[0])
    sys.stderr.flush()
    sys.stdout.write(said[2] if arguments else said[1])
    sys.stdout.flush()
    return True

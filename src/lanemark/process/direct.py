"""Start a program with one call of the C library, so that a sample's clock sees the start and next to nothing of ours.

`subprocess.Popen` starts the same program in the same state, with a tenth of a millisecond of Python before the fork:
`benchmarks/spawn.py` has both. `os.posix_spawn` cannot name the folder to start in, which is why this is ctypes.
"""

import contextlib
import ctypes
import functools
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

Start = Callable[[], int | None]
"""Starts the program that was prepared and returns its process id, None where that failed."""

_OPAQUE_BYTES = 1024
"""More than any of the C library's structures takes: the largest known is glibc's `posix_spawnattr_t`, 336 bytes."""
_SETSIGDEF, _SETSID = 0x04, 0x80
_FIRST_OWN = 3
_FUNCTIONS = (
    "posix_spawn",
    "posix_spawnattr_init",
    "posix_spawnattr_destroy",
    "posix_spawnattr_setflags",
    "posix_spawnattr_setsigdefault",
    "posix_spawn_file_actions_init",
    "posix_spawn_file_actions_destroy",
    "posix_spawn_file_actions_adddup2",
    "posix_spawn_file_actions_addchdir_np",
    "posix_spawn_file_actions_addclosefrom_np",
)


@contextlib.contextmanager
def prepare_direct(
    argv: Sequence[str], *, cwd: str, environment: Mapping[bytes, bytes], files: tuple[int, int, int]
) -> Iterator[Start | None]:
    """Yield what starts `argv` in `cwd` as the leader of a new session, with `files` as its input, output and errors.

    Yield None where this system or this command needs `Popen`: which is asked, too, whenever the start fails, and says why.
    No other descriptor is left open in the program, and the signals that Python ignores are as they were (as in `Popen`).
    """
    library = _find_library()
    program = find_program(argv[0], cwd, environment)
    words = [os.fsencode(word) for word in argv]
    setting = [name + b"=" + value for name, value in environment.items()]
    odd = any(b"=" in name for name in environment) or any(b"\0" in text for text in (*words, *setting, os.fsencode(cwd)))
    if not library or not program or min(files) < _FIRST_OWN or odd:
        yield None
        return
    actions, attributes = (ctypes.create_string_buffer(_OPAQUE_BYTES) for _ in range(2))
    with contextlib.ExitStack() as stack:
        made = [library.posix_spawn_file_actions_init(actions), library.posix_spawnattr_init(attributes)]
        stack.callback(library.posix_spawn_file_actions_destroy, actions)
        stack.callback(library.posix_spawnattr_destroy, attributes)
        made += [library.posix_spawn_file_actions_adddup2(actions, file, place) for place, file in enumerate(files)]
        made.append(library.posix_spawn_file_actions_addclosefrom_np(actions, _FIRST_OWN))
        made.append(library.posix_spawn_file_actions_addchdir_np(actions, os.fsencode(cwd)))
        made.append(library.posix_spawnattr_setsigdefault(attributes, _python_ignores()))
        made.append(library.posix_spawnattr_setflags(attributes, ctypes.c_short(_SETSIGDEF | _SETSID)))
        if any(made):
            yield None
            return
        pid = ctypes.c_int()
        call = functools.partial(
            library.posix_spawn, ctypes.byref(pid), program, actions, attributes, _make_array(words), _make_array(setting)
        )
        yield lambda: None if call() else pid.value


def _make_array(texts: list[bytes]) -> ctypes.Array[ctypes.c_char_p]:
    """Return what C takes for a list of texts: pointers, and a null one at the end."""
    return (ctypes.c_char_p * (len(texts) + 1))(*texts, None)


def find_program(name: str, cwd: str, environment: Mapping[bytes, bytes]) -> bytes | None:
    """Return the path that `name` means to a program started in `cwd`, None where it cannot be seen."""
    wanted, home = os.fsencode(name), os.fsencode(cwd)
    places = [b""] if b"/" in wanted else environment.get(b"PATH", os.fsencode(os.defpath)).split(os.fsencode(os.pathsep))
    for place in places:
        path = os.path.join(place, wanted)
        if os.path.isfile(found := os.path.join(home, path)) and os.access(found, os.X_OK):
            return path
    return None


@functools.cache
def _python_ignores() -> ctypes.Array[ctypes.c_char]:
    """Return the set of the signals that Python ignores and programs do not."""
    library = ctypes.CDLL(None)
    signals = ctypes.create_string_buffer(_OPAQUE_BYTES)
    library.sigemptyset(signals)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        library.sigaddset(signals, ctypes.c_int(number))
    return signals


@functools.cache
def _find_library() -> ctypes.CDLL | None:
    """Return the C library where it has all we need (glibc has since 2.34, 2021), None elsewhere."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if all(hasattr(library, name) for name in _FUNCTIONS) else None

"""The compiled plan: a configuration as it was read before, so that an unchanged one costs neither a YAML parser nor its checks.

Only what was read without a mistake is kept, so mistakes are always told with their places, from the text.
"""

import msgspec

from lanemark import __version__
from lanemark.config.types import Config
from lanemark.settings import Settings
from lanemark.store.compiled import find_compiled, keep_compiled
from lanemark.wiring.lane import read_disk

FORM = "plan-1"
"""Changes whenever the same text comes to another configuration in the same version of Lanemark."""


def compiled_folder(settings: Settings) -> str | None:
    """Return where compiled plans may be taken from; None for a process with a token.

    The folder may have come out of the cache of a pull request, and a seal only tells damage from what was written: who holds a
    token reads the text itself.
    """
    return None if settings.token is not None else f"{settings.cache}/plans"


def read_here(settings: Settings, name: str) -> Config:
    """Return the configuration as it lies on the disk; raise ConfigError where it is not right."""
    return read_compiled(read_disk(settings, name), name, compiled_folder(settings))


def read_compiled(text: str, name: str, folder: str | None) -> Config:
    """Return the configuration that `text` describes, as `config.read.read_config` does; from `folder` if it was read before."""
    sources = (FORM, __version__, name, text)
    found = None if folder is None else find_compiled(folder, sources)
    if found is not None:
        try:
            return msgspec.json.decode(found, type=Config)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            pass  # another Lanemark of the same version wrote it; the text knows
    from lanemark.config.read import read_config

    config = read_config(text, name)
    if folder is not None:
        try:
            keep_compiled(folder, sources, msgspec.json.encode(config))
        except UnicodeEncodeError:
            pass  # a name that is not UTF-8, which JSON cannot hold
    return config

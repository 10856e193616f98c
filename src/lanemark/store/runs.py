"""Which entries the last runs of a lane used or made: what a pack takes along, so that it cannot grow without end."""

import os
import re
from collections.abc import Iterable

from lanemark.codec import Record, decode, encode
from lanemark.errors import DataError
from lanemark.store.entries import write_whole

KEPT_RUNS = 5
"""So many runs of a lane are remembered; what none of them used is in no pack any more."""

LIMIT = 16 << 20

_LANE = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")

Keys = tuple[str, ...]
"""The keys that one run used or made, sorted."""


class RunList(Record, frozen=True, kw_only=True):
    """The last runs of a lane, the newest first."""

    runs: tuple[Keys, ...] = ()


class Runs:
    """Files `runs/LANE.json`."""

    def __init__(self, folder: str) -> None:
        """Keep them below `folder`, which is that of the store."""
        self._folder = os.path.join(folder, "runs")

    def list_runs(self, lane: str) -> tuple[Keys, ...]:
        """Return the keys of the last runs of a lane, the newest first; empty where nobody knows."""
        try:
            with open(self._path(lane), "rb") as opened:
                data = opened.read(LIMIT + 1)
            return decode(data, RunList, limit=LIMIT, source=lane).runs[:KEPT_RUNS]
        except (OSError, DataError):
            return ()

    def list_lanes(self) -> list[str]:
        """Return the lanes of which runs are known."""
        try:
            return sorted(name.removesuffix(".json") for name in os.listdir(self._folder) if name.endswith(".json"))
        except OSError:
            return []

    def note_run(self, lane: str, keys: Iterable[str]) -> None:
        """Remember one run; one that used what the one before it used is the same again. OSError where it cannot be written."""
        used, known = tuple(sorted(set(keys))), self.list_runs(lane)
        if used and used not in known[:1]:
            self._write(lane, (used, *known))

    def add_older(self, lane: str, runs: Iterable[Keys]) -> None:
        """Remember runs of another machine as older than all that are known here."""
        known = self.list_runs(lane)
        more = tuple(keys for keys in runs if keys and keys not in known)
        if more:
            self._write(lane, (*known, *more))

    def _write(self, lane: str, runs: tuple[Keys, ...]) -> None:
        write_whole(self._path(lane), encode(RunList(runs=runs[:KEPT_RUNS])))

    def _path(self, lane: str) -> str:
        check_lane(lane)
        return os.path.join(self._folder, f"{lane}.json")


def check_lane(lane: str) -> None:
    """Raise DataError for what is no name of a lane and could lead elsewhere."""
    if not _LANE.fullmatch(lane):
        raise DataError(f"{lane[:100]!r} is no name of a lane")

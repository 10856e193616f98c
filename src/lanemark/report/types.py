"""What reporting takes and gives."""

from dataclasses import dataclass
from typing import Literal

from lanemark.codec import Record
from lanemark.compare.types import Comparison
from lanemark.config.types import Config
from lanemark.judge.types import Judgement, Past
from lanemark.path import RepoPath
from lanemark.result import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where things are: addresses come from the environment or the API, never from a result. Empty where there is none."""

    server: str = ""
    repository: str = ""
    run: str = ""
    run_id: int = 0
    run_number: int = 0
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Everything the pages are made of; `past` are earlier runs of this lane on the base branch, newest first."""

    measured: Pair
    policy: Config
    comparison: Comparison
    judgement: Judgement
    links: Links
    past: Past = ()
    other_lanes: Past = ()


class Annotation(Record, frozen=True, kw_only=True):
    """One remark on lines of the pull request's head."""

    path: RepoPath
    start: int
    end: int
    level: Literal["notice", "warning", "failure"]
    title: str
    message: str


class Check(Record, frozen=True, kw_only=True):
    """One check run, complete as posted."""

    name: str
    conclusion: Literal["success", "neutral", "failure"]
    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()


class Pages(Record, frozen=True, kw_only=True):
    """Every text of one run, each within its size limit. `html` is None where the policy wants none."""

    sentence: str
    comment: str
    summary: str
    csv: str
    html: str | None
    checks: tuple[Check, ...]

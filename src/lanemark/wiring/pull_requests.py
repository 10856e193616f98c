"""GitHub as the publishing pipeline knows it: pull requests, measurements and baselines, decoded and checked."""

from collections.abc import Sequence
from dataclasses import dataclass

from lanemark.change import Change
from lanemark.codec import decode
from lanemark.errors import DataError
from lanemark.escape import visible
from lanemark.event import Event, TriggeringRun
from lanemark.github.artifacts import fetch_claims, fetch_measured
from lanemark.github.baselines import Recorded, find_baselines
from lanemark.github.changes import change_of_pull, read_text
from lanemark.github.client import GitHub
from lanemark.github.people import labelled_by, may_write
from lanemark.github.send import send_publication
from lanemark.github.threads import find_thread, read_pull
from lanemark.judge.types import PastRun
from lanemark.path import RepoPath
from lanemark.pipeline.join import Left
from lanemark.pipeline.past import Wanted
from lanemark.publish.types import Publication, Sent, Thread
from lanemark.result import LIMIT, SCHEMA, Result


@dataclass(frozen=True, slots=True)
class PullRequestsOnGitHub:
    """Is a pipeline.publish.PullRequests."""

    github: GitHub

    def find_thread(self, event: Event) -> Thread | None:
        """Return the pull request an event is about, as it is now; None where there is none."""
        return find_thread(self.github, event)

    def change_of_pull(self, number: int) -> Change:
        """Return the change of a pull request as GitHub tells it."""
        return change_of_pull(self.github, number)

    def text(self, commit: str, path: RepoPath, limit: int) -> str | None:
        """Return a file of a commit, None where there is none."""
        text = read_text(self.github, commit, path)
        if text is not None and len(text) > limit:
            raise DataError(f"{visible(path)}: longer than {limit} bytes")
        return text

    def labelled_by(self, number: int, label: str) -> str:
        """Return the login of who set a label on a pull request, empty where nobody is known."""
        return labelled_by(self.github, number, label)

    def may_write(self, login: str) -> bool:
        """Return whether somebody may write to the repository."""
        return may_write(self.github, login)

    def labels_of(self, number: int) -> tuple[str, ...]:
        """Return the labels of a pull request as they are now."""
        return tuple(label.name for label in read_pull(self.github, number).labels)

    def results_of_run(self, run: TriggeringRun) -> Sequence[Left]:
        """Return what the run's measuring jobs left, of each shard its newest; raise DataError where there is nothing."""
        found = fetch_measured(self.github, run.id)
        if not found:
            help_text = "its measure job was cancelled or broke before it measured; its own log says why"
            raise DataError("the run left no artifact lanemark-measure-…", help=help_text)
        return [Left(one.name, one.files) for one in found]

    def find_recorded(self, lane: str, event: Event, expect: Sequence[str], wanted: Wanted) -> tuple[Sequence[PastRun], str]:
        """Return the results that trusted runs recorded for `lane` on the event's base, nearest first, and why there are none.

        `wanted` bounds how many, and how many runs are asked. `expect` names the workflow files whose runs count; empty means any
        of the repository.
        """
        if event.base is None:
            return (), "the event has no base commit to look up"
        found: list[PastRun] = []
        why: list[str] = []
        for path in expect or ("",):
            told = find_baselines(
                self.github,
                lane,
                event.base,
                repository_id=event.repository_id,
                workflow_path=path,
                most=wanted.most,
                looks=wanted.looks,
            )
            why += [*filter(None, [told.reason]), *told.skipped]
            for recorded in told.found:
                try:
                    found.append(read_recorded(recorded, lane))
                except DataError as error:
                    why.append(error.message)
        found.sort(key=lambda run: (run.behind or 0, -run.run_id))
        return (
            (found[: wanted.most], "") if found else ((), "; ".join(dict.fromkeys(why[:3])) or "no recorded result could be used")
        )

    def claimed_verdicts(self, run: TriggeringRun) -> Sequence[str]:
        """Return what the run calls its own verdict, by the names of its artifacts."""
        return fetch_claims(self.github, run.id)

    def traffic(self) -> str:
        """Return `12 requests, 3 retries, 4 s waited`."""
        return self.github.traffic.sentence()

    def asked(self) -> Sequence[str]:
        """Return every request so far with its answer, one a line."""
        return self.github.traffic.lines

    def send(self, publication: Publication, thread: Thread) -> Sent:
        """Send each request once; return what was done, in sentences."""
        return send_publication(self.github, publication, thread)


def read_recorded(recorded: Recorded, lane: str) -> PastRun:
    """Return one recorded result, checked against what GitHub says of the run that recorded it."""
    source = f"the baseline of run {recorded.run_id}"
    result = decode(recorded.result, Result, limit=LIMIT, source=source)
    if result.schema != SCHEMA or result.choice.lane != lane or result.commit != recorded.commit:
        raise DataError(f"{source} is not about {visible(lane)} at {recorded.commit[:7]}, or of another version")
    if result.cancelled:
        raise DataError(f"{source} is of a run that was cancelled")
    return PastRun(
        result=result,
        recorded=recorded.recorded,
        age_s=recorded.age_s,
        behind=recorded.behind,
        run_id=recorded.run_id,
    )

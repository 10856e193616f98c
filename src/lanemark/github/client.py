"""The client as the pipeline knows it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from lanemark.change import Change
from lanemark.compare.types import Baseline
from lanemark.event import Event, TriggeringRun
from lanemark.github.api import WAIT_S, Api
from lanemark.github.artifacts import find_baselines, results_of_run
from lanemark.github.changes import change_of_pull, read_text
from lanemark.github.send import send_publication
from lanemark.github.threads import find_thread
from lanemark.publish.types import Publication, Thread
from lanemark.result import Result


class GitHub:
    """Is a pipeline.publish.PullRequests."""

    def __init__(
        self, token: str, *, api_url: str, repository: str, wait_s: int = WAIT_S, pause_s: float = 1.0, settle_s: float = 2.0
    ) -> None:
        """Speak for `repository`; the times are for tests to shorten."""
        self._api = Api(token, api_url=api_url, repository=repository, wait_s=wait_s, pause_s=pause_s)
        self._pause_s, self._settle_s = pause_s, settle_s

    @property
    def requests(self) -> int:
        """How many requests were made."""
        return self._api.requests

    def find_thread(self, event: Event) -> Thread | None:
        """Return the pull request an event is about, as it is now; None where there is none."""
        return find_thread(self._api, event)

    def change_of_pull(self, number: int) -> Change:
        """Return the change of a pull request as GitHub tells it."""
        return change_of_pull(self._api, number)

    def text(self, commit: str, path: str) -> str | None:
        """Return a file of a commit, None where there is none."""
        return read_text(self._api, commit, path)

    def results_of_run(self, run: TriggeringRun) -> tuple[str, Mapping[str, bytes]]:
        """Return the name and the members of the run's newest measurement; raise DataError where there is none."""
        return results_of_run(self._api, run)

    def find_baselines(self, head: Result) -> tuple[Sequence[Baseline], str]:
        """Return the results of trusted runs that `head` may be compared with, and why there are none."""
        return find_baselines(self._api, head, now=datetime.now(UTC).isoformat())

    def send(self, publication: Publication, thread: Thread) -> Sequence[str]:
        """Send each request once; return what was done, in sentences."""
        return send_publication(self._api, publication, thread, settle_s=self._settle_s, pause_s=self._pause_s)

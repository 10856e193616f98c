"""Requests to one repository's GitHub, one at a time: bounded waits, nothing repeated blindly, every failure explained."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from lanemark import __version__
from lanemark.codec import parse
from lanemark.errors import DataError, GitHubError
from lanemark.github.faults import explain_answer
from lanemark.github.patience import Answer, Patience, wait_before_retry
from lanemark.github.traffic import Traffic

if TYPE_CHECKING:
    from github.Requester import Requester

T = TypeVar("T")

ACTIONS_BOT = "github-actions[bot]"
"""Who writes with the token that Actions gives to a job."""

MAX_ANSWER = 64 << 20
"""The most bytes of one answer that are read as JSON."""

MAX_PAGES = 60
"""No list we read is longer; 3,000 files are 30 pages."""


class GitHub:
    """GitHub as one token sees it.

    `login` is who our comments are written by, `server_url` where people read them. `traffic` counts what was sent and waited.
    Every failure is a GitHubError, and the token is in none of them.
    """

    def __init__(
        self,
        token: str,
        *,
        api_url: str,
        repository: str,
        server_url: str = "https://github.com",
        login: str = ACTIONS_BOT,
        patience: Patience = Patience(),  # noqa: B008 -- frozen
    ) -> None:
        """Take where GitHub is; nothing is sent yet."""
        if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", api_url):
            raise GitHubError(f"{api_url!r} is not the address of an API", help="The runner sets GITHUB_API_URL; leave it.")
        if not re.fullmatch(r"[A-Za-z0-9_-]+/(?!\.{1,2}$)[A-Za-z0-9._-]+", repository):
            raise GitHubError(f"{repository!r} is not a repository", help="Write it as OWNER/NAME.")
        if not re.fullmatch(r"[!-~]+", token):
            raise GitHubError("the token is empty or no token", help="Pass `github-token: ${{ github.token }}` to the action.")
        self._token = token
        self.api_url = api_url.rstrip("/")
        self.server_url = server_url.rstrip("/")
        self.repository = repository
        self.root = f"/repos/{repository}"
        self.login = login
        self.patience = patience
        self.traffic = Traffic(patience.most_requests)

    # Reading -----------------------------------------------------------------------------------------------------------------

    def get(self, path: str, kind: type[T], **query: str | int) -> T:
        """Return one answer as `kind`; `path` begins with a slash below the API."""
        return read_answer(self._request("GET", path, query=query), kind, path)

    def pages(self, path: str, kind: type[T], *, inside: str = "", **query: str | int) -> Iterator[T]:
        """Yield every item of a list, over all its pages; `inside` names the list where an object holds it."""
        address, asked = path, {"per_page": 100, **query}
        for _ in range(MAX_PAGES):
            answer = self._request("GET", address, query=asked)
            found = _plain(answer, path)
            items = found.get(inside) if inside and isinstance(found, dict) else found
            yield from _convert_plain(items, list[kind], path)  # type: ignore[valid-type]
            following = re.search(r'<([^<>]+)>;\s*rel="next"', answer.headers.get("link", ""))
            if following is None:
                return
            address, asked = self._own_address(following[1]), {}
        raise GitHubError(
            f"the list {path} has more than {MAX_PAGES} pages", help="Nothing Lanemark asks for is so long; report it."
        )

    def redirect(self, path: str) -> str:
        """Return where GitHub sends a download to; the address works without a token, for about a minute."""
        answer = self._request("GET", path)
        location = answer.headers.get("location", "")
        if answer.status != 302 or not location:
            raise GitHubError(
                f"GitHub answered {answer.status} to GET {path}, where a download was expected", help="Run the job again."
            )
        return location

    # Writing -----------------------------------------------------------------------------------------------------------------

    def replace(self, path: str, body: Mapping[str, Any], kind: type[T]) -> T:
        """PATCH; doing it twice is doing it once, so it is retried."""
        return read_answer(self._request("PATCH", path, body=body), kind, path)

    def delete(self, path: str) -> None:
        """DELETE; what is gone already was deleted."""
        self._request("DELETE", path, accept=(404,))

    def create(self, path: str, body: Mapping[str, Any], kind: type[T], *, landed: Callable[[], T | None]) -> T:
        """POST. After a doubtful answer `landed` looks for what was to be made; only when it is not there, ask again."""
        answer = Answer(status=0)
        for answer in self._tries("POST", path, {}, body):
            if answer.good:
                return read_answer(answer, kind, path)
            if answer.doubtful:
                self.pause(self.patience.settle)
                if (found := landed()) is not None:
                    return found
        raise explain_answer("POST", path, answer, api_url=self.api_url)

    # Transport ---------------------------------------------------------------------------------------------------------------

    def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        accept: tuple[int, ...] = (),
    ) -> Answer:
        """Ask for something that may be asked twice, and return its first good answer."""
        answer = Answer(status=0)
        for answer in self._tries(method, path, query or {}, body):
            if answer.good or answer.status in accept:
                return answer
        raise explain_answer(method, path, answer, api_url=self.api_url)

    def _tries(self, method: str, path: str, query: Mapping[str, str | int], body: Mapping[str, Any] | None) -> Iterator[Answer]:
        """Yield an answer, wait, and ask again, until waiting is pointless or was long enough."""
        waited = 0.0
        for attempt in count(1):
            self.traffic.retries += attempt > 1
            answer = self._ask_once(method, path, query, body)
            yield answer
            wait = wait_before_retry(answer, attempt, self.patience, now=time.time())
            if wait is None or waited + wait > self.patience.most:
                return
            if self.traffic.waited_s + wait > self.patience.most_in_all:
                return
            self.pause(wait)
            waited += wait

    def _ask_once(self, method: str, path: str, query: Mapping[str, str | int], body: Mapping[str, Any] | None) -> Answer:
        self.traffic.begin()
        try:
            status, headers, text = self._requester.requestJson(method, path, parameters=dict(query), input=body)
        except (OSError, RuntimeError) as fault:  # requests' errors are OSErrors; a redirect elsewhere is a RuntimeError
            self.traffic.end(method, path, 0)
            return Answer(status=0, text=f"{type(fault).__name__}: {fault}")
        self.traffic.end(method, path, status)
        return Answer(status=status, headers={k.lower(): str(v) for k, v in headers.items()}, text=text)

    @cached_property
    def _requester(self) -> "Requester":
        from github import Auth, Github

        return Github(
            auth=Auth.Token(self._token),
            base_url=self.api_url,
            user_agent=f"lanemark/{__version__}",
            timeout=self.patience.timeout,
            per_page=100,
            retry=None,
            lazy=True,
            seconds_between_requests=self.patience.between_requests,
            seconds_between_writes=self.patience.between_writes,
        ).requester

    def _own_address(self, address: str) -> str:
        """A Link header may lead to another path of the same API, and nowhere else."""
        if not address.startswith(self.api_url + "/"):
            raise GitHubError(f"GitHub's list continues at {address!r}, outside {self.api_url}", help="Check GITHUB_API_URL.")
        return address

    def pause(self, seconds: float) -> None:
        """Wait; nothing else here knows time."""
        if seconds > 0:
            self.traffic.waited_s += seconds
            time.sleep(seconds)


def _plain(answer: Answer, path: str) -> Any:
    try:
        return parse(answer.text.encode("utf-8", "surrogatepass"), limit=MAX_ANSWER, source=f"GitHub's answer to {path}")
    except DataError as fault:
        raise GitHubError(fault.message, help="Run the job again; a proxy between may have cut the answer.") from None


def read_answer(answer: Answer, kind: type[T], path: str) -> T:
    """Return an answer as `kind`; raise GitHubError where it is no JSON or has another shape."""
    return _convert_plain(_plain(answer, path), kind, path)


def _convert_plain(value: Any, kind: type[T], path: str) -> T:
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, UnicodeEncodeError) as fault:  # half a character in a name is no name of ours
        raise GitHubError(f"GitHub's answer to {path} has another shape: {fault}", help="Report it as a bug.") from None

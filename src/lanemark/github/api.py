"""Requests to GitHub's REST API, retried where that is safe, waited for within bounds, and counted.

PyGithub's defaults would repeat a POST after a 5xx (one comment becomes four), never repeat a PATCH, and wait up to six hours.
Here POST is never repeated blindly: `send` looks whether it landed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lanemark.errors import GitHubError

WAIT_S = 120
"""The longest wait for a rate limit."""

PAGE = 100
MOST_PAGES = 40


class UnavailableError(GitHubError):
    """GitHub did not answer, or with an error of its own: a write may have landed all the same."""

    code = "LG401"


class NotThereError(GitHubError):
    """GitHub says 404: it does not exist, or this token may not see it."""

    code = "LG402"


class ForbiddenError(GitHubError):
    """GitHub says 403: the token lacks a permission."""

    code = "LG403"


class Api:
    """GitHub's REST API as this token may use it, for one repository."""

    def __init__(self, token: str, *, api_url: str, repository: str, wait_s: int = WAIT_S, pause_s: float = 1.0) -> None:
        """Talk to `api_url`; `wait_s` bounds every wait, `pause_s` is the least time between two writes."""
        from github import Auth, Github
        from github.GithubRetry import GithubRetry

        retry = GithubRetry(
            total=5,
            backoff_factor=min(1.0, wait_s / 10),
            backoff_max=min(20, wait_s),
            retry_after_max=wait_s,
            max_rate_limit_wait=wait_s,
            secondary_rate_wait=min(60, wait_s),
            allowed_methods={"GET", "HEAD", "PUT", "PATCH", "DELETE"},
            status_forcelist=[*range(500, 600), 429],
        )
        self._requester = Github(
            auth=Auth.Token(token),
            base_url=api_url,
            retry=retry,
            per_page=PAGE,
            timeout=20,
            lazy=True,
            seconds_between_requests=min(0.05, pause_s),
            seconds_between_writes=pause_s,
        ).requester
        self.repository = repository
        self.requests = 0

    def ask(self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Any = None) -> Any:
        """Send one request about the repository and return the JSON; raise a GitHubError in words."""
        import requests
        from github import GithubException, RateLimitExceededException

        self.requests += 1
        try:
            _, data = self._requester.requestJsonAndCheck(
                method, f"/repos/{self.repository}{path}", parameters=dict(query or {}) or None, input=body
            )
        except RateLimitExceededException as fault:
            raise UnavailableError(f"the rate limit is used up: {_told(fault)}", help="re-run the job in an hour") from None
        except GithubException as fault:
            raise _in_words(method, path, fault.status, _told(fault)) from None
        except requests.RequestException as fault:
            raise UnavailableError(
                f"{method} {path}: no answer ({type(fault).__name__})", help="GitHub may be down; re-run the job"
            ) from None
        return data

    def pages(self, path: str, *, key: str = "", query: Mapping[str, Any] | None = None, most: int = MOST_PAGES) -> Iterator[Any]:
        """Yield the items of all pages of a list, at most `most` pages; `key` names the list inside the answer."""
        for page in range(1, most + 1):
            data = self.ask("GET", path, query={**(query or {}), "per_page": PAGE, "page": page})
            items = data[key] if key else data
            yield from items
            if len(items) < PAGE:
                return

    def download(self, path: str, *, limit: int) -> bytes:
        """Return what a path redirects to; the signed address gets no token. At most `limit` bytes are read."""
        import requests

        self.requests += 1
        auth: dict[str, str] = {}
        if self._requester.auth is not None:
            self._requester.auth.authentication(auth)
        try:
            first = requests.get(
                f"{self._requester.base_url}/repos/{self.repository}{path}", headers=auth, allow_redirects=False, timeout=20
            )
            if first.status_code in (404, 410):
                raise NotThereError(f"{path}: it has expired or is not there")
            if first.status_code not in (301, 302, 307):
                raise _in_words("GET", path, first.status_code, first.text[:200])
            with requests.get(first.headers["Location"], stream=True, timeout=60) as answer:
                if answer.status_code != 200:
                    raise UnavailableError(f"{path}: the storage answered {answer.status_code}")
                data = b""
                for piece in answer.iter_content(1 << 16):
                    data += piece
                    if len(data) > limit:
                        raise GitHubError(f"{path}: longer than {limit} bytes")
                return data
        except requests.RequestException as fault:
            raise UnavailableError(f"GET {path}: no answer ({type(fault).__name__})") from None


def _told(fault: Any) -> str:
    """Return GitHub's own words about a fault."""
    data = fault.data
    return str(data.get("message", ""))[:300] if isinstance(data, dict) else str(data)[:300]


def _in_words(method: str, path: str, status: int, told: str) -> GitHubError:
    """Return the error of an answer, with what to do about it."""
    where = f"{method} {path}: {status} {told}".rstrip()
    if status == 401:
        return GitHubError(f"{where}", help="the token is wrong or has expired; pass github-token: ${{ github.token }}")
    if status == 403:
        need = "checks: write" if "check-runs" in path else "pull-requests: write" if "comments" in path else "actions: read"
        return ForbiddenError(
            where, help=f"give the job `permissions: {{{need}}}`; on a pull request from a fork no write is possible"
        )
    if status in (404, 410):
        return NotThereError(where)
    return UnavailableError(where) if status >= 500 else GitHubError(where)

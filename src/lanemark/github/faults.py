"""An answer that is no success, as an error that says what to do."""

import json
import re

from lanemark.errors import GitHubError
from lanemark.escape import visible
from lanemark.github.patience import Answer


class AnswerError(GitHubError):
    """GitHub answered, but not with what was asked for. `status` is the HTTP status, 0 where no answer came."""

    def __init__(self, message: str, *, status: int, help: str = "") -> None:  # noqa: A002 -- the word users read
        """Carry the status beside the message."""
        super().__init__(message, help=help)
        self.status = status


_PERMISSIONS: tuple[tuple[str, str, str], ...] = (
    (r"/issues/(\d+/)?comments", "pull-requests: read", "pull-requests: write"),
    (r"/issues/(\d+/)?events", "pull-requests: read", "pull-requests: write"),
    (r"/check-runs", "checks: read", "checks: write"),
    (r"/actions/", "actions: read", "actions: write"),
    (r"/pulls", "pull-requests: read", "pull-requests: write"),
    (r"/(contents|commits|compare)", "contents: read", "contents: write"),
)
"""Which line of a job's `permissions:` an operation needs, to read and to write."""


def permission_for(method: str, path: str) -> str:
    """Return the line that `permissions:` of the job must hold for this operation."""
    for pattern, read, write in _PERMISSIONS:
        if re.search(pattern, path):
            return read if method == "GET" else write
    return "contents: read"


def explain_answer(method: str, path: str, answer: Answer, *, api_url: str) -> AnswerError:
    """Return the error for an answer that was not good, after all retries."""
    what = f"{method} {visible(path)}"
    said = _message(answer)
    if answer.status == 0:
        help_text = f"Check that {visible(api_url)} can be reached from this runner, and run the job again."
        return AnswerError(f"GitHub gave no answer to {what}: {said}", status=0, help=help_text)
    message = f"GitHub answered {answer.status} to {what}: {said}"
    return AnswerError(message, status=answer.status, help=_help(method, path, answer))


def _help(method: str, path: str, answer: Answer) -> str:
    line = permission_for(method, path)
    if answer.limited:
        return "The rate limit of this token is used up. Run the job again later; all workflows of the repository share it."
    if answer.status == 401:
        return "The token is wrong or has expired. Pass `github-token: ${{ github.token }}` to the action."
    if answer.status == 403:
        return (
            f"Give the job `permissions: {{ {line} }}`. On a pull request from a fork, and for Dependabot, the token can never "
            "write: the job summary holds the whole report there, and the lane-publish workflow comments."
        )
    if answer.status == 404:
        return f"Either it does not exist, or the token may not see it: give the job `permissions: {{ {line} }}`."
    if answer.status >= 500:
        return "GitHub has a fault of its own, see githubstatus.com. Run the job again later."
    return "GitHub refused what was sent. If it stays so, report it as a bug of Lanemark with this message."


def _message(answer: Answer) -> str:
    """GitHub's own words, in one bounded line."""
    text = answer.text
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict) and isinstance(found.get("message"), str):
        text = found["message"]
    line = " ".join(text.split())
    return visible(line[:300]) or "no reason given"

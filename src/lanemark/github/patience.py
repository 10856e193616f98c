"""How long to wait for GitHub, and for what: pure decisions about answers that may become better.

PyGithub's own retries are switched off: they repeat a POST that may have landed (one call, four comments), do not repeat a PATCH,
do not back off at all by default, and obey a `Retry-After` of six hours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Every wait in seconds.

    `most` bounds what one request may wait over all its retries, and `most_in_all` what the retries of a whole run may. `settle`
    is how long a list may lag behind a write. `most_requests` is no wait: it bounds what one run may ask.
    """

    between_requests: float = 0.05
    between_writes: float = 1.0
    timeout: int = 20
    backoff: float = 1.0
    longest_backoff: float = 20.0
    secondary_limit: float = 60.0
    most: float = 120.0
    most_in_all: float = 300.0
    most_requests: int = 500
    attempts: int = 5
    settle: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: status, headers in lower case, text. Status 0 means no answer, and `text` says why."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    @property
    def good(self) -> bool:
        """Whether GitHub did what was asked."""
        return 200 <= self.status < 400

    @property
    def doubtful(self) -> bool:
        """Whether a write may have landed although the answer does not say so."""
        return self.status == 0 or self.status >= 500

    @property
    def limited(self) -> bool:
        """Whether this is a rate limit, which GitHub also says with 403."""
        if self.status == 429:
            return True
        limit = re.search(r"rate limit|abuse detection|wait a few minutes|retry your request", self.text, re.IGNORECASE)
        return self.status == 403 and ("retry-after" in self.headers or limit is not None)


def wait_before_retry(answer: Answer, attempt: int, patience: Patience, *, now: float) -> float | None:
    """Return the seconds to wait before asking again, None where asking again is pointless.

    `attempt` counts from 1, `now` is the time as Unix seconds. GitHub's rule: `Retry-After`; else, when nothing remains, until
    the reset; else a minute for a secondary limit; else exponential back-off.
    """
    if attempt >= patience.attempts or not (answer.limited or answer.doubtful):
        return None
    after = answer.headers.get("retry-after", "")
    if after.isdecimal() and len(after) < 10:
        return float(after)
    if answer.limited:
        reset = answer.headers.get("x-ratelimit-reset", "")
        if answer.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal() and len(reset) < 12:
            return max(0.0, int(reset) - now) + 1.0
        return patience.secondary_limit
    return float(min(patience.backoff * 2 ** (attempt - 1), patience.longest_backoff))

"""What a client asked of GitHub, and how much it may: a token's limit is shared by every workflow of its repository."""

from dataclasses import dataclass, field

from lanemark import units
from lanemark.errors import GitHubError
from lanemark.escape import visible


@dataclass(slots=True)
class Traffic:
    """Requests sent (retries included), seconds waited, and one line a request: `GET /repos/o/r/pulls/7: 200`.

    `most` bounds the requests: GitHub gives the token of a job 1,000 an hour, for all jobs of the repository together.
    """

    most: int
    requests: int = 0
    retries: int = 0
    waited_s: float = 0.0
    lines: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Count a request before it is sent; raise GitHubError where it would be one too many."""
        if self.requests >= self.most:
            raise GitHubError(
                f"{self.requests} requests were sent to GitHub, and no more than {self.most} are spent on one run",
                help="Run the job again; what is written already is found there. If it stays so, report it as a bug of Lanemark.",
            )
        self.requests += 1

    def end(self, method: str, path: str, status: int) -> None:
        """Keep how a request was answered; 0 means not at all."""
        self.lines.append(f"{method} {visible(path)}: {status or 'no answer'}")

    def sentence(self) -> str:
        """Return `12 requests, 3 retries, 4 s waited`."""
        counts = [_count(self.requests, "request", "requests"), _count(self.retries, "retry", "retries")]
        return f"{', '.join(counts)}, {units.seconds(self.waited_s)} waited"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"

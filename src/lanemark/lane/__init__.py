"""Which lane, and which rule claimed each file?"""

from lanemark.codec import Record
from lanemark.path import RepoPath


class Claim(Record, frozen=True, kw_only=True):
    """One file's lane and the rule that put it there: `.github/lanemark.yml:5 docs/**`, None for the default lane."""

    path: RepoPath
    lane: str
    rule: str | None = None


class Choice(Record, frozen=True, kw_only=True):
    """The lane of a change, the reason in a sentence, and every file's claim."""

    lane: str
    reason: str
    claims: tuple[Claim, ...] = ()

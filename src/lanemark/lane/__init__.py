"""Which lane, by which rules, and at whose wish?"""

from typing import Literal

from lanemark.codec import Record
from lanemark.path import RepoPath


class Claim(Record, frozen=True, kw_only=True):
    """One file's lane and the rule that put it there: `.github/lanemark.yml:5 docs/**`, None for the default lane."""

    path: RepoPath
    lane: str
    rule: str | None = None


class Lift(Record, frozen=True, kw_only=True):
    """What makes a change at least as heavy as `lane`, whatever its files are.

    `rule` is where it is written (`.github/lanemark.yml:12 when.lines`, or `built-in: …`), `why` is the figure in a sentence:
    `2,431 changed lines, 2,000 lift it to heavy`.
    """

    lane: str
    rule: str
    why: str


Outcome = Literal["", "lifted", "lowered", "same", "refused", "no-lane"]
"""What became of a wish: it made the lane heavier or lighter, changed nothing, was not followed, or names no lane.

Empty before the decision.
"""


class Wish(Record, frozen=True, kw_only=True):
    """A lane that somebody asked for: the workflow or the command line (`input`), a label of the pull request, or a comment.

    `by` is the GitHub login of who asked, by GitHub's word, empty where that is not known. `trusted` means that it may make the
    lane lighter; `doubt` says why it was not followed.
    """

    lane: str
    source: Literal["input", "label", "comment"]
    by: str = ""
    trusted: bool = False
    doubt: str = ""
    outcome: Outcome = ""


class Choice(Record, frozen=True, kw_only=True):
    """The lane of a change, the reason in a sentence, every file's claim, and everything that lifts it.

    `by_itself` is the lane that it would get without anybody's wish, which is `lane` where `wishes` is empty.
    """

    lane: str
    reason: str
    claims: tuple[Claim, ...] = ()
    lifts: tuple[Lift, ...] = ()
    wishes: tuple[Wish, ...] = ()
    by_itself: str = ""

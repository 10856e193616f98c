"""A publication, applied: each write once, whatever the network does, and one comment however many runs write at once."""

from dataclasses import dataclass

from lanemark.errors import GitHubError
from lanemark.github.answers import CheckPart, CommentPart
from lanemark.github.client import GitHub
from lanemark.github.faults import AnswerError
from lanemark.github.threads import find_check, read_own_comments, read_pull
from lanemark.publish.plan import is_newer
from lanemark.publish.types import OwnComment, Publication, Request, Sent, Thread
from lanemark.report.marker import says_the_same

LOOKS = 8
"""How often a comment is looked at again after writing; two are enough unless other runs write at the same time."""


def send_publication(github: GitHub, publication: Publication, thread: Thread) -> Sent:
    """Send every request; what the token may not do is reported and passed over.

    Raises the first other GitHubError, after everything else was tried.
    """
    sent, failed = Sent(), list[GitHubError]()
    for request in publication:
        if not request.path.startswith(f"{github.root}/"):
            raise GitHubError(f"{request.path} is not in {github.repository}", help="Report it as a bug of Lanemark.")
        try:
            sent.done.append(_send_request(github, request, thread))
        except AnswerError as fault:
            if fault.status == 403:
                sent.refused.append(f"{fault.message}. {fault.help}")
                sent.unmarked |= request.kind == "check"
            else:
                failed.append(fault)
        except GitHubError as fault:
            failed.append(fault)
    if failed:
        raise failed[0]
    return sent


def _send_request(github: GitHub, request: Request, thread: Thread) -> str:
    if request.kind == "check":
        return _send_check(github, request)
    if request.method == "DELETE":
        github.delete(request.path)
        return f"removed a copy of the comment ({request.path.rpartition('/')[2]})"
    if read_pull(github, thread.number).head.sha != thread.head:
        return f"left the comment on #{thread.number} alone: the pull request moved on meanwhile"
    return _Comment(github, request.body["body"], thread).publish()


def _send_check(github: GitHub, request: Request) -> str:
    name, head = request.body["name"], request.body["head_sha"]
    github.create(
        request.path, request.body, CheckPart, landed=lambda: find_check(github, head, name=name, external_id=request.landed)
    )
    return f"posted the check run {name}"


@dataclass(slots=True)
class _Comment:
    """One text that wants to be our comment on a thread, perhaps beside other runs that want the same for theirs.

    The rule every run follows, so that they agree without talking: the oldest comment stays, the newest text wins, and a run
    leaves only when that is what it sees after the time a list may lag behind. What lags longer, the next run mends.
    """

    github: GitHub
    text: str
    thread: Thread

    def publish(self) -> str:
        """Write, look, and mend until it is at rest; return what was done."""
        own = self._own()
        if any(is_newer(each.body, self.text, head=self.thread.head) for each in own):
            return f"left the comment on #{self.thread.number} alone: a newer run wrote it"
        if own:
            self._mend(own)
        else:
            self._create()
        for _ in range(LOOKS):
            self.github.pause(self.github.patience.settle)
            seen = self._own()
            if seen and not self._mend(seen):
                break
        return f"edited the comment on #{self.thread.number}" if own else f"commented on #{self.thread.number}"

    def _create(self) -> None:
        path = f"{self.github.root}/issues/{self.thread.number}/comments"
        self.github.create(path, {"body": self.text}, CommentPart, landed=self._find_mine)

    def _find_mine(self) -> CommentPart | None:
        return next((CommentPart(id=own.id, body=own.body) for own in self._own() if self._is_mine(own)), None)

    def _mend(self, own: tuple[OwnComment, ...]) -> bool:
        """Make the oldest comment hold the newest text and remove the others; tell whether anything had to be done."""
        newest = self._newest_text(own)
        mended = len(own) > 1
        if not says_the_same(own[0].body, newest):
            mended = True
            if not self._edit(own[0], newest):
                return True
        for surplus in own[1:]:
            self.github.delete(f"{self.github.root}/issues/comments/{surplus.id}")
        return mended

    def _edit(self, own: OwnComment, text: str) -> bool:
        """Edit a comment; False when it was deleted since it was listed."""
        try:
            self.github.replace(f"{self.github.root}/issues/comments/{own.id}", {"body": text}, CommentPart)
        except AnswerError as fault:
            if fault.status == 404:
                return False
            raise
        return True

    def _newest_text(self, own: tuple[OwnComment, ...]) -> str:
        """Our text, unless a later run of the same head has written."""
        newest = self.text
        for each in own:
            if is_newer(each.body, newest, head=self.thread.head):
                newest = each.body
        return newest

    def _is_mine(self, own: OwnComment) -> bool:
        return own.body.replace("\r\n", "\n").strip() == self.text.strip()

    def _own(self) -> tuple[OwnComment, ...]:
        return read_own_comments(self.github, self.thread.number)

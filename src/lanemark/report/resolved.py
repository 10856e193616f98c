"""What failed before and does not now: said in the comment that said so.

Which run wrote a comment and what it found stands in its state. That is a hint from a text of ours and decides nothing: it only
adds a sentence.
"""

from lanemark import escape
from lanemark.judge.types import Verdict
from lanemark.report.marker import State, read_state, replace_state

GREEN = (Verdict.PASS.value, Verdict.WARN.value)


def tell_resolved(comment: str, earlier: State | None) -> str:
    """Return `comment` with what it has to remember of the one it replaces, and with a sentence where a failure is mended.

    Saying it twice says it once: for the same `earlier` the text is the same.
    """
    state = read_state(comment)
    failed = _failed_at(earlier, state.head) if state is not None else ""
    if state is None or not failed or state.verdict == Verdict.FAIL.value:
        return comment
    told = replace_state(comment, failed=failed)
    if state.verdict not in GREEN:
        return told
    marker, heading, rest = told.split("\n", 2)
    return f"{marker}\n{heading}\n\n**Resolved:** an earlier run, of commit {escape.markdown(failed[:7])}, failed.\n{rest}"


def _failed_at(earlier: State | None, head: str) -> str:
    """Return the commit of the last failure that nothing green came after, empty where there is none.

    A green comment of the same head keeps saying what it resolved; of an older head it is over.
    """
    if earlier is None:
        return ""
    if earlier.verdict == Verdict.FAIL.value:
        return earlier.head
    return earlier.failed if earlier.head == head or earlier.verdict not in GREEN else ""

"""Who set a label, and who may write to the repository? A pull request's payload says neither; only GitHub can tell."""

from urllib.parse import quote

from lanemark.github.answers import LabelledPart, PermissionPart
from lanemark.github.client import GitHub
from lanemark.github.faults import AnswerError

WRITERS = ("admin", "write")
"""Permissions that include writing; GitHub tells the role `maintain` as `write`, and `triage` as `read`."""


def labelled_by(github: GitHub, number: int, label: str) -> str:
    """Return the login of who set a label that is on a pull request now; empty where it is not, or nobody is known.

    Upper and lower case do not differ in labels. A label that was renamed to this name was set by nobody.
    """
    login = ""
    for part in github.pages(f"{github.root}/issues/{number}/events", LabelledPart):
        if part.label is not None and part.label.name.casefold() == label.casefold():
            if part.event == "labeled":
                login = part.actor.login if part.actor else ""
            elif part.event == "unlabeled":
                login = ""
    return login


def may_write(github: GitHub, login: str) -> bool:
    """Return whether somebody may write to the repository now; whom GitHub does not know there may not.

    Raises GitHubError where the token may not ask, which is no answer.
    """
    if not login:
        return False
    path = f"{github.root}/collaborators/{quote(login, safe='')}/permission"
    try:
        part = github.get(path, PermissionPart)
    except AnswerError as fault:
        if fault.status == 404:
            return False
        raise
    return part.permission in WRITERS

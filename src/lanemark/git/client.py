"""The one git client: commits, files and worktrees."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from lanemark.change import AddedLines, ChangedFile
from lanemark.errors import NotARepositoryError
from lanemark.git.ask import FETCH_TIMEOUT_S, ask_git, need_git
from lanemark.git.diff import DIFF, parse_changes
from lanemark.git.lines import LINES, map_to_head, parse_added
from lanemark.path import RepoPath, from_bytes

COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
DEEPEN = (50, 200, 1000, 5000)
"""How many more commits a shallow clone is given, step by step, before we give up."""

TEXT_LIMIT = 256 << 10


class Git:
    """Is a change.read.Repository and a pipeline.prepare.Checkout."""

    def __init__(self, root: str) -> None:
        """Ask about the repository around the folder `root`."""
        self._root = root
        self._known: dict[str, str | None] = {}

    def resolve(self, ref: str) -> str | None:
        """Return the commit a ref names, None where there is none."""
        if ref not in self._known:
            done = ask_git(self._root, ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"))
            if done.returncode and done.stderr:
                need_git(self._root, ("rev-parse", "--git-dir"))
            self._known[ref] = done.stdout.decode("ascii", "replace").strip() or None
        return self._known[ref]

    def parents(self, commit: str) -> tuple[str, ...]:
        """Return a commit's parents; the commit object names them even where a shallow clone lacks them."""
        header = need_git(self._root, ("cat-file", "commit", commit)).split(b"\n\n", 1)[0]
        return tuple(line[7:].decode("ascii") for line in header.split(b"\n") if line.startswith(b"parent "))

    def fetch(self, commit: str) -> bool:
        """Try to get one commit from the origin; tell whether it is there now."""
        if not COMMIT.fullmatch(commit):
            return False
        words = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--depth=1", "--end-of-options", "origin", commit)
        self._known.pop(commit, None)
        # `--depth` would cut a full clone short; there, a plain fetch of the commit is right.
        shallow = self._is_shallow()
        return (
            ask_git(self._root, [word for word in words if shallow or word != "--depth=1"], timeout_s=FETCH_TIMEOUT_S).returncode
            == 0
            and self.resolve(commit) is not None
        )

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor.

        In a shallow clone git may name an older one than the true one, because the path to that is cut: so the clone is deepened
        until no cut lies between the tips and the merge base, or we give up with None.
        """
        for more in (0, *DEEPEN):
            if (
                more
                and ask_git(
                    self._root, ("fetch", "--quiet", "--no-tags", f"--deepen={more}", "origin"), timeout_s=FETCH_TIMEOUT_S
                ).returncode
            ):
                return None
            done = ask_git(self._root, ("merge-base", "--end-of-options", one, other))
            found = done.stdout.decode("ascii", "replace").strip()
            if not self._is_shallow():
                return found or None
            if found and not self._is_cut(found, one, other):
                return found
        return None

    def is_ancestor(self, old: str, new: str) -> bool:
        """Tell whether `old` is `new` or an ancestor of it."""
        return ask_git(self._root, ("merge-base", "--is-ancestor", "--end-of-options", old, new)).returncode == 0

    def changed_files(self, base: str, tested: str) -> tuple[ChangedFile, ...]:
        """Return every path that differs, renames as a deletion and an addition; one process."""
        return parse_changes(need_git(self._root, ("diff", *DIFF, "--end-of-options", base, tested, "--")))

    def added_lines(self, base: str, tested: str, head: str) -> tuple[AddedLines, ...]:
        """Return the lines of `tested` that `base` does not have, with their numbers in `head`."""
        added = parse_added(need_git(self._root, ("diff", *LINES, "--end-of-options", base, tested, "--")))
        if head == tested:
            return added
        return map_to_head(added, need_git(self._root, ("diff", *LINES, "--end-of-options", head, tested, "--")))

    def text(self, commit: str, path: str) -> str | None:
        """Return a file of a commit as text, None where there is none; links and files beyond 256 KiB are none."""
        raw = path.encode("utf-8", "surrogateescape")
        listed = need_git(self._root, ("ls-tree", "-l", "-z", "--full-tree", commit, "--", f":(literal){path}"))
        for line in listed.split(b"\0"):
            meta, _, name = line.partition(b"\t")
            if name == raw:
                mode, _, blob, size = meta.split()
                if mode in (b"100644", b"100755") and int(size) <= TEXT_LIMIT:
                    return need_git(self._root, ("cat-file", "blob", blob.decode("ascii"))).decode("utf-8", "replace")
        return None

    def tracked(self, commit: str) -> tuple[RepoPath, ...]:
        """Return all paths of a commit."""
        listed = need_git(self._root, ("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit))
        return tuple(from_bytes(path) for path in listed.split(b"\0") if path)

    @contextmanager
    def worktree(self, commit: str, folder: str) -> Iterator[str]:
        """Put `commit` at the absolute `folder` for as long as the context lasts; what a killed run left there is replaced."""
        if os.path.lexists(folder):
            shutil.rmtree(folder)
        need_git(self._root, ("worktree", "prune"))
        need_git(self._root, ("worktree", "add", "--quiet", "--detach", "--force", folder, commit))
        try:
            yield folder
        finally:
            ask_git(self._root, ("worktree", "remove", "--force", "--force", folder))
            shutil.rmtree(folder, ignore_errors=True)
            ask_git(self._root, ("worktree", "prune"))

    def _is_shallow(self) -> bool:
        """Tell whether the clone lacks history."""
        done = ask_git(self._root, ("rev-parse", "--is-shallow-repository"))
        if done.returncode:
            raise NotARepositoryError(f"{self._root} is not inside a git repository")
        return done.stdout.strip() == b"true"

    def _is_cut(self, base: str, *tips: str) -> bool:
        """Tell whether a cut of the history lies between the tips and a merge base, so that a nearer one may hide behind it."""
        where = need_git(self._root, ("rev-parse", "--git-path", "shallow")).decode("utf-8", "surrogateescape").strip()
        try:
            with open(os.path.join(self._root, where), encoding="ascii") as file:
                cuts = set(file.read().split())
        except OSError:
            return True
        listed = need_git(self._root, ("rev-list", "--end-of-options", *tips, f"^{base}")).decode("ascii").split()
        return bool(cuts & set(listed))

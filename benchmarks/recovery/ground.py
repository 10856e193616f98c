"""A repository whose stages write files, links, folders and state, and how it looks from outside; used by the kill suite."""

import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

KILLER = Path(__file__).resolve().with_name("killer.py")
SOURCE = Path(__file__).resolve().parents[2] / "src"

CONFIG = """\
version: 1
lanes: {standard: {default: true, stages: [gen, make, migrate, seed, app, report]}}
stages:
  gen:
    run: |
      mkdir -p dist/deep/empty dist/bin
      cat src/*.txt > dist/all.txt
      for n in 1 2 3 4 5 6 7 8; do echo "$n" > dist/deep/$n.txt; done
      printf '#!/bin/sh\\n' > dist/bin/tool; chmod 755 dist/bin/tool
      ln -sf ../all.txt dist/bin/link
    inputs: ["src/**"]
    outputs: [dist/]
  make: {run: "mkdir -p db; echo base > db/table", inputs: ["src/**"], outputs: [db/]}
  migrate: {run: "echo migrated >> db/table; echo index > db/index", needs: [make], state: [db/], destructive: true}
  seed: {run: "echo row >> db/table; sort -o db/index db/index; cat src/b.txt >> db/index", needs: [migrate], state: [db/]}
  app: {run: "echo begun >> app.log; cat dist/all.txt db/table > app.out; echo done >> app.log", needs: [gen, seed], outputs: [app.out, app.log]}
  report: {run: "wc -l < app.out > report.txt", needs: [app], inputs: ["src/**"], outputs: [report.txt]}
measure: {baseline: none}
"""
COVERED = ("dist", "db", "app.out", "app.log", "report.txt")


class Ground:
    """A repository in `folder` and the state of lanemark beside it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.root, self.cache = self.folder / "r", self.folder / "cache"
        (self.root / "src").mkdir(parents=True)
        (self.root / ".github").mkdir()
        (self.root / ".github" / "lanemark.yml").write_text(CONFIG)
        (self.root / ".gitignore").write_text("dist/\ndb/\n*.out\n*.log\nreport.txt\n.lanemark/\n")
        for name in "abc":
            (self.root / "src" / f"{name}.txt").write_text(f"{name}\n" * 3)
        self.git("init", "-q", "-b", "main")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "one")

    def git(self, *words):
        author = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
        subprocess.run(["git", *words], cwd=self.root, env={**os.environ, **author}, check=True, capture_output=True)

    def environment(self):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        return {**kept, "PYTHONPATH": str(SOURCE), "LANEMARK_CACHE": str(self.cache), "PYTHONDONTWRITEBYTECODE": "1"}

    def lanemark(self, *words, status=0):
        ran = subprocess.run(
            [sys.executable, "-m", "lanemark.cli", *words],
            cwd=self.root, env=self.environment(), capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert "Traceback" not in ran.stderr, ran.stderr
        assert status is None or ran.returncode == status, (words, ran.returncode, ran.stderr)
        return ran

    def start(self, at, *words):
        """Start `lanemark WORDS` to be killed before its event `at` (0: to be counted)."""
        reader, writer = os.pipe()
        started = subprocess.Popen(
            [sys.executable, str(KILLER), f"{at},{writer}", *words],
            cwd=self.root, env=self.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=(writer,),
        )  # fmt: skip
        os.close(writer)
        return started, reader

    def kill_at(self, at, *words):
        """Run `lanemark WORDS` to its end or its death at event `at`; return whether it was killed, and the count for `at` 0."""
        started, reader = self.start(at, *words)
        started.wait(120)
        with os.fdopen(reader, "rb") as counted:
            text = counted.read()
        return started.returncode == -signal.SIGKILL, int(text or b"0")

    def save(self, name):
        """Keep repository and state as they are, under `name`."""
        for part in ("r", "cache"):
            target = self.folder / f"{name}-{part}"
            shutil.rmtree(target, ignore_errors=True)
            if (self.folder / part).exists():
                subprocess.run(["cp", "-a", str(self.folder / part), str(target)], check=True)

    def load(self, name):
        """Have everything as it was saved."""
        for part in ("r", "cache"):
            shutil.rmtree(self.folder / part, ignore_errors=True)
            if (self.folder / f"{name}-{part}").exists():
                subprocess.run(["cp", "-a", str(self.folder / f"{name}-{part}"), str(self.folder / part)], check=True)

    def picture(self, *, times=False):
        """Return everything at the covered paths: kind, permissions, content."""
        found = {}
        for top in COVERED:
            self._look(self.root / top, found, times)
        return found

    def digest(self):
        return hashlib.sha256(repr(sorted(self.picture().items())).encode()).hexdigest()[:12]

    def litter(self):
        """Return what killed writers left beside the covered paths."""
        return list(self.root.rglob(".lanemark-*"))

    def _look(self, path, found, times):
        try:
            state = path.lstat()
        except FileNotFoundError:
            return
        name = str(path.relative_to(self.root))
        mode = stat.S_IMODE(state.st_mode)
        if stat.S_ISLNK(state.st_mode):
            found[name] = ("link", os.readlink(path))
        elif stat.S_ISDIR(state.st_mode):
            found[name] = ("dir", mode)
            for one in sorted(path.iterdir()):
                self._look(one, found, times)
        else:
            found[name] = ("file", mode, path.read_bytes(), state.st_mtime_ns if times else 0)

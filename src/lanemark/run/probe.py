"""Which version of a tool a stage would use: its own word, asked once a run."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Protocol

from lanemark.cache.types import Probed
from lanemark.escape import visible
from lanemark.ports import Command, Files, Processes
from lanemark.run.stage import SHELL

TIMEOUT_S = 10.0
"""How long a tool may take to tell its version."""

LIMIT = 64 << 10
"""The most bytes of an answer that count."""


class Recall(Protocol):
    """Remembers answers from run to run, as long as the program itself is what it was."""

    def find(self, command: str, environment: Mapping[str, str]) -> str | None:
        """Return the digest of what the command printed before, None where it has to be asked."""
        ...

    def keep(self, command: str, environment: Mapping[str, str], digest: str) -> None:
        """Remember what the command printed, if that can be known from the program alone."""
        ...


class ToolProbes:
    """Implements `cache.types.Probes`: a process for each question, in the shell, folder and environment of a stage."""

    def __init__(
        self,
        processes: Processes,
        files: Files,
        environment: Mapping[str, str],
        *,
        root: str,
        log: str,
        recall: Recall | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """Ask tools in the folder `root`; `log` is a file name that nobody else uses."""
        self._processes, self._files, self._environment = processes, files, environment
        self._root, self._log, self._recall, self._timeout_s = root, log, recall, timeout_s
        self._known: dict[tuple[str, frozenset[tuple[str, str]]], Probed] = {}

    def ask(self, tools: Mapping[str, str], env: Mapping[str, str]) -> Probed:
        """Return the digest of what each tool says of itself; `env` is the stage's own environment."""
        found: dict[str, str] = {}
        for name, command in tools.items():
            one = self._ask_once(command, env)
            if one.failure:
                return Probed(failure=f"its tool {visible(name)} cannot be asked: {one.failure}")
            found |= dict.fromkeys([name], one.digests[""])
        return Probed(digests=found)

    def _ask_once(self, command: str, env: Mapping[str, str]) -> Probed:
        question = command, frozenset(env.items())
        if question not in self._known:
            self._known[question] = self._ask(command, {**self._environment, **env})
        return self._known[question]

    def _ask(self, command: str, environment: Mapping[str, str]) -> Probed:
        """Return the answer to one command under the empty name."""
        digest = self._recall.find(command, environment) if self._recall is not None else None
        if digest is not None:
            return Probed(digests={"": digest})
        ended = self._processes.run(
            Command(
                argv=(*SHELL, command),
                cwd=self._root,
                environment=environment,
                stdout=f"{self._log}.out",
                stderr=f"{self._log}.err",
                timeout_s=self._timeout_s,
            )
        )
        if ended.cancelled or ended.timed_out or ended.error or ended.status:
            why = (
                "it was cancelled"
                if ended.cancelled
                else f"no answer within {self._timeout_s:g} s"
                if ended.timed_out
                else ended.error
            )
            return Probed(failure=why or f"{visible(command)} gives exit status {ended.status}")
        said = [self._files.tail(f"{self._log}.{stream}", limit=LIMIT) for stream in ("out", "err")]
        if not any(said):
            return Probed(failure=f"{visible(command)} prints nothing")
        digest = sha256(b"\0".join(said)).hexdigest()
        if self._recall is not None:
            self._recall.keep(command, environment, digest)
        return Probed(digests={"": digest})

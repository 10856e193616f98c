"""Execute a stage until it works, or until nothing is left that may be tried.

What looks into failures is imported when there is one: a run without any pays nothing for it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import msgspec

from lanemark.config.types import Stage
from lanemark.errors import DataError, StoppedError
from lanemark.escape import visible
from lanemark.recover.recovery import Recovery
from lanemark.recover.types import Action, Diagnosis, Evidence, TestReport
from lanemark.result import Failure, Outcome, Try
from lanemark.run.stage import execute_stage
from lanemark.run.types import Execution, Tools, Workspace
from lanemark.units import size

LOG_BYTES = 64 << 10
"""So much of the end of each stream is looked at after a failure."""

MOST_TESTS = 50

Left = Callable[[], float | None]
"""The seconds the lane has left, None where it has no limit."""


def execute_with_recovery(
    name: str, place: Workspace, tools: Tools, recovery: Recovery, *, left_s: Left, undo: Callable[[], None] | None = None
) -> Outcome:
    """Execute a stage, and again where its failure allows that; return what became of it, with every try.

    `undo` puts back what the stage changed before it runs again; without it that is all it may write, outputs and state. Pauses
    and retries are part of the lane's time. Raises StoppedError when the run was cancelled.
    """
    attempt = _Attempt(name, place, tools, recovery, left_s)
    if undo is None and recovery.allowed(attempt.stage):
        undo = attempt.keep_found()
    hosts: tuple[str, ...] = ()
    while True:
        outcome, found, report = attempt.execute()
        if found is None or outcome.failure is None:
            recovery.breaker.note_success(hosts)
            return msgspec.structs.replace(outcome, tries=attempt.tries)
        hosts = found.hosts
        recovery.breaker.note_failure(hosts, tools.clock.monotonic())
        action = attempt.choose(found)
        if action.kind == "rerun-failed" and report is not None:
            return attempt.rerun_failed(outcome, found, report)
        if action.kind == "none":
            return attempt.give_up(outcome, action.why_not)
        why_not = attempt.prepare(action, outcome, found, undo)
        if why_not:
            return attempt.give_up(outcome, why_not)


@dataclass(slots=True)
class _Attempt:
    """One stage on its way through its tries."""

    name: str
    place: Workspace
    tools: Tools
    recovery: Recovery
    left_s: Left
    tries: tuple[Try, ...] = ()
    alone: bool = False

    @property
    def stage(self) -> Stage:
        """The stage as declared."""
        return self.place.stages[self.name]

    @property
    def _reports(self) -> tuple[str, ...]:
        """The outputs that may be reports of tests."""
        return tuple(f"{self.place.root}/{path}" for path in self.stage.outputs if path.endswith(".xml"))

    def keep_found(self) -> Callable[[], None] | None:
        """Keep what stands now where the stage may write, for the next try; None where it cannot be kept.

        Half a migrated database is no state to begin from, so what it changes in place counts as much as what it makes.
        """
        from lanemark.recover.policy import covered_paths

        paths = covered_paths((self.stage,))
        if not paths:
            return _undo_nothing
        trees, root = self.tools.trees, self.place.root
        try:
            return partial(trees.put, root, paths, trees.keep(root, paths))
        except DataError:
            return None

    def execute(self) -> tuple[Outcome, Diagnosis | None, TestReport | None]:
        """Execute the stage once, and find out what went wrong where something did."""
        scene = self.recovery.scene
        with self.recovery.crowd.enter(alone=self.alone):
            kills, mark = scene.look(()).oom_kills, scene.mark(self._reports)
            done = execute_stage(self.name, self.place, self.tools, time_left_s=self._left())
        if done.outcome.failure is None:
            return done.outcome, None, None
        from lanemark.recover.classify import classify
        from lanemark.run.failed_tests import read_report

        report = read_report(self.stage, self.place, self.tools, scene, mark)
        found = classify(self._gather(done, done.outcome.failure, kills, report), self.recovery.rules)
        return msgspec.structs.replace(done.outcome, failure=explain_failure(done.outcome.failure, found, report)), found, report

    def choose(self, found: Diagnosis) -> Action:
        """Return what is to be done about a failure."""
        from lanemark.recover.choose import choose_action

        recovery, stage = self.recovery, self.stage
        return choose_action(
            found,
            self.name,
            self.tries,
            allowed=recovery.allowed(stage),
            random=recovery.random,
            breaker=recovery.breaker,
            now=self.tools.clock.monotonic(),
            limit_s=stage.timeout_s,
            longest=recovery.longest,
            rerun=bool(stage.rerun),
        )

    def prepare(self, action: Action, outcome: Outcome, found: Diagnosis, undo: Callable[[], None] | None) -> str:
        """Do what comes before the next try and note the one that failed; return why there is none, empty where there is."""
        if undo is None:
            return "what it wrote cannot be put back, so it was not tried again"
        left = self.left_s()
        if left is not None and left <= action.pause_s:
            return "the lane has no time left for another try"
        done = self._act(action)
        if action.pause_s and not self.recovery.pause(action.pause_s):
            raise StoppedError(f"cancelled while {self.name} waited to run again")
        try:
            undo()
        except DataError as fault:
            return f"what it wrote could not be put back: {fault.message}"
        self.note(outcome, found, done, action.pause_s)
        return ""

    def note(self, outcome: Outcome, found: Diagnosis, done: str, pause_s: float = 0.0) -> None:
        """Write down a try that failed, and say what was done."""
        failure = outcome.failure
        assert failure is not None
        self.tries += (
            Try(
                cause=found.cause,
                confidence=found.confidence,
                evidence=failure.evidence,
                signs=found.signs,
                action=done,
                wall_s=outcome.usage.wall_s if outcome.usage else 0.0,
                pause_s=pause_s,
            ),
        )
        why = visible(found.signs[0]) if found.signs else failure.evidence
        self.tools.say(f"{visible(self.name)} failed ({found.cause}, {found.confidence}): {why}; {visible(done)}")

    def give_up(self, outcome: Outcome, why_not: str) -> Outcome:
        """Return the failure with all tries, and why there is no other."""
        failure = outcome.failure
        if failure is not None and why_not:
            failure = msgspec.structs.replace(failure, signs=(*failure.signs, f"not tried again: {why_not}"))
        return msgspec.structs.replace(outcome, failure=failure, tries=self.tries)

    def rerun_failed(self, outcome: Outcome, found: Diagnosis, report: TestReport) -> Outcome:
        """Run the failed tests alone; where they pass now the stage is flaky. What the whole run wrote stays as it is."""
        from lanemark.run.failed_tests import LIST, write_list

        base = f"{self.place.logs}/{self.name}"
        keep = self.keep_found()
        why_not = write_list(report, f"{base}.failed", self.tools) or ("" if keep else "what it wrote cannot be kept")
        if why_not or keep is None:
            return self.give_up(outcome, why_not)
        env = {**self.stage.env, LIST: f"{base}.failed"}
        alone = msgspec.structs.replace(self.stage, run=self.stage.rerun, env=env, outputs=())
        place = replace(self.place, stages={**self.place.stages, self.name: alone})
        most = min(2, self.recovery.allowed(self.stage))
        tests = "failed test" if report.failed == 1 else f"{report.failed} failed tests"
        for number in range(1, most + 1):
            self.note(outcome, found, f"ran the {tests} alone")
            with self.recovery.crowd.enter():
                again = execute_stage(self.name, place, self.tools, time_left_s=self._left(), log=f"{self.name}.rerun{number}")
            keep()
            if again.outcome.failure is None:
                if missing := self.tools.trees.missing(self.place.root, self.stage.outputs):
                    return self.give_up(outcome, f"the failed tests passed alone, but {missing[0]} was not written")
                return Outcome(stage=self.name, state="ran", usage=outcome.usage, tries=self.tries, flaky=report.names)
        return self.give_up(outcome, "the failed tests failed again, alone")

    def _act(self, action: Action) -> str:
        """Do what an action asks for besides waiting, and return what was done, in a sentence."""
        if action.kind == "alone":
            self.alone = True
            self.recovery.crowd.halve()
        elif action.kind == "purge" and action.manager is not None:
            from lanemark.run.cures import empty_cache

            environment = {**self.tools.environment, **self.stage.env}
            problem = empty_cache(action.manager, self.place.root, environment, self.tools.processes)
            return action.words if not problem else f"could not empty the cache of {action.manager} ({problem}), ran it again"
        elif action.kind == "free-disk":
            freed = self.recovery.rooms.free(self.place.root)
            largest = f"; the largest folders are {', '.join(freed.largest)}" if freed.largest else ""
            return f"made {size(freed.bytes)} free in our own cache and ran it again{largest}"
        return action.words

    def _left(self) -> float | None:
        left = self.left_s()
        return None if left is None else max(left, 0.001)

    def _gather(self, done: Execution, failure: Failure, kills: int | None, report: TestReport | None) -> Evidence:
        """Return all that is known of a failed execution."""
        base, environment = f"{self.place.logs}/{self.name}", self.tools.environment
        paths = (self.place.root, self.place.logs, environment.get("TMPDIR", "/tmp"), environment.get("HOME", "/"))  # noqa: S108
        now = self.recovery.scene.look(paths)
        tails = (self.tools.files.tail(f"{base}.{stream}", limit=LOG_BYTES) for stream in ("out", "err"))
        return Evidence(
            run=self.stage.run,
            kind=failure.kind,
            status=failure.status,
            said=failure.evidence,
            oom_kills=None if kills is None or now.oom_kills is None else max(now.oom_kills - kills, 0),
            peak_bytes=done.peak_bytes,
            memory_bytes=now.memory_bytes,
            rooms=now.rooms,
            tests=report,
            log="\n".join(tail.decode("utf-8", "replace") for tail in tails),
        )


def explain_failure(failure: Failure, found: Diagnosis, report: TestReport | None) -> Failure:
    """Return a failure with its class, the evidence, and the tests that failed."""
    return msgspec.structs.replace(
        failure,
        cause=found.cause,
        confidence=found.confidence,
        signs=found.signs,
        tests=report.names[:MOST_TESTS] if report else (),
        failed_tests=report.failed if report else 0,
    )


def _undo_nothing() -> None:
    """Do nothing: the stage declares nothing that it writes."""

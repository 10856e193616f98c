"""The outside of an answer that still stands: whether there is one, and what a run leaves behind so that there is one next time.

The first function is called before anything else of Lanemark is loaded; everything that costs is loaded by the second.
"""

from __future__ import annotations

from lanemark.state import state_folder, store_folder
from lanemark.store.standing import Answer, answer_path, ask_question, find_answer
from lanemark.store.tally import add_use

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lanemark.run.replay import Replays
    from lanemark.store.witness import Beginning

VALUED = frozenset({"--lane", "--jobs", "--config", "--out"})
PLAIN = frozenset({"--json", "--fail-fast"})
"""The options of `lanemark run` with which an answer may stand; with any other one the run is done."""

MOST_TEXT = 1 << 20
"""More than this many characters are not kept to be said again."""


def find_standing(arguments: Sequence[str], environment: Mapping[str, str], folder: str) -> Answer | None:
    """Return what `lanemark run` with these arguments said last time, where nothing it rests on has changed, and count it."""
    if not _may_stand(arguments, environment):
        return None
    store = store_folder(state_folder(environment, folder))
    answer = find_answer(answer_path(store, arguments, folder), ask_question(arguments, environment, folder))
    if answer is not None:
        stages, saved_s = answer[4]
        add_use(store, stages, 0, saved_s)
    return answer


def begin_run() -> Beginning:
    """Return when the run began; nothing it will rest on may have been looked at before."""
    from lanemark.store.witness import Beginning

    return Beginning()


def keep_standing(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    replays: Replays,
    config: str,
    began: Beginning,
    words: Callable[[], tuple[str, str, str, bytes]],
) -> None:
    """Keep what a run said in which nothing had to run, so that it can be said again; `config` is the configuration's path.

    `words` gives what was said and printed, and the file with the facts. Where nothing is kept, the next run is as slow as this.
    """
    from lanemark.cache.key import kept_outputs
    from lanemark.pattern import Patterns
    from lanemark.run.replay import UNTOUCHED
    from lanemark.store.cache import DiskStore
    from lanemark.store.inputs import DiskInputs, outermost
    from lanemark.store.standing import write_answer
    from lanemark.store.trees import literal_starts
    from lanemark.store.witness import Looked, witness

    cache, root = replays.cache, replays.place.root
    inputs, store = cache.fingerprints, cache.store
    trusting = cache.policy.read and not cache.policy.read_outputs and not cache.policy.why_off
    if not (trusting and _may_stand(arguments, environment) and isinstance(inputs, DiskInputs) and isinstance(store, DiskStore)):
        return
    steps = replays.place.plan.steps
    if not steps or any(replays.why.get(step.stage) != UNTOUCHED for step in steps):
        return
    manifests = [answer.manifest for answer in replays.answers.values() if answer.manifest is not None]
    stages = [replays.place.stages[step.stage] for step in steps]
    if any(stage.tools or stage.family for stage in stages):
        return  # what a tool says of itself, and which instances there are, is not watched
    claims = [Patterns(stage.inputs) for stage in stages]
    looked = Looked(
        root=root,
        starts=outermost(start for stage in stages for start in literal_starts(stage.inputs)),
        outputs=[output for stage in stages for output in kept_outputs(stage)],
        claims=lambda path: any(one.claim(path) is not None for one in claims),
        knows=inputs.knows,
    )
    rest = witness(looked, [config], [store.entries.path(one.key) for one in manifests], began)
    said, printed, path, facts = words()
    if rest is None or len(said) + len(printed) + len(facts) > MOST_TEXT:
        return
    answer = (said, printed, path, facts, (len(steps), replays.saved_s))
    try:
        write_answer(answer_path(store.folder, arguments, root), ask_question(arguments, environment, root), rest, answer)
    except OSError:
        return  # the next run does without


def _may_stand(arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Return whether a run with these arguments may be answered by what an earlier one said.

    It says which lane or stages it means: otherwise the change decides. In Actions every run has its own words and numbers.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        return False
    lane, stages, words = "", 0, iter(arguments)
    for word in words:
        option, equals, value = word.partition("=")
        if option in VALUED:
            given = value if equals else next(words, "")
            lane = given if option == "--lane" else lane
        elif not word.startswith("-"):
            stages += 1
        elif word not in PLAIN:
            return False
    return lane != "" or stages > 0

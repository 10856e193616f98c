"""The key of a stage: equal keys mean that what it left behind once is what it would leave behind now."""

from collections.abc import Mapping
from hashlib import sha256

from lanemark.cache.identity import digest_fields
from lanemark.cache.types import Parts, Surroundings
from lanemark.config.types import Stage

VERSION = "key-1"
"""Changes whenever the fields below do, so that old keys never meet new ones."""

FLEETING = frozenset({
    "GITHUB_SHA", "GITHUB_REF", "GITHUB_REF_NAME", "GITHUB_RUN_ID", "GITHUB_RUN_NUMBER", "GITHUB_EVENT_NAME",
    "GITHUB_REPOSITORY", "GITHUB_SERVER_URL", "TERM", "TMPDIR", "TEMP", "TMP", "USER", "LOGNAME", "SHELL", "HOME",
})  # fmt: skip
"""Variables that stages may see and that differ from run to run or from person to person; with them nothing could be replayed."""

LASTING_RUNNER = frozenset({"RUNNER_OS", "RUNNER_ARCH"})
"""The only variables of the runner that say what it is; the others name one machine or one job."""


def make_parts(
    stage: Stage,
    around: Surroundings,
    *,
    inputs: str,
    needs: Mapping[str, str],
    shell: str,
    tools: Mapping[str, str] | None = None,
) -> Parts:
    """Return everything that decides whether `stage` must run; `inputs` and the values of `needs` are digests of trees."""
    return Parts(
        version=VERSION,
        stage=stage.name,
        command=digest_fields((stage.run,)),
        shell=shell,
        env=dict(sorted({**around.passed, **digest_values(stage.env)}.items())),
        inputs=inputs,
        needs=dict(sorted(needs.items())),
        outputs=kept_outputs(stage),
        platform=around.platform,
        place="" if stage.relocatable else around.root,
        tools=dict(sorted((tools or {}).items())),
    )


def key_of(parts: Parts) -> str:
    """Return the key: SHA-256 over every field, each with its length and each list with its count, so that nothing slips over."""
    fields = [parts.version, parts.stage, parts.command, parts.shell, parts.inputs, parts.platform, parts.place]
    for pairs in (parts.env, parts.needs):
        fields += [str(len(pairs)), *(text for pair in sorted(pairs.items()) for text in pair)]
    # Stages without tools keep the keys they had before there were any.
    tools = (str(len(parts.tools)), *(text for pair in sorted(parts.tools.items()) for text in pair)) if parts.tools else ()
    return digest_fields((*fields, str(len(parts.outputs)), *parts.outputs, *tools))


def digest_passed(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of those that are handed on to all stages that count, with digests in the place of their values."""
    return digest_values({name: value for name, value in environment.items() if not is_fleeting(name)})


def digest_values(variables: Mapping[str, str]) -> dict[str, str]:
    """Return variables with digests in the place of their values, which may be secrets."""
    return {name: sha256(value.encode("utf-8", "surrogateescape")).hexdigest() for name, value in variables.items()}


def is_fleeting(name: str) -> bool:
    """Return whether a variable that is handed on does not count; one that the stage declares always counts."""
    return name in FLEETING or (name.startswith("RUNNER_") and name not in LASTING_RUNNER)


def kept_outputs(stage: Stage) -> tuple[str, ...]:
    """Return what is kept and put back: the declared outputs, and the files with the stage's own figures."""
    return tuple(dict.fromkeys((*stage.outputs, *(one.file for one in stage.metrics))))

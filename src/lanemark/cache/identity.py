"""Can a stage differ between two sides? Its identity says so before anything runs."""

from collections.abc import Iterable, Mapping
from hashlib import sha256

from lanemark.cache.types import Probed, Probes
from lanemark.config.types import Stage
from lanemark.plan import Forecast
from lanemark.ports import Trees
from lanemark.tree import join_fields

VERSION = "identity-1"
"""Changes whenever the fields below do, so that old identities never meet new ones."""


def forecast_stages(
    order: Iterable[str], stages: Mapping[str, Stage], root: str, *, trees: Trees, tools: str, probes: Probes | None = None
) -> dict[str, Forecast]:
    """Return what is known of each stage of `order` (needs first) on the side that stands at `root`.

    The identity covers the name, the command, declared environment and outputs, the content of the declared inputs, `tools`
    (a text that changes when the machine does), what the stage's own tools answer to `probes`, and the identities of what it
    needs. The root does not enter: two equal sides
    at two places are equal. A stage without declared inputs, or behind one, is untracked.
    """
    found: dict[str, Forecast] = {}
    for name in order:
        stage = stages[name]
        needs = [found[need].identity if need in found else None for need in stage.needs]
        if not stage.inputs:
            found[name] = Forecast(reason="untracked: no inputs are declared")
        elif any(identity is None for identity in needs):
            untracked = next(need for need, identity in zip(stage.needs, needs, strict=True) if identity is None)
            found[name] = Forecast(reason=f"untracked: it needs {untracked}, which declares no inputs")
        elif (probed := _probe(stage, probes)).failure:
            found[name] = Forecast(reason=f"untracked: {probed.failure}")
        else:
            inputs = trees.take(root, stage.inputs)
            fields = [VERSION, tools, name, stage.run, inputs.digest, *stage.outputs, "", *(need or "" for need in needs), ""]
            fields += [text for pair in sorted(stage.env.items()) for text in pair]
            fields += ["", *(text for pair in sorted(probed.digests.items()) for text in pair)] if probed.digests else []
            found[name] = Forecast(identity=digest_fields(fields), reason="measured, never replayed in this version")
    return found


def _probe(stage: Stage, probes: Probes | None) -> Probed:
    """Return what the stage's tools say of themselves."""
    if not stage.tools:
        return Probed()
    return Probed(failure="its tools cannot be asked here") if probes is None else probes.ask(stage.tools, stage.env)


def digest_fields(fields: Iterable[str]) -> str:
    """Return SHA-256 over length-prefixed fields, so that moving a character from one field to the next changes it."""
    return f"sha256:{sha256(join_fields(field.encode('utf-8', 'surrogateescape') for field in fields)).hexdigest()}"

"""`each:` of a stage as it is written, and what the rest of the stage must then say."""

from lanemark.config.document import Items, Node, Table, Text
from lanemark.config.each import PLACEHOLDER, VARIABLE
from lanemark.config.fields import Fields, Reader
from lanemark.config.problems import quoted


def read_each(fields: Fields, reader: Reader) -> tuple[str, ...]:
    """Return the patterns of `each`, one or a list; all of them are about folders, or all about files."""
    node, label, at = fields.get("each"), fields.label("each"), fields.place("each")
    if isinstance(node, Text) and node.kind == "text":
        node = Items(place=node.place, items=(node,))
    before = reader.problems.count
    lines = tuple(rule.pattern for rule in reader.rules(node, label, at))
    if node is None or reader.problems.count > before:
        return lines
    positive = [line for line in lines if not line.startswith("!")]
    if not positive:
        reader.problems.add("LG162", at, f"{label} matches nothing", help="write for example packages/*/")
    elif len({line.endswith("/") for line in positive}) > 1:
        help_ = "a slash at the end means a folder; make two stages of it"
        reader.problems.add("LG162", at, f"{label} mixes folders and files", help=help_)
    return lines


def check_each(fields: Fields, reader: Reader) -> None:
    """Note where the path of an instance cannot go: into the command's text, and into a stage that has no instances."""
    each, run = fields.get("each") is not None, fields.get("run")
    if each and isinstance(run, Text) and PLACEHOLDER in run.value:
        help_ = f'write "${VARIABLE}", with the quotes'
        reader.problems.add("LG162", run.place, f"{fields.label('run')}: {PLACEHOLDER} is not filled in here", help=help_)
    for key in ("outputs", "metrics"):
        label = fields.label(key)
        for text in _texts(fields, key):
            if each and PLACEHOLDER not in text.value:
                help_ = f"write it once for each, such as {PLACEHOLDER}/{quoted(text.value, mark='')}"
                reader.problems.add("LG153", text.place, f"{label}: every instance would write {quoted(text.value)}", help=help_)
    for key in () if each else ("inputs", "outputs", "metrics"):
        for text in _texts(fields, key):
            if PLACEHOLDER in text.value:
                help_ = "add each: packages/*/ to the stage, or write the path"
                message = f"{fields.label(key)}: {PLACEHOLDER} means nothing without each"
                reader.problems.add("LG106", text.place, message, help=help_)


def _entries(node: Node) -> tuple[tuple[Text, Node], ...]:
    return node.entries if isinstance(node, Table) else ()


def _texts(fields: Fields, key: str) -> list[Text]:
    """Return the paths and patterns of a list, also where they stand as `{file: …}`."""
    node = fields.get(key)
    found: list[Text] = []
    for item in node.items if isinstance(node, Items) else ():
        values = [item] if isinstance(item, Text) else [value for name, value in _entries(item) if name.value == "file"]
        found += [value for value in values if isinstance(value, Text)]
    return found

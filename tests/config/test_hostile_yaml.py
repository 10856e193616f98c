"""Bytes from somebody who wants the reader to hang, fall over, or believe something."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanemark.config.document import MAX_ALIASES, MAX_DEPTH, MAX_NODES, Items, Table, Text, read_document
from lanemark.config.keys import KEYS
from lanemark.config.problems import Problems
from lanemark.config.read import read_config
from lanemark.config.types import Config
from lanemark.errors import EXPLANATIONS, ConfigError

FULL = (Path(__file__).parent / "full.yml").read_text("utf-8")
SMALL = "version: 1\nstages: {t: {run: x}}\nlanes: {l: {stages: [t]}}\n"


def refused(text):
    with pytest.raises(ConfigError) as caught:
        read_config(text, "f.yml")
    return caught.value.problems


def laughs(levels, width):
    lines = [f"x-0: &a0 [{', '.join(['lol'] * width)}]"]
    lines += [f"x-{level}: &a{level} [{', '.join([f'*a{level - 1}'] * width)}]" for level in range(1, levels)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        SMALL + laughs(9, 9),
        "[" * 5000 + "]" * 5000,
        "{" * 5000,
        "- " * 5000 + "a",
        "{a: " * 5000,
        "? " * 5000,
        SMALL + "".join(f"x-{number}: 1\n" for number in range(MAX_NODES // 2)),
        SMALL + "x: " + "a" * 300_000,
        SMALL + "x-a: &a 1\nx-b: [" + "*a, " * (MAX_ALIASES + 1) + "]\n",
    ],
    ids=["laughs", "lists", "mappings", "blocks", "pairs", "keys", "values", "bytes", "aliases"],
)
def test_bomb_is_refused_at_its_limit(text):
    assert [problem.code for problem in refused(text)] == ["LG101"]


def test_limits_leave_room_up_to_themselves():
    deep = MAX_DEPTH - 1
    assert read_config(SMALL + f"x-a: &a {'[' * deep}{']' * deep}\nx-b: *a\n", "f")
    assert [problem.code for problem in refused(SMALL + f"x-a: &a {'[' * deep}{']' * deep}\nx-b: [*a]\n")] == ["LG101"]
    assert read_config(SMALL + "x-a: &a 1\nx-b: [" + "*a, " * MAX_ALIASES + "]\n", "f")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &a [*a]\n", "LG102"),
        ("a: &a {b: *a}\n", "LG102"),
        ("a: *b\nb: &b 1\n", "LG102"),
        ("a: &b 1\nb: &b [*b]\n", "LG102"),
        ("%YAML 1.1\n---\nversion: 1\n", "LG103"),
        ("%TAG ! tag:x,2000:\n---\nversion: 1\n", "LG103"),
        ("version: 1\n---\nversion: 1\n", "LG103"),
        ("version: !!int 1\n", "LG103"),
        ("!!python/object/apply:os.system [id]\n", "LG103"),
        ("! version: 1\n", "LG103"),
        ("a: \x00\n", "LG102"),
        ('a: "\\0"\n', "LG102"),
        ('a: "\\ud800"\n', "LG102"),
        ("a: \ud800\n", "LG102"),
        ('a: "\\U00110000"\n', "LG102"),
        ("\ta: 1\n", "LG102"),
        ("a: 'open\n", "LG102"),
    ],
)
def test_yaml_that_readers_differ_about_is_refused(text, code):
    assert refused(text)[0].code == code


@pytest.mark.parametrize("key", ["1", "1.5", "true", "null", "~", "0x1f", "[a]", "{a: 1}", "? [a]\n", ""])
def test_key_that_is_no_text_is_refused(key):
    assert "LG103" in [problem.code for problem in refused(f"{SMALL}{key}: 1\n")]


def test_anchor_may_be_written_again_and_the_last_counts():
    text = "version: 1\nx-a: &a one\nx-b: &a two\nstages: {t: {run: *a}}\nlanes: {l: {stages: [t]}}\n"
    assert read_config(text, "f").stages["t"].run == "two"


def nodes(node):
    yield node
    if isinstance(node, Table):
        for key, value in node.entries:
            yield key
            yield from nodes(value)
    elif isinstance(node, Items):
        for item in node.items:
            yield from nodes(item)


def test_every_place_is_where_the_value_stands():
    lines = FULL.split("\n")
    texts = [node for node in nodes(read_document(FULL, Problems("f", FULL))) if isinstance(node, Text)]
    assert len(texts) > 140
    for text in texts:
        shown = lines[text.place.line - 1][text.place.column - 1 :][: text.place.width]
        assert shown.strip("\"'") == text.value


def test_every_misspelt_key_is_told_at_its_place():
    known = {key for block in KEYS.values() for key in block}
    lines = FULL.split("\n")
    tried = 0
    for table in nodes(read_document(FULL, Problems("f", FULL))):
        for key, _ in table.entries if isinstance(table, Table) else ():
            if key.value not in known:
                continue
            line = lines[key.place.line - 1]
            end = key.place.column - 1 + len(key.value)
            changed = [*lines[: key.place.line - 1], line[:end] + "x" + line[end:], *lines[key.place.line :]]
            found = refused("\n".join(changed))
            assert ("LG104", key.place.line, key.place.column) in [(each.code, each.line, each.column) for each in found]
            tried += 1
    assert tried > 60


def accepts_or_refuses(text):
    problems, config = (), None
    try:
        config = read_config(text, "f.yml")
    except ConfigError as error:
        problems = error.problems
    lines = text.removeprefix("\ufeff").split("\n")
    for problem in problems:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        assert problem.code in EXPLANATIONS
        assert len(problem.text().split("\n")) <= 20
    if not problems:
        assert isinstance(config, Config)
        assert config.stages
        assert sum(lane.default for lane in config.lanes) == 1


WORDS = "version: 1|stages|lanes|run|needs|default|true|measure|coverage|reports|budgets|5%|5s|&a|*a|!!x|---\n|...\n|<<|- |? |\n  |\n    "
TOKENS = st.one_of(st.sampled_from(WORDS.split("|")), st.sampled_from(": \n{}[],|>'\"#%~\t\r\x85\u2028@`\\\ufeff"))


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=80), st.lists(TOKENS, max_size=40).map("".join)))
def test_any_text_is_a_configuration_or_a_config_error(text):
    accepts_or_refuses(text)


@pytest.mark.parametrize("seed", range(4))
def test_any_mutation_of_a_whole_file_is_a_configuration_or_a_config_error(seed):
    chance = random.Random(seed)
    pieces = [
        "{",
        "}",
        "[",
        "]",
        ":",
        "\n",
        " ",
        "-",
        "5",
        "%",
        "'",
        '"',
        "&a ",
        "*a",
        "on",
        "\x00",
        "\u202e",
        "é",
        "~",
        "",
        "",
        "",
        FULL[100:160],
    ]
    for _ in range(15):
        text = FULL
        for _ in range(chance.randint(1, 3)):
            start = chance.randrange(len(text))
            text = text[:start] + chance.choice(pieces) + text[start + chance.choice([0, 1, 1, 5, 40]) :]
        accepts_or_refuses(text)

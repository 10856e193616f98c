import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from ruamel.yaml import YAML
from test_messages import CASES
from valid_files import files

from lanemark.config.keys import KEYS, NOT_BUILT
from lanemark.config.read import read_config
from lanemark.config.schema import json_schema
from lanemark.config.show import show_config

ROOT = Path(__file__).parents[2]
FULL = (Path(__file__).parent / "full.yml").read_text("utf-8")
SCHEMA = jsonschema.Draft7Validator(json_schema())
SHAPES = {"LG104", "LG107", "LG108", "LG109", "LG110", "LG112", "LG113", "LG118"}


def load(text):
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text)))


def test_committed_schema_is_the_one_the_program_makes():
    made = subprocess.run(
        [sys.executable, "-m", "lanemark.config.schema"], cwd=ROOT / "src", capture_output=True, check=True
    ).stdout
    assert (ROOT / "schema" / "lanemark.schema.json").read_bytes() == made
    assert json.loads(made) == json_schema()


def test_schema_is_a_draft_7_schema():
    jsonschema.Draft7Validator.check_schema(json_schema())


def test_every_key_has_its_sentence():
    def mappings(schema):
        if isinstance(schema, dict):
            if "properties" in schema:
                yield schema["properties"]
            for value in schema.values():
                yield from mappings(value)
        elif isinstance(schema, list):
            for value in schema:
                yield from mappings(value)

    found = list(mappings(json_schema()))
    assert {key for properties in found for key in properties} == {key for keys in KEYS.values() for key in keys}
    assert all(value["description"].endswith(".") for properties in found for value in properties.values())


def test_a_key_is_known_or_not_built_but_never_both():
    for block, names in NOT_BUILT.items():
        assert not set(names) & set(KEYS[block])


def test_full_file_is_valid_and_so_is_its_merged_view():
    SCHEMA.validate(load(FULL))
    SCHEMA.validate(show_config(read_config(FULL, "f")))


@settings(max_examples=60, deadline=None)
@given(files())
def test_reader_and_schema_accept_the_same_valid_files(file):
    read_config(json.dumps(file), "f")
    SCHEMA.validate(file)


@pytest.mark.parametrize(
    "name", [name for name, (_, said) in CASES.items() if set(re.findall(r"error (LG...):", said)) <= SHAPES]
)
def test_schema_refuses_wrong_shapes_too(name):
    assert list(SCHEMA.iter_errors(load(CASES[name][0])))

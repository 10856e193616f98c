import json
from pathlib import Path

import jsonschema
import pytest
from report_builders import result, sample

from command import lanemark
from lanemark.codec import encode
from lanemark.report.schema import RECORDS, record_schema

SCHEMAS = Path(__file__).parents[2] / "schema"


@pytest.mark.parametrize("name", RECORDS)
def test_committed_schema_is_the_one_the_program_prints(tmp_path, name):
    printed = lanemark(tmp_path, "config", "schema", name).stdout
    assert (SCHEMAS / f"{name}.schema.json").read_text() == printed
    assert json.loads(printed) == json.loads(json.dumps(record_schema(name)))


@pytest.mark.parametrize("name", RECORDS)
def test_it_is_a_schema_and_every_record_has_its_sentence(name):
    schema = record_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    for called, described in schema["$defs"].items():
        assert described["description"].split("\n")[0].endswith((".", ":", ";", ",")), called
        assert "\n    " not in described["description"], called


def test_every_committed_schema_is_made_from_something():
    assert {file.name.removesuffix(".schema.json") for file in SCHEMAS.iterdir()} == {"lanemark", *RECORDS}


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        ({"schema": 2}, "1 was expected"),
        ({"side": "left"}, "is not one of"),
        ({"more": 1}, "Additional properties"),
        ({"samples": [{"stage": "unit"}]}, "required property"),
    ],
)
def test_what_is_no_result_is_refused(harm, why):
    told = json.loads(encode(result(samples=(sample("unit", 1, 0.5),))))
    check = jsonschema.Draft202012Validator(record_schema("result"))
    assert list(check.iter_errors(told)) == []
    faults = [fault.message for fault in check.iter_errors(told | harm)]
    assert faults
    assert all(why in fault for fault in faults)
    del told["schema"]
    assert list(check.iter_errors(told))

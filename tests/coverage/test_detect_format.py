from typing import get_args

import pytest

from lanemark.config.types import ReportFormat
from lanemark.coverage.detect import FORMATS, Format, detect_format, format_named
from lanemark.errors import DataError


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b'<?xml version="1.0"?><coverage line-rate="1">', "cobertura"),
        (b'\xef\xbb\xbf \n<coverage version="5">'.replace(b" \n", b""), "cobertura"),
        ('<?xml version="1.0" encoding="utf-16"?><coverage branch-rate="0">'.encode("utf-16"), "cobertura"),
        (b'{"meta": {"format": 3, "branch_coverage": false}, "files": {}}', "coveragepy"),
        (b' \n{"files": {"a.py": {"executed_lines": [', "coveragepy"),
        (b'\xef\xbb\xbf{"meta": {"branch_coverage": true', "coveragepy"),
        (b"TN:\nSF:a.c\nDA:1,1\n", "lcov"),
        (b"SF:a.c\r\n", "lcov"),
        (b"\xef\xbb\xbf# made by hand\n\nTN:x\n", "lcov"),
        (b'<report name="jacoco">', "jacoco"),
        (b'<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd"><report name="x"><group', "jacoco"),
        (b'<coverage generated="1" clover="4.0"><project/>', "clover"),
        (b'<coverage generated="1"><project/>', "clover"),
        (b"mode: set\n", "go"),
        (b"mode: atomic\r\na.go:1.1,2.2 1 1\r\n", "go"),
        (b'{"/a.js": {"path":"/a.js","statementMap":{', "istanbul-final"),
        (b'{"total": {"lines": {"total":1,"covered":1,"skipped":0,"pct":100}', "istanbul-summary"),
        (b'{"RSpec": {"coverage": {"/a.rb": {"lines": [', "simplecov"),
        (b'{"RSpec": {"coverage": {"/a.rb": [null', "simplecov"),
        (b'{\n  "meta": {\n    "simplecov_version": "0.22.0"', "simplecov"),
    ],
)
def test_content_decides(head, name):
    assert detect_format(head).name == name


@pytest.mark.parametrize(
    "head",
    [
        b"<html><body>",
        b"<report><package/>",
        b'{"total": {"lines": {}}}',
        b"mode: fast\n",
        b"DA:1,1\n",
        b"hello",
        b"\x00\x01\xff",
    ],
)
def test_other_files_are_not_taken_for_reports(head):
    with pytest.raises(DataError, match=r"is none of Cobertura XML, .*SimpleCov JSON; if it should be, name the format"):
        detect_format(head)


def test_two_claims_name_both():
    everything = Format("coveragepy", "Everything", lambda head: True, FORMATS[1].parse)
    with pytest.raises(DataError, match="could be cobertura and coveragepy"):
        detect_format(b"<coverage>", (FORMATS[0], everything))


def test_every_format_of_the_configuration_is_read():
    assert [format_named(name).name for name in get_args(ReportFormat)] == [known.name for known in FORMATS]

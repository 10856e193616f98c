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
    ],
)
def test_content_decides(head, name):
    assert detect_format(head).name == name


@pytest.mark.parametrize(
    "head",
    [
        b'<coverage generated="1" clover="4.0"><project/>',
        b'<report name="jacoco">',
        b"TN:\nSF:a.c\nDA:1,1\n",
        b'{"total": {"lines": {}}}',
        b"mode: set\n",
        b"hello",
    ],
)
def test_other_formats_are_not_taken_for_one_of_ours(head):
    with pytest.raises(DataError, match=r"not Cobertura XML or coverage\.py JSON"):
        detect_format(head)


def test_two_claims_name_both():
    everything = Format("coveragepy", "Everything", lambda head: True, FORMATS[1].parse)
    with pytest.raises(DataError, match="could be cobertura and coveragepy"):
        detect_format(b"<coverage>", (FORMATS[0], everything))


def test_every_format_of_the_configuration_is_read():
    assert [format_named(name).name for name in get_args(ReportFormat)] == [known.name for known in FORMATS]

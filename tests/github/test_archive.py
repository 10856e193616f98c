"""Every way an archive can lie is refused, quickly, and nothing is unpacked that nobody asked for."""

import io
import stat
import struct
import warnings
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanemark.errors import DataError
from lanemark.github.archive import MAX_ENTRIES, read_archive

NAMES = ("head/result.json", "base/result.json")


def read(data, names=NAMES, limit=10_000_000):
    return read_archive(data, names, limit=limit, source="artifact x")


def build(entries, method=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", method) as archive:
        warnings.simplefilter("ignore")
        for name, content in entries:
            archive.writestr(name, content)
    return target.getvalue()


def entry(name, mode=stat.S_IFREG | 0o644):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def patched(data, offset_in_central, value):
    """Change a field of the first central directory entry."""
    at = data.index(b"PK\x01\x02") + offset_in_central
    return data[:at] + value + data[at + len(value) :]


def test_an_honest_archive_is_read():
    data = build([("head/", b""), ("head/result.json", b"{}"), ("base/result.json", b"[]"), ("head/lanemark.log", b"x" * 10)])
    assert read(data) == {"head/result.json": b"{}", "base/result.json": b"[]"}


def test_other_entries_are_not_unpacked():
    bomb = build([("head/result.json", b"{}"), ("big", b"\0" * 300_000_000)])
    assert read(bomb) == {"head/result.json": b"{}"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../evil", "leads elsewhere"), ("/etc/passwd", "leads elsewhere"), ("a/../../b", "leads elsewhere"), ("a\\b", "leads elsewhere"),
        ("C:/x", "leads elsewhere"), ("./head/result.json", "leads elsewhere"), ("head//result.json", "leads elsewhere"),
        ("a\nb", "leads elsewhere"), ("a\u202eb", "leads elsewhere"), ("", "leads elsewhere"),
    ],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_refuses_the_whole_archive(name, words):
    with pytest.raises(DataError, match=words):
        read(build([("head/result.json", b"{}"), (entry(name), b"x")]))


def test_a_name_that_hides_its_end_behind_a_nul_is_refused():
    data = build([("head/result.jsonXevil", b"{}")]).replace(b"result.jsonXevil", b"result.json\0evil")
    with pytest.raises(DataError, match="leads elsewhere"):
        read(data)


def test_two_entries_of_one_name_are_refused():
    with pytest.raises(DataError, match="two entries"):
        read(build([("head/result.json", b"{}"), ("head/result.json", b"[]")]))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_are_refused(kind):
    with pytest.raises(DataError, match="neither"):
        read(build([(entry("head/result.json", kind | 0o777), b"/etc/passwd")]))


def test_encryption_is_refused():
    with pytest.raises(DataError, match="encrypted"):
        read(patched(build([("other", b"x"), ("head/result.json", b"{}")]), 8, struct.pack("<H", 1)))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_packing_is_refused(method):
    with pytest.raises(DataError, match="unusual"):
        read(build([("head/result.json", b"{}")], method))


def test_a_bomb_is_refused_by_its_ratio():
    with pytest.raises(DataError, match="unpacks to more"):
        read(build([("head/result.json", b"\0" * 9_000_000)]))


def test_a_file_beyond_the_limit_is_refused_before_it_is_unpacked():
    with pytest.raises(DataError, match="at most 100"):
        read(build([("head/result.json", b"x" * 101)]), limit=100)


def test_a_bomb_that_claims_to_be_small_is_refused():
    data = patched(build([("head/result.json", b"\0" * 9_000_000)]), 24, struct.pack("<L", 10))
    with pytest.raises(DataError, match="artifact x"):
        read(data)


def test_a_size_that_claims_too_much_is_refused():
    data = patched(build([("head/result.json", b"{}")]), 24, struct.pack("<L", 5000))
    with pytest.raises(DataError, match="claims 5000"):
        read(data)


def test_a_wrong_checksum_is_refused():
    with pytest.raises(DataError, match="broken"):
        read(patched(build([("head/result.json", b"{}")]), 16, b"\1\2\3\4"))


def test_a_local_name_that_differs_is_refused():
    data = build([("head/result.json", b"{}")])
    with pytest.raises(DataError, match="broken"):
        read(data.replace(b"head/", b"haed/", 1))


def test_more_entries_than_an_upload_has_are_refused():
    with pytest.raises(DataError, match="entries"):
        read(build([(f"f{number}", b"") for number in range(MAX_ENTRIES + 1)], zipfile.ZIP_STORED))


def test_an_entry_count_that_lies_is_counted_again():
    data = build([(f"f{number}", b"") for number in range(MAX_ENTRIES + 1)], zipfile.ZIP_STORED)
    end = data.rindex(b"PK\x05\x06")
    lying = data[: end + 8] + struct.pack("<2H", 1, 1) + data[end + 12 :]
    with pytest.raises(DataError, match=f"{MAX_ENTRIES + 1} entries"):
        read(lying)


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"not a zip at all, but long enough to be one", b'{"schema": 1}', b"PK\x03\x04" + b"\0" * 40]
)
def test_what_is_no_zip_is_refused(data):
    with pytest.raises(DataError, match="artifact x"):
        read(data)


def test_bytes_after_the_end_are_refused():
    with pytest.raises(DataError, match="follows its end"):
        read(build([("head/result.json", b"{}")]) + b"x")


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_damaged_archive_gives_the_true_bytes_or_an_error(data):
    """Flip bytes anywhere: never another exception, never other content."""
    honest = bytearray(build([("head/result.json", b'{"a": 1}'), ("base/result.json", b"[]" * 50)]))
    for _ in range(data.draw(st.integers(1, 4))):
        honest[data.draw(st.integers(0, len(honest) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read(bytes(honest))
    except DataError:
        return
    assert set(found.items()) <= {("head/result.json", b'{"a": 1}'), ("base/result.json", b"[]" * 50)}

import pytest

from lanemark.coverage.formats import cobertura
from lanemark.errors import DataError
from lanemark.markup import MAX_TAG, parse_markup, root_of

LAUGHS = (
    '<!DOCTYPE coverage [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
BOMBS = {
    "billion laughs": f"{LAUGHS}<coverage>&i;</coverage>",
    "quadratic": f'<!DOCTYPE coverage [<!ENTITY a "{"x" * 100000}">]><coverage>{"&a;" * 1000}</coverage>',
    "file": '<!DOCTYPE coverage [<!ENTITY x SYSTEM "file:///etc/passwd">]><coverage><sources><source>&x;</source></sources></coverage>',
    "address": '<!DOCTYPE coverage [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]><coverage>&x;</coverage>',
    "parameter": '<!DOCTYPE coverage [<!ENTITY % x SYSTEM "http://127.0.0.1:9/"> %x;]><coverage/>',
    "unparsed": '<!DOCTYPE coverage [<!NOTATION n SYSTEM "n"><!ENTITY x SYSTEM "x" NDATA n>]><coverage/>',
    "external": '<!DOCTYPE coverage SYSTEM "http://127.0.0.1:9/"><coverage>&x;</coverage>',
    "undeclared": "<coverage>&x;</coverage>",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_entities_are_refused(bomb):
    with pytest.raises(DataError, match=r"entity"):
        cobertura.parse(iter([BOMBS[bomb].encode()]))


def test_the_five_entities_of_xml_itself_are_read():
    data = b'<coverage><sources><source>a&amp;b&#65;&lt;</source></sources><class filename="x&quot;y"><line number="1" hits="1"/></class></coverage>'
    report = cobertura.parse(iter([data]))
    assert report.sources == ("a&bA<",)
    assert list(report.files) == ['x"y']


def test_a_tag_without_end_does_not_fill_the_memory():
    fed = 0

    def endless():
        nonlocal fed
        yield b"<coverage><class filename='"
        while fed < 50 * MAX_TAG:
            fed += 65536
            yield b"a" * 65536

    with pytest.raises(DataError, match="one tag is longer"):
        parse_markup(endless(), lambda parser: None)
    assert fed < 5 * MAX_TAG


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'<?xml version="1.0" encoding="utf-7"?><coverage/>', "encoding 'utf-7' is not read"),
        (b'<?xml version="1.0" encoding="shift_jis"?><coverage/>', "encoding 'shift_jis' is not read"),
        (b'<?xml version="1.0" encoding="no-such"?><coverage/>', "encoding 'no-such' is not read"),
        (b'<coverage a="\xff"/>', "line 1 column"),
        (b"<coverage></report>", "mismatched tag"),
        (b"<coverage/><coverage/>", "junk after document element"),
        (b"<coverage>\x00</coverage>", "line 1 column"),
        (b"hello", "line 1 column 1"),
        (b"", "ends in the middle"),
        (b"<coverage>", "ends in the middle"),
        (b'<coverage a="', "ends in the middle"),
    ],
)
def test_broken_markup_is_refused_in_words(data, why):
    with pytest.raises(DataError, match=why):
        cobertura.parse(iter([data]))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252", "us-ascii"])
def test_encodings_that_tools_write_are_read(encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><coverage><class filename="{"a" if encoding == "us-ascii" else "ä"}.py"/></coverage>'
    assert list(cobertura.parse(iter([text.encode(encoding)])).files) == ["a.py" if encoding == "us-ascii" else "ä.py"]


def test_the_root_is_found_behind_a_byte_order_mark_comments_and_a_doctype():
    head = b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- <report> --><!DOCTYPE coverage SYSTEM "x"><coverage line-rate="1"><pack'
    assert root_of(head) == ("coverage", {"line-rate": "1"})


@pytest.mark.parametrize("head", [b"", b"{}", b"TN:\nSF:a.c\n", b"<", b"mode: set\n", LAUGHS.encode() + b"<coverage>"])
def test_what_is_no_xml_has_no_root(head):
    assert root_of(head) is None

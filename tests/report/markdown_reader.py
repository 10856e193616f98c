"""Reads Markdown as GitHub does (cmark-gfm) and says what in it is more than text."""

import re

import cmarkgfm
import html5lib
from cmarkgfm.cmark import Options

MENTION = re.compile(r"(?<![\w`/.])@[A-Za-z0-9][A-Za-z0-9-]{0,38}")
REFERENCE = re.compile(r"(?<!\w)(#\d+|GH-\d+|[\w.-]+/[\w.-]+#\d+|GHSA-\w|\b[0-9a-f]{7,40}\b)", re.IGNORECASE)
HARMLESS = {
    "p",
    "h3",
    "h4",
    "ul",
    "li",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "code",
    "pre",
    "strong",
    "b",
    "details",
    "summary",
    "a",
}
INLINE = {"code", "a"}


def tree_of(markdown):
    html = cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)
    return html5lib.parseFragment(html, namespaceHTMLElements=False)


def skeleton(markdown):
    """The elements in order, without code spans and links, whose number is the names' own affair."""
    return [element.tag for element in tree_of(markdown).iter() if isinstance(element.tag, str) and element.tag not in INLINE]


def active(markdown, *, server):
    """Everything a hostile name must not reach: elements, attributes, links elsewhere, mentions, references, comments."""
    found = []

    def read(text, quiet):
        if text and not quiet:
            found.extend(("mention", match[0]) for match in MENTION.finditer(text))
            found.extend(("reference", match[0]) for match in REFERENCE.finditer(text))

    def walk(element, quiet):
        if not isinstance(element.tag, str):
            if not element.text.startswith((" lanemark:v1 id=default ", " lanemark-state:v1 ")):
                found.append(("comment", element.text))
        elif element.tag not in HARMLESS and element.tag != "DOCUMENT_FRAGMENT":
            found.append(("element", element.tag))
        allowed = {"a": {"href"}, "details": {"open"}, "td": {"align"}, "th": {"align"}, "pre": {"lang"}, "code": {"class"}}
        if isinstance(element.tag, str):
            found.extend(("attribute", name) for name in element.attrib if name not in allowed.get(element.tag, set()))
            if element.tag == "a" and not element.attrib.get("href", "").startswith(server + "/"):
                found.append(("link", element.attrib.get("href")))
            quiet = quiet or element.tag in ("code", "pre")
            read(element.text, quiet)
        for child in element:
            walk(child, quiet)
            read(child.tail, quiet)

    walk(tree_of(markdown), False)
    return found


def uneven_tables(markdown):
    """Table rows whose cells, counted by unescaped bars outside fences, are not as many as in the row above."""
    found, before, fence = [], None, ""
    for line in markdown.splitlines():
        opened = re.match(r"`{3,}", line)
        if opened and (not fence or line == fence):
            fence = "" if fence else opened[0]
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") and not fence else None
        if before is not None and cells is not None and cells != before:
            found.append(line)
        before = cells
    return found

"""A Git LFS pointer: the few lines that stand in the repository for a file that lies elsewhere."""

import re

POINTER_LIMIT = 1024
"""A pointer is shorter than this many bytes, by the specification of Git LFS."""

VERSIONS = (b"version https://git-lfs.github.com/spec/v1\n", b"version https://hawser.github.com/spec/v1\n")

SIZE = re.compile(rb"^size ([0-9]{1,18})$", re.MULTILINE)
OID = re.compile(rb"^oid sha256:[0-9a-f]{64}$", re.MULTILINE)


def read_pointer(content: bytes) -> int | None:
    """Return the size in bytes that a pointer tells, None for content that is no pointer."""
    if len(content) >= POINTER_LIMIT or not content.startswith(VERSIONS) or OID.search(content) is None:
        return None
    size = SIZE.search(content)
    return None if size is None else int(size[1])

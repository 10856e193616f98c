"""The one strict JSON codec: what crosses a file is a `Record`, and hostile bytes become one or a `DataError` with the JSON path.

Python's `json` accepts duplicate keys, NaN, 1e999 and 5,000-digit integers without a word, and a NaN makes every comparison
false, which would be a silent pass. So the bytes are scanned first and converted by msgspec, which forbids unknown fields, after.
"""

import json
import math
from typing import Any, NoReturn, TypeVar

import msgspec

from lanemark.errors import DataError
from lanemark.escape import visible

MAX_INTEGER = 2**63 - 1


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whatever is written to or read from a file."""


T = TypeVar("T")


def decode(data: bytes, kind: type[T], *, limit: int, source: str) -> T:
    """Return hostile bytes as `kind`, or raise DataError naming `source` and the JSON path of the fault.

    `limit` is the most bytes accepted. Refused besides: duplicate keys, NaN and infinities, integers beyond 64 bits, nesting
    beyond what `kind` has, unknown keys, wrong types.
    """
    plain = parse(data, limit=limit, source=source)
    try:
        return msgspec.convert(plain, kind, strict=True)
    except msgspec.ValidationError as fault:
        raise DataError(f"{source}: {_short(str(fault))}") from None
    except UnicodeEncodeError:  # half a character, where a field or a word of ours is wanted
        raise DataError(f"{source}: a name or a word in it holds half a character") from None


def parse(data: bytes, *, limit: int, source: str) -> Any:
    """Return hostile JSON as plain Python values under the same rules as `decode`, but of any shape."""
    if len(data) > limit:
        raise DataError(f"{source}: {len(data)} bytes, at most {limit} are read")

    def refuse(what: str) -> NoReturn:
        raise DataError(f"{source}: {what}")

    def constant(name: str) -> NoReturn:
        refuse(f"{name} is not a number that can be compared")

    def number(text: str) -> float:
        value = float(text)
        if not math.isfinite(value):
            refuse(f"the number {text[:40]} is out of range")
        return value

    def integer(text: str) -> int:
        if len(text) > 20 or abs(int(text)) > MAX_INTEGER:
            refuse(f"the integer {text[:40]} is out of range")
        return int(text)

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                refuse(f'the key "{_short(name)}" stands twice in one object')
            found[name] = value
        return found

    try:
        return json.loads(data, parse_constant=constant, parse_float=number, parse_int=integer, object_pairs_hook=mapping)
    except json.JSONDecodeError as fault:
        refuse(f"not JSON, line {fault.lineno} column {fault.colno}: {fault.msg}")
    except UnicodeDecodeError:
        refuse("not JSON: not UTF-8")
    except RecursionError:
        refuse("nested too deeply")


def _short(text: str) -> str:
    """Return hostile text (a key, a message that repeats one) for a message: visible, and at most 200 characters."""
    shown = visible(text)
    return shown if len(shown) <= 200 else shown[:199] + "…"


def encode(record: Record) -> bytes:
    """Return canonical JSON (sorted keys, two spaces, ASCII, final newline); raise ValueError on a NaN or infinity."""
    return encode_plain(msgspec.to_builtins(record))


def encode_plain(value: object) -> bytes:
    """Return any plain JSON value under the same rules as `encode`."""
    try:
        # The standard library indents in Python, five times slower than it writes; msgspec refuses lone surrogates.
        text = msgspec.json.format(json.dumps(value, allow_nan=False, sort_keys=True), indent=2)
    except msgspec.DecodeError:
        text = json.dumps(value, allow_nan=False, sort_keys=True, indent=2)
    return f"{text}\n".encode("ascii")


def encode_sealed(record: Record) -> bytes:
    """Return canonical JSON as `encode` does, but with fractions as msgspec writes them: in a tenth of the time.

    For records that only we read, and that are encoded again to check a seal. The caller keeps NaN out, which would become null.
    """
    try:
        data = msgspec.json.encode(record, order="sorted")
    except UnicodeEncodeError:  # a lone surrogate, which stands for a byte that is not UTF-8
        return encode(record)
    return msgspec.json.format(data, indent=2) + b"\n"


def encode_texts(value: object) -> bytes:
    """Return the bytes that `encode_plain` gives for a value without numbers, in a fifth of its time."""
    try:
        data = msgspec.json.encode(value, order="sorted")
    except UnicodeEncodeError:  # a lone surrogate, which stands for a byte that is not UTF-8
        return encode_plain(value)
    if not data.isascii() or b"\x7f" in data:
        return encode_plain(value)
    return msgspec.json.format(data, indent=2) + b"\n"

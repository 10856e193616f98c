"""Do numbers rise, and by how much? Asked of all of them at once, because a report has millions.

A Python integer has any length, so one integer holds all numbers side by side, each in a lane of as many bits. Taking from it the
same integer moved by one lane takes from each number the one before it, in one subtraction: a fifth of the time that a loop in C
over Python's numbers takes. Lanes borrow from each other only where a number falls, and then the result shows it: where every
difference is small and not negative, adding them up again, which carries nothing from lane to lane, gives the numbers.
"""

import struct
from collections.abc import Sequence
from contextlib import suppress


def small_steps(numbers: Sequence[int]) -> bytes | None:
    """Return how much each number but the first is more than the one before, None if any step is below 0 or above 255."""
    count = len(numbers)
    with suppress(struct.error):
        lanes = int.from_bytes(struct.pack(f"<{count}I", *numbers), "little")
        steps = ((lanes - (lanes << 32)) & ((1 << 32 * count) - 1)) - (numbers[0] if count else 0)
        if not steps & int.from_bytes(b"\0\xff\xff\xff" * count, "little"):
            return steps.to_bytes(4 * count, "little")[4::4]
    return None


def pairs_rise(firsts: Sequence[int], seconds: Sequence[int]) -> bool:
    """Return whether each pair is more than the one before, so that none stands twice; firsts from 1 to 2^31, seconds to 2^32."""
    count = len(firsts)
    with suppress(struct.error):
        high = int.from_bytes(struct.pack(f"<{count}Q", *firsts), "little")
        lanes = high << 32 | int.from_bytes(struct.pack(f"<{count}Q", *seconds), "little")
        steps = (lanes - (lanes << 64)) & ((1 << 64 * count) - 1)
        negative = int.from_bytes((b"\0" * 7 + b"\x80") * count, "little")
        one = int.from_bytes((b"\x01" + b"\0" * 7) * count, "little")
        return not (steps | (steps - one)) & negative
    return False

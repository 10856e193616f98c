"""Fuzz one parser, or all in turn, led by coverage (atheris): `make fuzz`, or `endless.py "result JSON" -max_total_time=600`.

Without a name each parser gets the same share of time. What fails is written to a file that atheris names, and the status is not 0.
"""

import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

SECONDS = 20
"""What each parser gets when all take their turn."""

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "src")]


def fuzz_one(name: str, options: list[str]) -> None:
    """Fuzz the parser called `name` until it fails or its time is up; never returns."""
    import atheris

    with atheris.instrument_imports(include=["lanemark"]):
        from fuzz.parsers import PARSERS
        from lanemark.errors import LanemarkError

    parser = next(parser for parser in PARSERS if parser.name == name)

    def once(data: bytes) -> None:
        with suppress(LanemarkError):
            parser.read(data)

    with tempfile.TemporaryDirectory() as folder:
        for number, sample in enumerate(parser.samples()):
            (Path(folder) / str(number)).write_bytes(sample)
        atheris.Setup([sys.argv[0], *options, folder], once)
        atheris.Fuzz()


def fuzz_all() -> int:
    """Fuzz every parser in a process of its own; return how many failed."""
    from fuzz.parsers import PARSERS

    failed = 0
    for parser in PARSERS:
        sys.stdout.write(f"== {parser.name}\n")
        sys.stdout.flush()
        command = [sys.executable, __file__, parser.name, f"-max_total_time={SECONDS}", "-verbosity=0", "-print_final_stats=1"]
        failed += subprocess.run(command, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(min(fuzz_all(), 1))
    fuzz_one(sys.argv[1], sys.argv[2:])

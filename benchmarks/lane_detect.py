"""`lanemark lane detect` as a whole process: 3,000 files against 200 patterns, and 10,000 against 100.

    python benchmarks/lane_detect.py

Prints the median CPU and wall time of 15 processes beside a bare `python -I -c pass`, and the ratio.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def sample(words: list[str], folder: str, data: bytes) -> tuple[float, float]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.perf_counter()
    process = subprocess.Popen(
        words, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    process.stdin.write(data)
    process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime


def median(words: list[str], folder: str, data: bytes = b"") -> tuple[float, float]:
    taken = [sample(words, folder, data) for _ in range(16)][1:]
    return tuple(statistics.median(column) for column in zip(*taken, strict=True))


def main() -> None:
    chance = random.Random(7)
    for files, patterns in ((3000, 200), (10000, 100)):
        with tempfile.TemporaryDirectory() as folder:
            lines = [f"pkg{n}/**" if n % 3 else f"!pkg{n}/**/*.md" if n % 2 else f"**/part{n}/*.py" for n in range(patterns)]
            listed = "".join(f'      - "{line}"\n' for line in lines)
            text = f"version: 1\nlanes:\n  docs: {{paths: ['*.md', 'docs/**'], stages: []}}\n  standard: {{default: true, stages: []}}\n  heavy:\n    stages: []\n    paths:\n{listed}stages: {{unit: {{run: 'true'}}}}\n"
            Path(folder, "lanemark.yml").write_text(text)
            paths = [f"pkg{chance.randrange(400)}/part{chance.randrange(99)}/file{n}.py" for n in range(files)]
            words = [
                sys.executable,
                "-m",
                "lanemark.cli",
                "lane",
                "detect",
                "--files-from",
                "-",
                "--config",
                "lanemark.yml",
                "--json",
            ]
            wall, cpu = median(words, folder, "\n".join(paths).encode())
            bare_wall, bare_cpu = median([sys.executable, "-I", "-c", "pass"], folder)
            print(
                f"lane detect, {files:6} files x {patterns} patterns: {wall * 1e3:6.1f} ms wall, {cpu * 1e3:6.1f} ms CPU (reach: under 150 ms); bare Python {bare_wall * 1e3:.1f} / {bare_cpu * 1e3:.1f} ms; ratio {cpu / bare_cpu:.1f}"
            )


if __name__ == "__main__":
    main()

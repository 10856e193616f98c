"""Make the fixtures again with the real tools: `python tests/ingest/make_fixtures.py`.

Needs hyperfine, go, g++ with libbenchmark, and an interpreter that has pytest and pytest-benchmark (given in FIXTURE_PYTHON, else this
one; pytest-benchmark must not be where our own tests run). Beside each file stands what the tool printed, as `*.printed.txt`, which
the tests compare with. The versions are printed, and kept in `versions.txt`. Names of the machine are taken out.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent / "fixtures"
PYTHON = os.environ.get("FIXTURE_PYTHON", sys.executable)
CLEAN = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LC_ALL": "C.UTF-8", "GOFLAGS": "-mod=mod"}

BENCHMARKS = """
import pytest


def total(count):
    return sum(price * 3 for price in range(count))


@pytest.mark.parametrize("count", [10, 1000])
def test_total(benchmark, count):
    benchmark.pedantic(total, args=(count,), rounds=40, iterations=20)


def test_join(benchmark):
    benchmark.pedantic(lambda: ",".join(map(str, range(500))), rounds=25, iterations=10)
"""

CASES = """
import time

import pytest


class TestCart:
    def test_waits(self):
        time.sleep(0.05)

    @pytest.mark.parametrize("pause", [0.02, 0.03])
    def test_pause(self, pause):
        time.sleep(pause)

    @pytest.mark.skip(reason="not today")
    def test_skipped(self):
        pass


def test_fails():
    time.sleep(0.01)
    assert 1 == 2


def test_is_quick():
    pass
"""

GO = """
package shop

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	fmt.Println("Unit items/op better=higher")
	os.Exit(m.Run())
}

var sink int

func work(count int) {
	for i := 0; i < count; i++ {
		sink += i * i
	}
}

func BenchmarkTotal(b *testing.B) {
	for _, count := range []int{100, 10000} {
		b.Run(fmt.Sprintf("items=%d", count), func(b *testing.B) {
			b.SetBytes(int64(8 * count))
			for i := 0; i < b.N; i++ {
				work(count)
			}
			b.ReportMetric(float64(count), "items/op")
		})
	}
}

func BenchmarkAlloc(b *testing.B) {
	for i := 0; i < b.N; i++ {
		sink += len(fmt.Sprint(i))
	}
	b.ReportMetric(3.5, "widgets")
}

func BenchmarkSkipped(b *testing.B) { b.Skip("no device") }
"""

GO_FAILS = """
package shop

import "testing"

func BenchmarkBroken(b *testing.B) { b.Fatal("no prices") }
"""

CPP = """
#include <benchmark/benchmark.h>
#include <string>

static void BM_Copy(benchmark::State& state) {
  std::string from(state.range(0), 'x');
  for (auto _ : state) {
    std::string to(from);
    benchmark::DoNotOptimize(to);
  }
  state.SetBytesProcessed(int64_t(state.iterations()) * state.range(0));
  state.SetItemsProcessed(state.iterations());
  state.counters["pages"] = state.range(0) / 4096.0;
  state.SetComplexityN(state.range(0));
}
BENCHMARK(BM_Copy)->Range(1024, 65536)->Complexity();

static void BM_Sum(benchmark::State& state) {
  for (auto _ : state) {
    double sum = 0;
    for (int i = 0; i < 200000; i++) sum += i * 0.5;
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(BM_Sum)->Unit(benchmark::kMillisecond);

static void BM_Broken(benchmark::State& state) {
  state.SkipWithError("no device");
  for (auto _ : state) {
  }
}
BENCHMARK(BM_Broken);
BENCHMARK_MAIN();
"""


def run(*words: str, cwd: Path, expect: int = 0) -> str:
    """Return what a command printed; raise where it ended otherwise than expected."""
    ran = subprocess.run(words, cwd=cwd, env=CLEAN, capture_output=True, text=True, timeout=600, check=False)
    if ran.returncode != expect:
        raise SystemExit(f"{words}: status {ran.returncode}\n{ran.stdout}\n{ran.stderr}")
    return ran.stdout


def keep(name: str, text: str, folder: Path) -> None:
    """Write a fixture without the names of the machine, the folder and the interpreter."""
    node = os.uname().nodename
    text = text.replace(str(folder), "/builds/shop").replace(node, "runner").replace(PYTHON, "python")
    (HERE / name).write_text(text, encoding="utf-8")


def make_pytest_benchmark(folder: Path) -> str:
    (folder / "test_prices.py").write_text(BENCHMARKS)
    words = (PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--benchmark-columns=min,median,rounds")
    printed = run(*words, "--benchmark-json=full.json", "--benchmark-save=short", cwd=folder)
    keep("pytest-benchmark.printed.txt", printed, folder)
    short = next(folder.glob(".benchmarks/*/*_short.json"))
    for name, made in (("pytest-benchmark.json", folder / "full.json"), ("pytest-benchmark-summary.json", short)):
        plain = json.loads(made.read_text())
        plain["machine_info"] = {"node": "runner", "machine": plain["machine_info"]["machine"], "cpu": {"count": 2}}
        plain["commit_info"] = {"id": "0" * 40, "branch": "main", "dirty": False}
        keep(name, json.dumps(plain, indent=1) + "\n", folder)
    return run(
        PYTHON,
        "-c",
        "import pytest_benchmark, pytest; print('pytest-benchmark', pytest_benchmark.__version__, 'pytest', pytest.__version__)",
        cwd=folder,
    )


def make_hyperfine(folder: Path) -> str:
    words = ("hyperfine", "-N", "--runs", "12", "--style", "none", "--export-json", "h.json", "--export-markdown", "h.md")
    run(*words, "-L", "pause", "0.01,0.02", "--command-name", "pause", "sleep {pause}", cwd=folder)
    keep("hyperfine.json", (folder / "h.json").read_text(), folder)
    keep("hyperfine.printed.txt", (folder / "h.md").read_text(), folder)
    run(
        "hyperfine",
        "-i",
        "-N",
        "--runs",
        "10",
        "--style",
        "none",
        "--export-json",
        "m.json",
        "sh -c 'test -e once || { touch once; exit 3; }'",
        cwd=folder,
    )
    keep("hyperfine-mixed.json", (folder / "m.json").read_text(), folder)
    return run("hyperfine", "--version", cwd=folder)


def make_go(folder: Path) -> str:
    for name, source, status in (("gobench", GO, 0), ("gobench-failed", GO_FAILS, 1)):
        (folder / "go.mod").write_text("module example.com/shop\n\ngo 1.19\n")
        (folder / "shop_test.go").write_text(source)
        words = ("go", "test", "-run", "^$", "-bench", ".", "-benchmem", "-count", "5", "-benchtime", "500x")
        keep(f"{name}.txt", re.sub(r"^cpu: .*", "cpu: any", run(*words, cwd=folder, expect=status), flags=re.MULTILINE), folder)
    return run("go", "version", cwd=folder)


def make_google_benchmark(folder: Path) -> str:
    (folder / "shop.cc").write_text(CPP)
    run("g++", "-O2", "-o", "bench", "shop.cc", "-lbenchmark", "-lpthread", cwd=folder)
    common = ("./bench", "--benchmark_repetitions=4", "--benchmark_min_time=0.01", "--benchmark_out_format=json")
    for name, more in (("google-benchmark", ()), ("google-benchmark-aggregates", ("--benchmark_report_aggregates_only=true",))):
        printed = run(*common, f"--benchmark_out={name}.json", *more, cwd=folder)
        keep(f"{name}.json", (folder / f"{name}.json").read_text(), folder)
        keep(f"{name}.printed.txt", printed, folder)
    return "google-benchmark " + run("dpkg-query", "-W", "-f", "${Version}\n", "libbenchmark-dev", cwd=folder)


def make_junit(folder: Path) -> str:
    (folder / "test_cart.py").write_text(CASES)
    words = (
        PYTHON,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:benchmark",
        "--durations=0",
        "-vv",
        "--junitxml=junit.xml",
    )
    keep("junit.printed.txt", run(*words, cwd=folder, expect=1), folder)
    keep("junit.xml", (folder / "junit.xml").read_text(), folder)
    return ""


def make_custom(folder: Path) -> str:
    """No tool but the reader's own configuration defines this format, so a small script writes it, as its users do."""
    entries = [
        {"name": "start", "unit": "ms", "value": 12.5, "range": "± 0.4", "extra": "5 runs"},
        {"name": "throughput", "unit": "MB/s", "value": 88, "range": 3},
        {"name": "score", "unit": "points", "value": 71.25},
    ]
    keep("github-action-benchmark.json", json.dumps(entries, indent=2, ensure_ascii=False) + "\n", folder)
    return ""


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    versions = []
    for make in (make_pytest_benchmark, make_hyperfine, make_go, make_google_benchmark, make_junit, make_custom):
        with tempfile.TemporaryDirectory() as name:
            versions.append(make(Path(name).resolve()))
    said = "".join(versions)
    sys.stdout.write(said)
    (HERE / "versions.txt").write_text(said, encoding="utf-8")

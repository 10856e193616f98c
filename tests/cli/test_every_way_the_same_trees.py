"""However a lane is run, its stages leave the same trees: kinds, modes and bytes of everything below every declared output."""

import json
import os
import shutil
import time

import pytest

from command import lanemark
from repositories import commit, make_repository
from stubborn import PATIENCE_S, start_stubborn

CONFIG = """\
version: 1
lanes: {standard: {default: true, stages: [unit, pack, docs]}}
stages:
  gen: {run: "mkdir -p gen.d/empty; cat src/*.txt > gen.d/all; ln -sf all gen.d/link", inputs: ["src/**"], outputs: [gen.d/]}
  build: {run: "mkdir -p bin.d; cp gen.d/all bin.d/tool; chmod +x bin.d/tool; printf '\\\\377\\\\000' > bin.d/raw", needs: [gen], inputs: ["src/a.txt"], outputs: [bin.d/]}
  unit: {run: "wc -c < bin.d/tool > unit.out", needs: [build], inputs: ["src/**"], outputs: [unit.out]}
  pack: {run: "if [ -e ../wait ]; then echo half > pack.out; touch ../near.pid; sleep 600; fi; cat bin.d/raw gen.d/link > pack.out", needs: [build], outputs: [pack.out]}
  docs: {run: "sort src/*.txt > docs.out", inputs: ["src/**"], outputs: [docs.out]}
measure: {baseline: none}
"""
FILES = {
    ".github/lanemark.yml": CONFIG,
    "src/a.txt": "a\n",
    "src/b.txt": "b\n",
    ".gitignore": "*.d/\n*.out\n.lanemark/\n",
}
OUTPUTS = {"gen": "gen.d", "build": "bin.d", "unit": "unit.out", "pack": "pack.out", "docs": "docs.out"}


@pytest.fixture(scope="module")
def wanted(tmp_path_factory):
    """What one stage after the other leaves that nothing was kept of, by stage."""
    folder = make_machine(tmp_path_factory.mktemp("wanted"))
    run(folder, "--jobs", "1", "--no-cache")
    found = trees(folder)
    assert {kind for tree in found.values() for kind, *_ in tree.values()} == {"file", "folder", "link"}
    return found


def make_machine(place):
    """Return a fresh checkout on a machine that kept nothing."""
    folder = make_repository(place / "r")
    commit(folder, FILES)
    return folder


def run(folder, *words):
    lane = () if "--resume" in words else ("--lane", "standard")
    ran = lanemark(folder, "run", *lane, *words, "--json")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def trees(folder, stages=tuple(OUTPUTS)):
    """Return of each stage what stands below its output."""
    return {stage: tree(folder / OUTPUTS[stage]) for stage in stages}


def tree(top):
    found = {}
    for path in (top, *sorted(top.rglob("*"))):
        if path.is_symlink():
            entry = ("link", os.readlink(path))
        elif path.is_dir():
            entry = ("folder",)
        else:
            entry = ("file", path.stat().st_mode & 0o111, path.read_bytes())
        found[str(path.relative_to(top))] = entry
    return found


def clear(folder):
    for name in OUTPUTS.values():
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.slow
def test_cold_warm_restored_and_side_by_side(tmp_path, wanted):
    folder = make_machine(tmp_path)
    assert run(folder, "--jobs", "4")["cached"] == []
    assert trees(folder) == wanted
    for jobs in ("4", "1"):
        assert run(folder, "--jobs", jobs)["executed"] == ["pack"]
        assert trees(folder) == wanted
    clear(folder)
    assert run(folder, "--jobs", "4")["executed"] == ["pack"]
    assert trees(folder) == wanted
    run(folder, "--force", "--jobs", "4")
    assert trees(folder) == wanted


@pytest.mark.slow
def test_on_another_machine_out_of_a_pack(tmp_path, wanted):
    first = make_machine(tmp_path / "first")
    run(first)
    pack = str(tmp_path / "standard.zip")
    assert lanemark(first, "cache", "export", pack, "--lane", "standard").returncode == 0
    shutil.rmtree(first.parent / "cache")
    clear(first)
    assert lanemark(first, "cache", "import", pack).returncode == 0
    assert run(first)["executed"] == ["pack"]
    assert trees(first) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "4"])
def test_resumed_after_a_kill(tmp_path, wanted, jobs):
    folder = make_machine(tmp_path)
    (tmp_path / "wait").touch()
    started = start_stubborn(folder, tmp_path, "run", "--lane", "standard", "--jobs", jobs)
    assert (folder / "pack.out").read_text() == "half\n"
    until = time.monotonic() + PATIENCE_S
    while not (folder / "unit.out").exists() and time.monotonic() < until:
        time.sleep(0.01)
    started.kill()
    started.communicate()
    (tmp_path / "wait").unlink()
    assert "pack" in run(folder, "--resume")["executed"]
    assert trees(folder) == wanted


@pytest.mark.slow
def test_dealt_out_to_machines_of_their_own(tmp_path, wanted):
    """Each shard runs what it answers for and what that needs; a need that runs in several leaves the same in each of them."""
    planner = make_machine(tmp_path / "planner")
    planned = lanemark(planner, "plan", "--lane", "standard", "--matrix", "3", "--json")
    parts = json.loads(planned.stdout)["include"]
    assert len(parts) == 3
    answered, guests = {}, []
    for part in parts:
        folder = make_machine(tmp_path / f"shard{part['shard']}")
        own = part["stages"].split()
        ran = lanemark(folder, "run", *own, "--json")
        assert sorted(json.loads(ran.stdout)["executed"]) == sorted([*own, *part["also"].split()])
        answered |= trees(folder, own)
        guests += trees(folder, part["also"].split()).items()
    assert answered == wanted
    assert guests
    assert all(found == wanted[stage] for stage, found in guests)


@pytest.mark.slow
def test_measured_in_shards_and_joined_says_the_digests_of_the_whole(tmp_path):
    folder = make_machine(tmp_path)
    assert lanemark(folder, "measure", "--lane", "standard", "--out", str(tmp_path / "whole")).returncode == 0
    shards = [str(tmp_path / f"shard{number}") for number in (1, 2)]
    for number, out in enumerate(shards, 1):
        words = ("--shard", f"{number}/2", "--out", out, "--no-cache")
        assert lanemark(folder, "measure", "--lane", "standard", *words).returncode == 0
    assert lanemark(folder, "merge", *shards, "--out", str(tmp_path / "joined")).returncode == 0
    whole, joined = (digests(tmp_path / name) for name in ("whole", "joined"))
    assert set(whole) == set(OUTPUTS)
    assert joined == whole
    assert None not in whole.values()


def digests(out):
    outcomes = json.loads((out / "head/result.json").read_text())["outcomes"]
    return {one["stage"]: one["outputs"] for one in outcomes}

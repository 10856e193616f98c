"""Which version of a tool a stage would use: asked of real programs, once a run, and remembered while the program is the same."""

import os
import shutil

import pytest

from bench import make_stage, make_tools
from lanemark.cache.identity import forecast_stages
from lanemark.run.probe import ToolProbes
from lanemark.store.tools import DiskRecall


@pytest.fixture
def bin_folder(tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def script(folder, name, text):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def probes(tmp_path, *, path="", **rest):
    tools = make_tools(tmp_path)
    environment = {**tools.environment, **({"PATH": f"{path}:/usr/bin:/bin"} if path else {})}
    return ToolProbes(tools.processes, tools.files, environment, root=str(tmp_path), log=str(tmp_path / "tool"), **rest)


def test_what_a_tool_says_is_its_digest(tmp_path, bin_folder):
    script(bin_folder, "jq", "echo jq-1.6")
    one = probes(tmp_path, path=bin_folder).ask({"jq": "jq --version"}, {})
    assert one.failure == ""
    script(bin_folder, "jq", "echo jq-1.7")
    other = probes(tmp_path, path=bin_folder).ask({"jq": "jq --version"}, {})
    script(bin_folder, "jq", "echo jq-1.7 >&2")
    elsewhere = probes(tmp_path, path=bin_folder).ask({"jq": "jq --version"}, {})
    assert len({one.digests["jq"], other.digests["jq"], elsewhere.digests["jq"]}) == 3


def test_a_tool_is_asked_once_a_run_for_each_environment(tmp_path, bin_folder):
    script(bin_folder, "jq", f"echo asked >> {tmp_path}/asked; echo $FLAVOUR")
    asking = probes(tmp_path, path=bin_folder)
    first = asking.ask({"jq": "jq --version"}, {})
    assert asking.ask({"jq": "jq --version", "again": "jq --version"}, {}).digests["again"] == first.digests["jq"]
    assert (tmp_path / "asked").read_text() == "asked\n"
    assert asking.ask({"jq": "jq --version"}, {"FLAVOUR": "x"}).digests["jq"] != first.digests["jq"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exit 3", "gives exit status 3"),
        ("true", "prints nothing"),
        ("kill -9 $$", "gives exit status 137"),
    ],
)
def test_a_tool_that_gives_no_answer_says_why(tmp_path, bin_folder, text, said):
    script(bin_folder, "jq", text)
    found = probes(tmp_path, path=bin_folder).ask({"jq": "jq --version"}, {})
    assert said in found.failure
    assert found.failure.startswith("its tool jq cannot be asked: ")
    assert not found.digests


def test_a_tool_that_is_not_there_says_so(tmp_path):
    assert "gives exit status 127" in probes(tmp_path).ask({"nope": "no-such-tool --version"}, {}).failure


def test_a_tool_that_hangs_is_ended(tmp_path, bin_folder):
    script(bin_folder, "jq", "sleep 600")
    assert "no answer within 0.2 s" in probes(tmp_path, path=bin_folder, timeout_s=0.2).ask({"jq": "jq --version"}, {}).failure


def test_answers_of_programs_are_remembered_and_those_of_scripts_are_not(tmp_path, bin_folder):
    recall = DiskRecall(str(tmp_path / "store"))
    shutil.copy2(shutil.which("true"), bin_folder / "trueish")
    script(bin_folder, "shim", "echo 1")
    environment = {"PATH": f"{bin_folder}:/usr/bin:/bin"}
    for name in ("trueish", "shim"):
        recall.keep(f"{name} --version", environment, "a" * 64)
    assert recall.find("trueish --version", environment) == "a" * 64
    assert recall.find("shim --version", environment) is None
    assert recall.find("trueish -V", environment) is None
    assert recall.find("trueish --version", {**environment, "LANG": "C"}) is None
    state = (bin_folder / "trueish").stat()
    os.utime(bin_folder / "trueish", ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    assert recall.find("trueish --version", environment) is None


def test_one_program_under_many_names_is_not_remembered(tmp_path, bin_folder):
    recall = DiskRecall(str(tmp_path / "store"))
    shutil.copy2(shutil.which("true"), bin_folder / "proxy")
    (bin_folder / "rustc").symlink_to("proxy")
    os.link(bin_folder / "proxy", bin_folder / "cargo")
    environment = {"PATH": str(bin_folder)}
    for name in ("rustc", "cargo"):
        recall.keep(f"{name} --version", environment, "a" * 64)
        assert recall.find(f"{name} --version", environment) is None


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"digest": 3}', b'{"digest": "zz"}', b"\xff", b'{"digest": "' + b"a" * 63 + b'"}']
)
def test_damaged_memory_is_asked_again(tmp_path, bin_folder, data):
    recall, environment = DiskRecall(str(tmp_path / "store")), {"PATH": str(bin_folder)}
    shutil.copy2(shutil.which("true"), bin_folder / "trueish")
    recall.keep("trueish --version", environment, "a" * 64)
    (kept,) = (tmp_path / "store").iterdir()
    kept.write_bytes(data)
    assert recall.find("trueish --version", environment) is None


def test_memory_stays_small(tmp_path, bin_folder):
    recall = DiskRecall(str(tmp_path / "store"))
    shutil.copy2(shutil.which("true"), bin_folder / "trueish")
    for number in range(250):
        recall.keep("trueish --version", {"PATH": str(bin_folder), "N": str(number)}, "a" * 64)
    assert len(list((tmp_path / "store").iterdir())) <= 200


def test_a_remembered_answer_starts_no_process(tmp_path, bin_folder):
    recall = DiskRecall(str(tmp_path / "store"))
    shutil.copy2(shutil.which("sleep"), bin_folder / "sleeper")
    first = probes(tmp_path, recall=recall, path=bin_folder).ask({"sleeper": "sleeper --version"}, {})
    assert first.failure == ""
    (tmp_path / "tool.out").unlink()
    assert probes(tmp_path, recall=recall, path=bin_folder).ask({"sleeper": "sleeper --version"}, {}) == first
    assert not (tmp_path / "tool.out").exists()


def test_tools_are_part_of_the_identity_and_a_failing_one_makes_it_untracked(tmp_path, bin_folder):
    tools = make_tools(tmp_path)
    (tmp_path / "src").write_text("x")

    def identity(**rest):
        stage = make_stage("unit", "true", inputs=("src",), **rest)
        asking = probes(tmp_path, path=bin_folder)
        return forecast_stages(["unit"], {"unit": stage}, str(tmp_path), trees=tools.trees, tools="m", probes=asking)["unit"]

    plain = identity()
    script(bin_folder, "jq", "echo 1")
    one = identity(tools={"jq": "jq --version"})
    script(bin_folder, "jq", "echo 2")
    two = identity(tools={"jq": "jq --version"})
    assert len({plain.identity, one.identity, two.identity}) == 3
    script(bin_folder, "jq", "exit 1")
    lost = identity(tools={"jq": "jq --version"})
    assert lost.identity is None
    assert lost.reason == "untracked: its tool jq cannot be asked: jq --version gives exit status 1"

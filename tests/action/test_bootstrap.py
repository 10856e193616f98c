"""The bootstrap with real virtual environments: made once, reused, rebuilt, never influenced by the workspace."""

import ast
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import bootstrap
from action.checkout import ROOT, Checkout

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="impossible here: paths of POSIX environments")


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def test_the_environment_is_made_outside_of_the_workspace_and_used_again(checkout):
    first = checkout.run("--flag")
    seen = json.loads(first.stdout)
    assert "making the environment" in first.stderr
    assert Path(seen["dependency"]).is_relative_to(checkout.cache)
    assert (seen["isolated"], seen["arguments"]) == (1, ["--flag"])
    assert seen["path"][0] == str(checkout.bootstrap.parent)
    again = checkout.run()
    assert again.returncode == 0
    assert "making" not in again.stderr
    assert list(checkout.workspace.iterdir()) == []
    assert len(checkout.environments()) == 1


def test_the_status_of_the_program_is_the_status_of_the_action(checkout):
    assert checkout.run(STATUS="3").returncode == 3


@pytest.mark.parametrize("damage", ["file gone", "file cut", "no stamp", "stamp cut", "no python"])
def test_a_damaged_environment_is_made_again(checkout, damage):
    dependency = Path(checkout.seen()["dependency"])
    (environment,) = checkout.environments()
    stamp = environment / "lanemark-environment.json"
    if damage == "file gone":
        dependency.with_name("data.py").unlink()
    elif damage == "file cut":
        dependency.with_name("data.py").write_text("")
    elif damage == "no stamp":
        stamp.unlink()
        dependency.unlink()
    elif damage == "stamp cut":
        stamp.write_bytes(stamp.read_bytes()[:-20])
    else:
        (environment / "bin" / "python").unlink()
    done = checkout.run()
    assert done.returncode == 0, done.stderr
    assert "making the environment" in done.stderr
    assert dependency.with_name("data.py").read_text() == "VALUE = 1\n"


def test_what_a_killed_run_left_is_cleared_away(checkout):
    checkout.seen()
    (environment,) = checkout.environments()
    left = environment.with_name(environment.name + ".making-abc")
    environment.rename(left)
    (left / "lanemark-environment.json").unlink()
    checkout.seen()
    assert checkout.environments() == [environment]


def test_another_lock_gives_another_environment(checkout):
    checkout.seen()
    checkout.lock.write_text("# other\n" + checkout.lock.read_text())
    checkout.seen()
    assert len(checkout.environments()) == 2


def test_a_second_run_waits_for_the_first_and_uses_what_it_made(checkout):
    root = checkout.cache / "environments"
    root.mkdir(parents=True)
    with (root / "lock").open("a+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        both = [
            subprocess.Popen(
                checkout.command(), cwd=checkout.workspace, env=checkout.environment, stdout=-1, stderr=-1, text=True
            )
            for _ in range(2)
        ]
        with pytest.raises(subprocess.TimeoutExpired):
            both[0].wait(0.5)
    said = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("making the environment" in text for text in said) == 1


def test_nothing_in_the_workspace_is_imported_or_obeyed(checkout):
    ran = checkout.folder / "ran"
    evil = f"open({str(ran)!r}, 'a').write(__name__)\n"
    for name in ("json", "sitecustomize", "usercustomize", "hashlib", "venv", "pip", "lanemark", "defusedxml", "subprocess"):
        (checkout.workspace / f"{name}.py").write_text(evil)
    for name in ("python3", "uv", "pip"):
        program = checkout.workspace / name
        program.write_text(f"#!/bin/sh\necho {name} >> {ran}\n")
        program.chmod(0o755)
    for name in ("pip.conf", "uv.toml", "pyproject.toml", "setup.cfg"):
        (checkout.workspace / name).write_text(
            "[tool.uv]\nindex-url = 'http://127.0.0.1:1/'\n[[index]]\nurl = 'http://127.0.0.1:1/'\n"
        )
    path = f"{checkout.workspace}:.::/usr/bin:/bin"
    done = checkout.run(PATH=path, PYTHONPATH=str(checkout.workspace), PYTHONSTARTUP=str(checkout.workspace / "json.py"))
    assert done.returncode == 0, done.stderr
    assert not ran.exists(), ran.read_text()
    assert str(checkout.workspace) not in json.loads(done.stdout)["path"]


@pytest.mark.parametrize("settings", [{"PIP_USER": "1"}, {"PIP_TARGET": "/nowhere/at/all"}, {"VIRTUAL_ENV": "/nowhere"}])
def test_settings_that_move_installations_do_not_move_ours(checkout, settings):
    assert Path(checkout.seen(**settings)["dependency"]).is_relative_to(checkout.cache)


def test_uv_is_used_where_it_is(checkout):
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if uv is None:
        pytest.skip("needs uv")
    tools = checkout.folder / "tools"
    tools.mkdir()
    log = tools / "log"
    (tools / "uv").write_text(f'#!/bin/sh\necho "$PWD" "$@" >> {log}\nexec {uv} "$@"\n')
    (tools / "uv").chmod(0o755)
    (checkout.workspace / "uv.toml").write_text("not toml at all")
    seen = checkout.seen(PATH=f"{tools}:/usr/bin:/bin", PIP_FIND_LINKS="/nowhere")
    assert Path(seen["dependency"]).is_relative_to(checkout.cache)
    assert "--require-hashes" in log.read_text()
    assert not log.read_text().startswith(str(checkout.workspace))


def test_pip_is_asked_where_uv_fails(checkout):
    tools = checkout.folder / "tools"
    tools.mkdir()
    (tools / "uv").write_text("#!/bin/sh\necho no such mirror; exit 2\n")
    (tools / "uv").chmod(0o755)
    checkout.seen(PATH=f"{tools}:/usr/bin:/bin")


def test_a_changed_wheel_is_refused(checkout):
    with checkout.wheel.open("ab") as wheel:
        wheel.write(b"more")
    done = checkout.run()
    assert done.returncode == 1
    assert "::error title=Lanemark could not start::" in done.stdout
    assert "DO NOT MATCH THE HASHES" in done.stdout
    assert checkout.output.read_text() == "verdict=error\n"
    assert checkout.environments() == []


def test_without_an_index_the_message_says_what_to_do(checkout):
    checkout.wheel.unlink()
    done = checkout.run()
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for word in ("PIP_INDEX_URL", "LANEMARK_PYTHON", "defusedxml"):
        assert word in done.stderr
    assert len(done.stdout.splitlines()) == 1, "an installer's lines must not become workflow commands"


def test_without_pip_the_message_says_what_to_install():
    said = bootstrap.explain_failure(["/usr/bin/python3: No module named pip"], uv=False)
    assert "apt-get install python3-pip" in said
    assert "apt-get" not in bootstrap.explain_failure(["no route to host", "/usr/bin/python3: No module named pip"], uv=True)


def test_a_virtual_environment_without_pip_borrows_its_owners(checkout):
    bare = checkout.folder / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    command = [str(bare / "bin" / "python"), *checkout.command()[1:]]
    done = subprocess.run(command, cwd=checkout.workspace, env=checkout.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("place", ["below", "link", "relative"])
def test_a_cache_in_the_workspace_is_refused(checkout, place):
    inside = checkout.workspace / "cache"
    inside.mkdir()
    outside = checkout.folder / "link"
    outside.symlink_to(inside)
    cache = {"below": str(inside), "link": str(outside), "relative": "cache"}[place]
    done = checkout.run(LANEMARK_CACHE=cache)
    assert done.returncode == 1
    assert "outside of the workspace" in done.stderr
    assert list(inside.iterdir()) == []


def test_the_runners_own_folder_is_the_default(checkout):
    seen = checkout.seen(LANEMARK_CACHE="", RUNNER_TEMP=str(checkout.folder / "temp"))
    assert Path(seen["prefix"]).is_relative_to(checkout.folder / "temp" / "lanemark" / "environments")


def test_a_named_python_is_used_without_installing(checkout):
    ready = checkout.seen()["python"]
    shutil.copytree(checkout.cache, checkout.folder / "ready", symlinks=True)
    named = ready.replace(str(checkout.cache), str(checkout.folder / "ready"))
    shutil.rmtree(checkout.cache)
    assert checkout.seen(LANEMARK_PYTHON=named)["python"] == named
    assert not checkout.cache.exists()


@pytest.mark.parametrize("wrong", ["relative", "workspace", "missing", "lacks packages"])
def test_a_named_python_that_cannot_be_is_refused(checkout, wrong):
    here = checkout.workspace / "python"
    here.symlink_to(sys.executable)
    empty = checkout.folder / "empty"
    if wrong == "lacks packages":
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", empty], check=True)
    named = {
        "relative": "python3",
        "workspace": str(here),
        "missing": "/nowhere/python",
        "lacks packages": f"{empty}/bin/python",
    }[wrong]
    done = checkout.run(LANEMARK_PYTHON=named)
    assert done.returncode == 1
    assert "LANEMARK_PYTHON" in done.stderr
    assert "help:" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_reach_the_program_itself(checkout, number):
    checkout.seen()
    environment = {**checkout.environment, "WAIT_FOR_SIGNAL": "1"}
    script = f"exec {checkout.command()[0]} -I {checkout.bootstrap}"  # as action.yml does
    with subprocess.Popen(["bash", "-c", script], cwd=checkout.workspace, env=environment, stdout=-1, text=True) as process:
        assert process.stdout.readline() == f"ready {process.pid}\n"
        process.send_signal(number)
        said = process.stdout.read()
    if number == signal.SIGINT:
        assert (said, process.returncode) == (f"interrupted {process.pid}\n", 10)
    else:
        assert process.returncode == -signal.SIGTERM, "handlers of the bootstrap must not outlive it"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_cancelling_while_installing_leaves_no_half_environment(checkout, number):
    tools = checkout.folder / "tools"
    tools.mkdir()
    started = checkout.folder / "started"
    os.mkfifo(started)
    (tools / "uv").write_text(f"#!/bin/sh\necho $$ > {started}\nexec sleep 60\n")
    (tools / "uv").chmod(0o755)
    environment = {**checkout.environment, "PATH": f"{tools}:/usr/bin:/bin"}
    with subprocess.Popen(
        checkout.command(), cwd=checkout.workspace, env=environment, stdout=-1, stderr=-1, text=True
    ) as process:
        installer = int(started.read_text())
        time.sleep(0.3)  # the installer speaks before its parent has come back from starting it
        process.send_signal(number)
        said = process.communicate()[1]
    assert process.returncode == 10
    assert "cancelled" in said
    assert checkout.environments() == []
    with pytest.raises(ProcessLookupError):
        os.kill(installer, 0)


def test_an_old_python_can_read_the_file_to_say_that_it_is_too_old():
    text = (ROOT / "src" / "bootstrap.py").read_text()
    ast.parse(text, feature_version=(3, 7))
    check = text.index("sys.version_info < (3, 11)")
    assert text.index("import sys") < check < text.index("import contextlib")
    assert "import" not in text[text.index("import sys") + 10 : check]


def test_an_old_python_gets_one_clear_message(tmp_path):
    """The same file, asking for a version that no Python has."""
    text = (ROOT / "src" / "bootstrap.py").read_text().replace("(3, 11)", "(99, 0)")
    (tmp_path / "bootstrap.py").write_text(text)
    done = subprocess.run([sys.executable, "-I", tmp_path / "bootstrap.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "setup-python" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_needs_nothing_but_the_standard_library():
    tree = ast.parse((ROOT / "src" / "bootstrap.py").read_text())
    imported = {name.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names

"""Make the workspaces that task runners are compared on: packages in layers, each needing two of the layer before.

`python benchmarks/engine/workspace.py lanemark DIR --packages 100` writes 100 packages of 21 files (20 sources and a script), a
repository around them, and the configuration of one runner: lanemark, ninja, make, doit, turbo or wireit. Every runner gets the
same files, the same needs and the same command, and must leave the same outputs.
"""

import argparse
import hashlib
import json
import os
import random
import subprocess
from pathlib import Path

SCRIPT = "mkdir -p dist; cat src/*.txt {needs} | sha256sum > dist/out.txt\n"
RUNNERS = ("lanemark", "ninja", "make", "doit", "turbo", "wireit")


def make_workspace(
    folder: Path, runner: str, *, packages: int, files: int = 20, size: int = 2048, fan: int = 2, seed: int = 7
) -> None:
    """Write the packages and the configuration of `runner`, and commit all of it."""
    folder.mkdir(parents=True)
    chance = random.Random(seed)
    needs = layered_needs(packages, fan, chance)
    for name, needed in needs.items():
        package = folder / "packages" / name
        (package / "src").mkdir(parents=True)
        for number in range(files):
            (package / "src" / f"f{number:02}.txt").write_text(make_text(chance, size))
        outputs = " ".join(f"../{one}/dist/out.txt" for one in needed)
        (package / "build.sh").write_text(SCRIPT.format(needs=outputs))
    WRITERS[runner](folder, needs)
    ignored = "packages/*/dist/\n.lanemark/\nnode_modules/\n.turbo/\n.wireit/\n.ninja_*\n.doit.db*\n__pycache__/\n"
    (folder / ".gitignore").write_text(ignored)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "workspace")


def layered_needs(packages: int, fan: int, chance: random.Random) -> dict[str, list[str]]:
    """Return the needs of each package: `fan` of the layer before, about ten packages in a layer."""
    names = [f"p{number:03}" for number in range(packages)]
    width = max(packages // 10, 1)
    needs = {}
    for place, name in enumerate(names):
        before = names[(place // width - 1) * width : place // width * width] if place >= width else []
        needs[name] = sorted(chance.sample(before, min(fan, len(before))))
    return needs


def make_text(chance: random.Random, size: int) -> str:
    return "".join(f"{chance.getrandbits(128):032x}\n" for _ in range(-(-size // 33)))[:size]


def digest_outputs(folder: Path) -> str:
    """Return one digest over all outputs, so that a runner that left something old behind is found out."""
    summed = hashlib.sha256()
    for path in sorted((folder / "packages").glob("*/dist/out.txt")):
        summed.update(f"{path.parent.parent.name} {path.read_text()}".encode())
    return summed.hexdigest()


def git(folder: Path, *words: str) -> None:
    identity = {f"GIT_{who}_{what}": "bench@example.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    outside = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", *words], cwd=folder, check=True, env={**os.environ, **identity, **outside})


def write_lanemark(folder: Path, needs: dict[str, list[str]]) -> None:
    lines = ["version: 1", "lanes:", f"  standard: {{default: true, stages: [{', '.join(needs)}]}}", "stages:"]
    for name, needed in needs.items():
        lines += [
            f"  {name}:",
            f"    run: cd packages/{name} && sh build.sh",
            f"    needs: [{', '.join(needed)}]",
            f'    inputs: ["packages/{name}/src/**", packages/{name}/build.sh]',
            f"    outputs: [packages/{name}/dist/]",
            "    measure: false",
        ]
    (folder / ".github").mkdir()
    (folder / ".github" / "lanemark.yml").write_text("\n".join(lines) + "\n")


def write_ninja(folder: Path, needs: dict[str, list[str]]) -> None:
    lines = ["rule build", "  command = cd packages/$name && sh build.sh"]
    for name, needed in needs.items():
        inputs = sources(folder, name) + [f"packages/{one}/dist/out.txt" for one in needed]
        lines += [f"build packages/{name}/dist/out.txt: build {' '.join(inputs)}", f"  name = {name}"]
    (folder / "build.ninja").write_text("\n".join(lines) + "\n")


def write_make(folder: Path, needs: dict[str, list[str]]) -> None:
    outputs = [f"packages/{name}/dist/out.txt" for name in needs]
    lines = [f"all: {' '.join(outputs)}"]
    for name, needed in needs.items():
        inputs = sources(folder, name) + [f"packages/{one}/dist/out.txt" for one in needed]
        lines += [f"packages/{name}/dist/out.txt: {' '.join(inputs)}", f"\t@cd packages/{name} && sh build.sh"]
    (folder / "Makefile").write_text("\n".join(lines) + "\n")


def write_doit(folder: Path, needs: dict[str, list[str]]) -> None:
    table = {
        name: {"deps": sources(folder, name) + [f"packages/{one}/dist/out.txt" for one in needed]}
        for name, needed in needs.items()
    }
    (folder / "tasks.json").write_text(json.dumps(table))
    (folder / "dodo.py").write_text(
        "import json\n\nTABLE = json.load(open('tasks.json'))\n\n\ndef task_build():\n"
        "    for name, one in TABLE.items():\n"
        "        yield {'name': name, 'actions': [f'cd packages/{name} && sh build.sh'], 'file_dep': one['deps'],\n"
        "               'targets': [f'packages/{name}/dist/out.txt'], 'verbosity': 0}\n"
    )


def write_turbo(folder: Path, needs: dict[str, list[str]]) -> None:
    root = {"name": "workspace", "private": True, "packageManager": "npm@10.0.0", "workspaces": ["packages/*"]}
    (folder / "package.json").write_text(json.dumps(root))
    lock: dict[str, object] = {"": {"name": "workspace", "workspaces": ["packages/*"]}}
    for name, needed in needs.items():
        package = {
            "name": name,
            "version": "1.0.0",
            "scripts": {"build": "sh build.sh"},
            "dependencies": dict.fromkeys(needed, "*"),
        }
        (folder / "packages" / name / "package.json").write_text(json.dumps(package))
        lock[f"packages/{name}"] = {"version": "1.0.0", "dependencies": dict.fromkeys(needed, "*")}
        lock[f"node_modules/{name}"] = {"resolved": f"packages/{name}", "link": True}
    (folder / "package-lock.json").write_text(
        json.dumps({"name": "workspace", "lockfileVersion": 3, "requires": True, "packages": lock})
    )
    task = {"dependsOn": ["^build"], "inputs": ["src/**", "build.sh"], "outputs": ["dist/**"]}
    (folder / "turbo.json").write_text(json.dumps({"tasks": {"build": task}}))


def write_wireit(folder: Path, needs: dict[str, list[str]]) -> None:
    table = {
        f"build:{name}": {
            "command": f"cd packages/{name} && sh build.sh",
            "files": [f"packages/{name}/src/**", f"packages/{name}/build.sh"],
            "output": [f"packages/{name}/dist/**"],
            "dependencies": [f"build:{one}" for one in needed],
        }
        for name, needed in needs.items()
    }
    table["build"] = {"dependencies": [f"build:{name}" for name in needs]}
    package = {"name": "workspace", "private": True, "scripts": dict.fromkeys(table, "wireit"), "wireit": table}
    (folder / "package.json").write_text(json.dumps(package))


def sources(folder: Path, name: str) -> list[str]:
    package = folder / "packages" / name
    return [str(path.relative_to(folder)) for path in (*sorted((package / "src").iterdir()), package / "build.sh")]


WRITERS = {
    "lanemark": write_lanemark,
    "ninja": write_ninja,
    "make": write_make,
    "doit": write_doit,
    "turbo": write_turbo,
    "wireit": write_wireit,
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runner", choices=RUNNERS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--packages", type=int, default=100)
    options = parser.parse_args()
    make_workspace(options.folder, options.runner, packages=options.packages)

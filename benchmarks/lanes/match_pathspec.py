"""The same question to pathspec: python match_pathspec.py FOLDER, with the files and the output of match.mjs."""

import json
import sys
from pathlib import Path

import pathspec


def prepare(judge: dict, name: str) -> tuple:
    spec = pathspec.PathSpec.from_lines("gitignore", [each["pattern"] for each in judge["rules"]])
    rules = [
        f"{name}:{each['line']} {each['pattern']}" if each["line"] else f"built-in: {each['pattern']}" for each in judge["rules"]
    ]
    return judge["lane"], spec, rules


def main() -> None:
    folder = Path(sys.argv[1])
    asked = json.loads(folder.joinpath("lists.json").read_bytes())
    paths = [path for path in folder.joinpath("paths").read_text(encoding="utf-8").split("\n") if path]
    judges = [prepare(judge, asked["name"]) for judge in asked["lists"]]
    floor, guard, guards = prepare(asked["floor"], asked["name"])
    files = []
    for path in paths:
        lane, rule = asked["usual"], None
        for name, spec, rules in judges:
            found = spec.check_file(path)
            if found.include:
                lane, rule = name, rules[found.index]
                break
        if lane != floor and (found := guard.check_file(path)).include:
            lane, rule = floor, guards[found.index]
        files.append({"lane": lane, "path": path, "rule": rule})
    lane = max((file["lane"] for file in files), key=asked["lanes"].index)
    print(json.dumps({"files": files, "lane": lane}, indent=2))


if __name__ == "__main__":
    main()

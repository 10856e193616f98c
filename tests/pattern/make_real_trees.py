"""Makes real_trees.json.gz: the file names of published projects as their repositories have them, and their `.gitignore` lines.

    pip download --no-deps --no-binary :all: -d FOLDER mkdocs-material==9.6.23 jupyterlab==4.4.10 jupyter-server==2.17.0 \
        black==25.9.0 pydantic==2.12.3
    pip download --no-deps --only-binary :all: -d FOLDER django==5.2
    python tests/pattern/make_real_trees.py FOLDER

Only names and `.gitignore` files are kept; all of these projects are under the MIT or BSD licence.
"""

import gzip
import json
import sys
import tarfile
import zipfile
from pathlib import Path


def read_source(path: Path) -> dict[str, object]:
    """Return the names below the one folder of a source archive, and the lines of the `.gitignore` in it."""
    with tarfile.open(path) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        names = [member.name.partition("/")[2] for member in members]
        found = [archive.extractfile(member) for member, name in zip(members, names, strict=True) if name == ".gitignore"]
        lines = found[0].read().decode("utf-8").splitlines() if found and found[0] else []
    return {"origin": path.name, "paths": sorted(names), "ignore": [line for line in lines if line and line[0] != "#"]}


def read_wheel(path: Path) -> dict[str, object]:
    """Return the names in a wheel, without its own records."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/") and ".dist-info/" not in name]
    return {"origin": path.name, "paths": sorted(names), "ignore": []}


def main() -> None:
    """Read every archive of the folder and write the fixture beside this file."""
    folder = Path(sys.argv[1])
    trees = [read_source(path) for path in sorted(folder.rglob("*.tar.gz"))]
    trees += [read_wheel(path) for path in sorted(folder.rglob("*.whl"))]
    target = Path(__file__).with_name("real_trees.json.gz")
    target.write_bytes(gzip.compress(json.dumps(trees).encode(), mtime=0))
    for tree in trees:
        print(tree["origin"], len(tree["paths"]), "files,", len(tree["ignore"]), "lines")
    print(target.name, target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()

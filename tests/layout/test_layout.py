"""The order of the rooms: the package's own word, the folders, and the import contract say the same."""

import ast
import tomllib
from pathlib import Path

import lanemark

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "lanemark"


def contract_layers() -> tuple[tuple[str, ...], ...]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(one for one in contracts if one["type"] == "layers")["layers"]
    return tuple(tuple(part.strip() for part in layer.split("|")) for layer in layers)


def test_the_import_contract_is_the_order_of_the_package():
    assert contract_layers() == lanemark.ORDER


def test_every_folder_and_word_stands_in_the_order():
    there = {path.stem for path in SOURCE.iterdir() if path.name not in ("__init__.py", "__pycache__", "py.typed")}
    assert there == {name for layer in lanemark.ORDER for name in layer}


def test_the_sentence_is_made_of_rooms():
    sentence = next(line for line in (lanemark.__doc__ or "").splitlines() if " -> " in line)
    words = [name.strip() for name in sentence.split("->")]
    assert len(words) == len(set(words)) == 10
    assert set(words) <= {name for layer in lanemark.ORDER for name in layer}


def test_every_room_says_its_question_in_its_docstring():
    for folder in SOURCE.iterdir():
        if (folder / "__init__.py").exists():
            assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text())), folder.name


def test_no_module_grows_into_two():
    long = {path.name: count for path in SOURCE.rglob("*.py") if (count := len(path.read_text().splitlines())) > 400}
    assert long == {}


def test_the_repository_address_stands_in_one_place():
    owners = [path for path in SOURCE.rglob("*.py") if "OWNER/lanemark" in path.read_text()]
    assert owners == [SOURCE / "__init__.py"]

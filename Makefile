# Work on Lanemark. Needs git, make, and a Python from 3.11 on; everything else comes into .venv from requirements/dev.txt.
PYTHON ?= python3
BIN := .venv/bin
WORKFLOWS := $(wildcard workflow-templates/*.yml .github/workflows/*.yml)
PARSER := tests/action/parser

.PHONY: help demo test quick e2e fuzz lint lint-code types lint-workflows format bench validity lock clean

help: ## show this
	@grep -hE '^[a-z0-9-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | awk -F '\t' '{ printf "make %-16s %s\n", $$1, $$2 }'

.venv/stamp: requirements/dev.txt requirements/environment.py src/bootstrap.py
	$(PYTHON) requirements/environment.py

demo: .venv/stamp ## a sample repository end to end, in about 20 seconds
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/lanemark demo

test: .venv/stamp ## every test; what a missing tool keeps from running is named as skipped
	$(BIN)/python -m pytest -ra -n 2 --dist worksteal

quick: .venv/stamp ## the tests that take seconds
	$(BIN)/python -m pytest -m "not e2e and not slow"

e2e: .venv/stamp ## the real action run by act against the emulated GitHub
	$(BIN)/python -m pytest -ra -m e2e

fuzz: .venv/stamp ## every parser of a stranger's bytes, fuzzed by coverage for 20 seconds each
	$(BIN)/uv pip install --quiet --python $(BIN)/python atheris==3.0.0
	$(BIN)/python tests/fuzz/endless.py

lint: lint-code types lint-workflows ## style, types, docstrings, imports, workflow files

lint-code: .venv/stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/interrogate --quiet src
	PYTHONPATH=src $(BIN)/lint-imports

types: .venv/stamp
	$(BIN)/mypy --strict src

lint-workflows: .venv/stamp $(PARSER)/node_modules/.package-lock.json
	$(BIN)/zizmor --quiet --offline --persona=auditor action.yml workflow-templates .github
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/actionlint -no-color $(WORKFLOWS)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	for file in $(WORKFLOWS); do ACT_DISABLE_VERSION_CHECK=1 $(BIN)/act --validate --strict -W "$$file" > /dev/null || exit 1; done
	node --import ./$(PARSER)/json.mjs $(PARSER)/parse.mjs action.yml $(WORKFLOWS)
	$(BIN)/shellcheck .ci/run requirements/lock.sh

$(PARSER)/node_modules/.package-lock.json: $(PARSER)/package-lock.json
	npm ci --prefix $(PARSER) --ignore-scripts --no-audit --no-fund --loglevel=error

format: .venv/stamp ## mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/stamp ## the numbers the README promises, measured here
	set -e; for file in benchmarks/*.py benchmarks/recovery/faults.py benchmarks/recovery/kill.py; do echo "== $$file"; PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python "$$file"; done

validity: .venv/stamp ## sixty comparisons of equal sides beside a busy process; at most three may be called slower
	$(BIN)/python benchmarks/validity/live.py --ci

lock: .venv/stamp ## make the lock files again; UPGRADE=1 for newer versions
	requirements/lock.sh

clean: ## throw away everything that was made here
	rm -rf .venv .lanemark dist $(PARSER)/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis coverage.xml .coverage

#!/usr/bin/env bash
# Make both lock files again: `make lock`, or `make lock UPGRADE=1` for newer versions. For all platforms and Pythons at once.
set -euo pipefail
cd "$(dirname "$0")/.."
common=(pip compile --quiet --universal --python-version 3.11 --generate-hashes --only-binary :all:
  --no-header --no-emit-index-url --no-emit-find-links)
if [ -n "${UPGRADE:-}" ]; then common+=(--upgrade); fi
uv=${UV:-.venv/bin/uv}
"$uv" "${common[@]}" requirements/action.in --output-file requirements/action.txt
# The same versions of what both need: tests run with what the action runs with.
"$uv" "${common[@]}" pyproject.toml --group test --group lint --group build --constraint requirements/action.txt \
  --output-file requirements/dev.txt

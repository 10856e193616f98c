set -euo pipefail
if [ "$PERSIST" != false ]; then echo "persist-credentials must be false"; exit 1; fi
cd "$GITHUB_WORKSPACE"
mkdir -p "$WHERE"
cd "$WHERE"
find . -mindepth 1 -maxdepth 1 -exec rm -rf {} +
git init --quiet .
git remote add origin "$BED_ORIGIN"
depth=()
if [ "$DEPTH" != 0 ]; then depth=(--depth "$DEPTH"); fi
if [ "$DEPTH" = 0 ]; then git fetch --quiet --tags origin '+refs/heads/*:refs/remotes/origin/*'; fi
if [ -n "$REF" ]; then
  git fetch --quiet --no-tags "${depth[@]}" origin "$REF"
  target=FETCH_HEAD
else
  git fetch --quiet --no-tags "${depth[@]}" origin "+$GITHUB_REF:refs/remotes/${GITHUB_REF#refs/}"
  target=refs/remotes/${GITHUB_REF#refs/}
fi
if [ -n "$SPARSE" ]; then git sparse-checkout set $SPARSE; fi
git -c advice.detachedHead=false checkout --quiet --force "$target"
git --no-pager log -1 --format='checked out %H'

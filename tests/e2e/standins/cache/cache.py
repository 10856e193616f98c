"""Keep folders from one run to the next, as actions/cache/restore and actions/cache/save do.

A run sees what its own ref saved and what the default branch saved, and saves for its own ref only. The real action also tells
keys apart by the path, which is the same on all of GitHub's machines and differs here from run to run.
"""

import hashlib
import os
import shutil
import sys
from pathlib import Path

CACHE = Path(os.environ["BED_CACHE"])
WHERE, KEY = [Path(line) for line in os.environ["WHERE"].splitlines() if line], os.environ["KEY"]
OWN, DEFAULT = os.environ["GITHUB_REF"], "refs/heads/main"


def scope(ref):
    return CACHE / hashlib.sha256(ref.encode()).hexdigest()[:16]


def find(prefix, *, exact):
    """The newest key that fits, of this ref before the default branch."""
    for ref in dict.fromkeys((OWN, DEFAULT)):
        keys = sorted(scope(ref).glob("*"), key=lambda path: path.stat().st_ctime_ns, reverse=True)
        for path in keys:
            if path.name == prefix if exact else path.name.startswith(prefix):
                return path
    return None


if "," in KEY or len(KEY) > 512 or not KEY:
    sys.exit(f"::error::the key is not valid: {KEY!r}")
if sys.argv[1] == "save":
    target = scope(OWN) / KEY
    if os.environ.get("BED_CACHE_REFUSES"):
        print("::warning::Failed to save: cache write denied: the token is read-only")
    elif target.exists():
        print(f"::warning::Unable to reserve cache with key {KEY}, another job may be creating this cache.")
    elif not any(path.exists() for path in WHERE):
        print("::warning::Path Validation Error: Path(s) specified in the action for caching do(es) not exist.")
    else:
        for number, path in enumerate(WHERE):
            if path.exists():
                shutil.copytree(path, target / str(number), symlinks=True)
        print(f"Cache saved with key: {KEY}")
else:
    found = find(KEY, exact=True)
    for prefix in os.environ["PREFIXES"].split():
        found = found or find(prefix, exact=False)
    if found is None:
        print(f"Cache not found for input keys: {KEY}")
    else:
        for number, path in enumerate(WHERE):
            if (found / str(number)).exists():
                shutil.copytree(found / str(number), path, symlinks=True, dirs_exist_ok=True)
        print(f"Cache restored from key: {found.name}")
        with open(os.environ["GITHUB_OUTPUT"], "a") as output:
            output.write(f"cache-matched-key={found.name}\n")

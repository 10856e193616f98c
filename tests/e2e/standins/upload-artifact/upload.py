"""Zip a folder and send it to the results service, as actions/upload-artifact does."""

import hashlib
import io
import json
import os
import re
import sys
import urllib.request
import zipfile
from pathlib import Path

RESULTS = os.environ["BED_RESULTS"] + "twirp/github.actions.results.api.v1.ArtifactService/"
RUN = os.environ["GITHUB_RUN_ID"]


def call(method, **body):
    data = json.dumps({"workflow_run_backend_id": RUN, "workflow_job_run_backend_id": "1", **body}).encode()
    request = urllib.request.Request(RESULTS + method, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def find_files(root):
    """Every file below `root`; without include-hidden-files nothing below a dot name, the root's own parts included."""
    hidden = os.environ["HIDDEN"] == "true"
    if not hidden and any(part.startswith(".") for part in Path(os.environ["WHERE"]).parts if part not in (".", "..")):
        return []
    files = [path for path in sorted(root.rglob("*")) if path.is_file()] if root.is_dir() else [root] if root.is_file() else []
    return [path for path in files if hidden or not any(part.startswith(".") for part in path.relative_to(root).parts)]


name = os.environ["NAME"]
if not name or re.search(r'[":<>|*?\r\n\\/]', name):
    sys.exit(f"::error::The artifact name is not valid: {name!r}")
root = Path(os.environ["GITHUB_WORKSPACE"], os.environ["WHERE"])
files = find_files(root)
if not files:
    print(f"No files were found with the provided path: {os.environ['WHERE']}. No artifacts will be uploaded.")
    sys.exit(1 if os.environ["IF_NONE"] == "error" else 0)
packed = io.BytesIO()
with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
    for path in files:
        archive.write(path, path.relative_to(root if root.is_dir() else root.parent).as_posix())
data = packed.getvalue()
address = call("CreateArtifact", name=name, version=4)["signed_upload_url"]
urllib.request.urlopen(urllib.request.Request(address, data, {"x-ms-blob-type": "BlockBlob"}, method="PUT")).close()
digest = "sha256:" + hashlib.sha256(data).hexdigest()
made = call("FinalizeArtifact", name=name, size=str(len(data)), hash={"value": digest})
print(f"uploaded {len(files)} files as {name}, id {made['artifact_id']}")

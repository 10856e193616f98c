"""Fetch artifacts of this run from the results service, as actions/download-artifact does."""

import fnmatch
import io
import json
import os
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


one, pattern = os.environ["NAME"], os.environ["PATTERN"] or "*"
there = [each["name"] for each in call("ListArtifacts")["artifacts"]]
wanted = [name for name in there if (name == one if one else fnmatch.fnmatchcase(name, pattern))]
if one and not wanted:
    sys.exit(f"::error::Unable to download artifact(s): Artifact not found for name: {one}")
for name in wanted:
    with urllib.request.urlopen(call("GetSignedArtifactURL", name=name)["signed_url"]) as answer:
        archive = zipfile.ZipFile(io.BytesIO(answer.read()))
    folder = Path(os.environ["GITHUB_WORKSPACE"], os.environ["WHERE"])
    archive.extractall(folder if one else folder / name)
print(f"downloaded {wanted}")

"""A GitHub on loopback for tests: stateful, with GitHub's quirks, and every exchange checked against GitHub's own description.

`server.GitHubEmulator` is the way in: a context manager with seeds (`add_pull`, `add_run`, …), faults (`fail`) and `exchanges`.
"""

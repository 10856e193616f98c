"""A GitHub on loopback for tests: stateful, with GitHub's quirks, and every exchange checked against GitHub's own description.

    with GitHubEmulator("octo-org/shop") as github:
        github.add_pull(7, head_sha="…", base_sha="…")
        …                                   # PyGithub, curl or the real action against github.url
        assert github.violations == []      # leaving the block asserts it too
"""

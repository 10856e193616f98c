"""The one way to GitHub's REST API: list, download, send. PyGithub is imported here alone, and only when a request is made."""

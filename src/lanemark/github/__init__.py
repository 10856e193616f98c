"""The one GitHub client: list, download, send."""

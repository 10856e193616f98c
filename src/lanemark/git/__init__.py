"""What does the repository hold? The one git client, with its configuration pinned and its output read by the byte."""

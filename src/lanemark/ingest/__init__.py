"""What did other tools say? Readers of their result files, one module a format."""

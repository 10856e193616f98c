"""What does the repository hold? Git, asked with everything pinned that a repository could turn against us."""

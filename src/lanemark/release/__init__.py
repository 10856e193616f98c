"""`release`: may this commit ship? Decided from what GitHub itself says of a commit, never from a name."""

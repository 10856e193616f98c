"""Are these bytes safe? Files and trees on disk."""

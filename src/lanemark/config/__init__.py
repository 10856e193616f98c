"""What does the repository want? The file's own shape, typed and checked; the other rooms read it as it stands."""

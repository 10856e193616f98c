"""How does a repository start with Lanemark? Files as values; the cli writes them."""

"""Head against baseline: one effect with its interval for each stage and metric."""

"""What now, after a failure? Classes of failure by evidence, and what may be done about each, bounded."""

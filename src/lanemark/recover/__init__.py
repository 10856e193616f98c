"""What now, after a failure? Classes by evidence and what may be done about each; checkpoints, journals, rollback, resume."""

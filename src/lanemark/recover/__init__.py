"""What now, after a failure? Checkpoints, the journal of a run, and the plans of a rollback and of a resume, all as values."""

"""Numbers only: effects with their intervals, summaries, and what a number of samples can show."""

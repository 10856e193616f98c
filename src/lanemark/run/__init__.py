"""Execute one stage once, or a plan in order."""

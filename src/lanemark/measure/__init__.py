"""How often, in which order, until when? The experiment; `process` accounts one execution, `stats` has the numbers."""

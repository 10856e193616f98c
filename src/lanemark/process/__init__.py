"""Start, watch, account and end a process tree; the clock and the machine it ran on.

`spawn` is the way in. `child` waits for one process, `family` says who descends from whom, `ending` ends a whole tree, `memory`
looks at one while it runs, `logs` at what it prints. `gauges` say what the rest of the machine does, `control` does a fixed piece
of work on it.
"""

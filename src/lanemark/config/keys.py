"""Every key of the file and what it means, in one table; the reader, the schema and the messages are made from it."""

from collections.abc import Mapping
from typing import Literal

Block = Literal[
    "file",
    "lane",
    "when",
    "limit",
    "band",
    "protected",
    "stage",
    "if",
    "checks",
    "metric-file",
    "measure",
    "pairs",
    "coverage",
    "lane-coverage",
    "report",
    "kinds",
    "floor",
    "patch-floor",
    "file-floor",
    "tests",
    "cache",
    "publish",
    "recovery",
    "recovery-rule",
    "quarantined",
]
"""A kind of mapping in the file."""

KEYS: Mapping[Block, Mapping[str, str]] = {
    "file": {
        "version": "The version of this file's format. Always 1.",
        "mode": "The strictest mode any gate may have: shadow, inform, warn or enforce. Without it, a limit you wrote enforces.",
        "on_unknown": "What a run without enough evidence is worth: warn (exit status 0, shown as unknown) or fail.",
        "lanes": "The classes of change, lightest first.",
        "protected": "Paths whose change needs at least a certain lane.",
        "stages": "The commands, by name.",
        "measure": "How often and how long stages are measured.",
        "coverage": "Coverage reports and the floors under them.",
        "tests": "What test reports tell: totals, failures, the slowest, new and removed tests.",
        "cache": "How much of what stages wrote is kept, and how long.",
        "publish": "What is told to GitHub.",
        "recovery": "What a log says of its failure, where Lanemark does not know the text.",
        "quarantine": "Tests that fail now and then: their failures are shown and do not count, up to a day.",
    },
    "lane": {
        "paths": "Patterns (as in .gitignore) of the files that belong to this lane; the last match wins, `!` excludes.",
        "when": "What makes a change at least this heavy, whatever its files are. It can only make a change heavier.",
        "default": "Whether files that no lane claims belong to this lane. Exactly one lane is the default.",
        "stages": "The stages this lane runs; what they need runs too. May be empty.",
        "timeout": "The longest the whole lane may take, such as 30m.",
        "on_failure": "What still starts after a failure: continue (what does not need it), after-level (its level) or stop.",
        "retries": "The most retries any stage has in this lane, such as 0 for none. Without it, what each stage says.",
        "budgets": "Absolute limits by <stage>.<metric>.<statistic>, or total.wall.<statistic> for the lane.",
        "regression": "Limits relative to the base branch by <stage>.<metric>, or default.<metric> for every stage.",
        "coverage": "Coverage floors of this lane; a group that stands here replaces that of the file, `{}` takes it away.",
    },
    "when": {
        "files": "From this many changed files on; a rename counts as two.",
        "lines": "From this many added and deleted lines on, without those of generated and binary files.",
        "dirs": "From this many folders with changed files on; the root counts as one.",
        "labels": "Labels of the pull request; one is enough.",
        "events": "Events of GitHub, such as merge_group or schedule; one is enough.",
        "submodule": "Whether a changed submodule is enough.",
        "binary": "Whether a new or changed file without readable lines is enough, where no lane's list claims it.",
    },
    "limit": {
        "warn": "Above this the gate warns.",
        "fail": "Above this the gate fails.",
    },
    "band": {
        "warn": "Slower than the base by more than this warns, such as 3%.",
        "fail": "Slower than the base by more than this fails, such as 10%.",
        "floor": "A smaller difference does not count, such as 5ms. Without it: 5ms cpu, 10ms wall, 4MiB rss_peak; 0ms: none.",
    },
    "protected": {
        "paths": "Patterns of the protected files.",
        "floor": "The lightest lane such a change may get. Without it, the heaviest.",
    },
    "stage": {
        "run": "The command, for a shell.",
        "needs": "Stages that must run before.",
        "each": "A pattern (or several) of folders or files; the stage runs once for each match, which is in $EACH.",
        "if": "The lanes and events this stage is for. Elsewhere it is left out, and so is what needs it.",
        "inputs": "Patterns of the files this stage reads. Without it, every change may change the stage.",
        "outputs": "Files, or folders with a slash at the end, that this stage writes; a missing one fails it.",
        "env": "Environment variables for the command.",
        "tools": "Programs whose version decides whether the stage must run: names, or commands that print a version by name.",
        "timeout": "The longest one execution may take, such as 10m.",
        "measure": "Whether this stage is measured, or what differs from the measure block of the file.",
        "checks": "What this stage must be besides fast.",
        "metrics": "Files in which the stage writes figures of its own, or another tool's; shown as evidence, never a gate.",
        "jobs": "How many places of --jobs this stage takes, such as 2 for one that uses two cores by itself. 1 without it.",
        "relocatable": "Whether what the stage writes is right at any place, so that another checkout may reuse it.",
        "retries": "How often it may run again after a failure that is not its own, such as of the network. 0 without it.",
        "rerun": "The command that runs failed tests alone; their names stand in the file $LANEMARK_FAILED_TESTS, one a line.",
        "state": "Files, or folders with a slash at the end, that this stage changes in place. It is then never replayed.",
        "destructive": "Whether a checkpoint is taken right before this stage.",
        "help": "What to tell somebody whose change fails here.",
    },
    "if": {
        "lanes": "Lanes that run the stage; any without it.",
        "events": "Events of GitHub on which the stage runs; any without it.",
    },
    "metric-file": {
        "file": "The file, below the repository's root. It is deleted before each run, so that no old figure counts.",
        "format": "The file's format; without it the content decides.",
    },
    "checks": {
        "deterministic": "How many runs must leave equal outputs, 2 to 100; the run that decides counts as the first.",
        "memory_stable": "Over how many runs in a row peak memory must not grow, 20 to 500; fewer would tell nothing.",
    },
    "measure": {
        "baseline": "What to compare with: paired (the base runs beside it), artifact (a trusted run of the base) or none.",
        "max_time": "The longest measuring may take: of the lane in the file's block, of the stage in a stage's.",
        "pairs": "The fewest and the most pairs of samples.",
        "warmup": "Executions before the first sample that are thrown away.",
        "cold": "Whether to take a second series of samples whose declared inputs were dropped from the page cache.",
    },
    "pairs": {
        "min": "The fewest pairs before a verdict.",
        "max": "The most pairs.",
    },
    "coverage": {
        "reports": "The report files that the stages write.",
        "project": "Floors under the coverage of everything.",
        "flags": "Floors under the coverage of reports with a flag, by flag.",
        "patch": "Floors under the coverage of the changed lines.",
        "files": "Floors under the coverage of each file that the change touches.",
        "exclude": "Patterns of files that do not count.",
    },
    "lane-coverage": {
        "project": "Floors under the coverage of everything.",
        "flags": "Floors under the coverage of reports with a flag, by flag.",
        "patch": "Floors under the coverage of the changed lines.",
        "files": "Floors under the coverage of each file that the change touches.",
    },
    "report": {
        "path": "Where the report is, below the repository's root; `*` and `**` are read.",
        "format": "The report's format; without it the content decides.",
        "flag": "A name for this report, for floors of its own.",
        "expect": "How many files must match the path; fewer make coverage unknown, more are said.",
    },
    "kinds": {
        "lines": "The floor under covered lines.",
        "branches": "The floor under covered branches.",
        "functions": "The floor under covered functions.",
        "statements": "The floor under covered statements.",
    },
    "floor": {
        "warn": "Below this share the gate warns, such as 90%.",
        "fail": "Below this share the gate fails, such as 80%.",
        "max_drop": "The most it may drop against the base, in percentage points, such as 0.5pp.",
    },
    "patch-floor": {
        "warn": "Below this share the gate warns, such as 90%.",
        "fail": "Below this share the gate fails, such as 80%.",
        "ignore_below": "Patches with fewer coverable lines (branches, functions) than this are not judged.",
    },
    "file-floor": {
        "warn": "Below this share the gate warns, such as 70%.",
        "fail": "Below this share the gate fails, such as 60%.",
    },
    "tests": {
        "reports": "The JUnit XML files that the stages write; `*` and `**` are read.",
    },
    "cache": {
        "max_size": "The most the store may take on the disk, such as 2GiB. What was used longest ago goes first.",
        "keep": "How many results of each stage are kept.",
        "ttl": "How long a result is kept after its last use, such as 7d.",
    },
    "recovery": {
        "rules": "Texts and the class of failure each stands for; the first that fits counts.",
    },
    "recovery-rule": {
        "match": "A text of one line of the log, upper or lower case; `*` stands for anything between.",
        "class": "The class of failure it stands for, which says what is done about it.",
        "retries": "How often such a failure may be tried again; without it, what is usual for the class.",
    },
    "quarantined": {
        "stage": "The stage.",
        "test": "The test, as the report of the stage names it; without it the whole stage.",
        "until": "The last day of it, such as 2026-12-31.",
        "issue": "Where people work on it.",
    },
    "publish": {
        "comment": "When to write the comment: always, changes (while there is something to say), failures or off.",
        "check_runs": "Whether to write check runs where the token may.",
        "html": "Whether to write the HTML page.",
    },
}  # fmt: skip
"""The keys that are read, by block, with the sentence that explains each."""

NOT_BUILT: Mapping[Block, tuple[str, ...]] = {
    "file": ("rollout", "waivers", "history", "release", "drift", "components"),
    "measure": ("temperature",),
}
"""Keys that belong to the format and do nothing yet; writing one is an error rather than a silent nothing."""

ALSO: Mapping[str, str] = {
    "critical": "fail", "min": "fail", "max": "fail", "threshold": "fail", "target": "fail",
    "match": "paths", "files": "paths", "changes": "paths", "iterations": "pairs", "runs": "pairs",
    "command": "run", "cmd": "run", "script": "run", "depends_on": "needs", "dependencies": "needs", "after": "needs",
    "environment": "env", "artifacts": "outputs", "sources": "inputs", "thresholds": "budgets", "limits": "budgets",
}  # fmt: skip
"""What other tools call a key of ours, for `did you mean`."""

TRUTH_WORDS = frozenset({"yes", "no", "on", "off"})
"""Words (in any case) that YAML 1.1 readers take for true or false; as text they must stand in quotes."""

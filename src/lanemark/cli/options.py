"""Options that several commands share, said once."""

from lanemark.cli.console import Parser
from lanemark.errors import UsageError
from lanemark.pipeline.prepare import Asked
from lanemark.settings import Settings

BASELINES = ("paired", "artifact", "none")


def add_change_options(parser: Parser) -> None:
    """Add what says which change is meant and how it is measured."""
    parser.add_argument("--config", metavar="F", help="path of the configuration (.github/lanemark.yml)")
    parser.add_argument("--base", metavar="REF", help="compare with this commit's merge base (origin's default branch)")
    parser.add_argument("--head", metavar="REF", help="the commit to measure (HEAD)")
    parser.add_argument("--lane", default="", help="a lane to set, never below the protected floor")
    parser.add_argument("--stage", default="", metavar="S", help="only this stage, and what it needs")
    parser.add_argument("--baseline", default="", help="paired, artifact or none (default: what the configuration says)")


def add_output_options(parser: Parser) -> None:
    """Add where results go and how they are printed."""
    parser.add_argument("--out", metavar="DIR", default="", help="folder for results and reports (.lanemark/out)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_expect_option(parser: Parser) -> None:
    """Add which workflow files may have made what is read from other runs."""
    parser.add_argument("--expect", default="", metavar="FILES", help="workflow files whose runs count, one a line (any of ours)")


def add_past_option(parser: Parser) -> None:
    """Add where earlier runs of the base branch lie; they explain budgets and decide nothing."""
    parser.add_argument(
        "--past", default="", metavar="DIR", help="results of earlier runs of the base branch (without it GitHub is asked)"
    )


def add_jobs_option(parser: Parser, default: str) -> None:
    """Add how many stages may run side by side; `default` says how many without it."""
    parser.add_argument("--jobs", type=int, metavar="N", help=f"run up to N stages side by side ({default})")


def add_earlier_option(parser: Parser) -> None:
    """Add where earlier runs lie, for commands that judge nothing and only plan by them."""
    parser.add_argument(
        "--past", default="", metavar="DIR", help="results of earlier runs: how long stages take, and whether --jobs does good"
    )


def add_matrix_option(parser: Parser) -> None:
    """Add what the run planned, for commands that take part in it."""
    parser.add_argument("--matrix", default="", metavar="JSON", help="what `lanemark plan --matrix N` printed for this run")


def add_cache_options(parser: Parser) -> None:
    """Add what says that stages are to run although nothing changed."""
    parser.add_argument("--no-cache", action="store_true", help="run every stage; replay nothing and keep nothing")
    parser.add_argument("--force", action="store_true", help="run every stage, and replace what is kept of it")


def read_jobs(options: object, otherwise: int) -> int:
    """Return how many stages may run side by side."""
    jobs: int | None = vars(options).get("jobs")
    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs {jobs} is too few", help="1 runs the stages one at a time")
    return otherwise if jobs is None else jobs


def read_expected(text: str) -> tuple[str, ...]:
    """Return the workflow files of `--expect`, written one a line or with commas between them."""
    return tuple(text.replace(",", " ").split())


def read_asked(options: object, settings: Settings) -> Asked:
    """Return what was asked for."""
    given = vars(options)
    baseline = given.get("baseline") or None
    if baseline is not None and baseline not in BASELINES:
        raise UsageError(f"--baseline {baseline!r} is none of {', '.join(BASELINES)}")
    lane = given.get("lane") or ""
    return Asked(
        config=given.get("config") or settings.config,
        lane="" if lane == "auto" else lane,
        base=given.get("base"),
        head=given.get("head"),
        stage=given.get("stage") or "",
        baseline=baseline,
    )


def out_folder(options: object, settings: Settings) -> str:
    """Return the folder for results as an absolute path."""
    out: str = vars(options).get("out") or ""
    if not out:
        return settings.out
    return out if out.startswith("/") else f"{settings.workspace}/{out}"

"""Write the pages that are made from the program: `python docs/make_docs.py` with `src` on the path."""  # noqa: INP001 -- a script

from pathlib import Path

from lanemark.errors import EXIT, EXPLANATIONS

GROUPS = {
    "LG0": "Use",
    "LG1": "The configuration file",
    "LG4": "GitHub",
    "LG5": "Time",
}


def errors_page() -> str:
    """Return `docs/errors.md`: every code, what it means, what to do."""
    lines = [
        "# Errors",
        "",
        "Every error has a code. This page says what each code means and what to do. `lanemark explain LG104` prints the same.",
        "The exit status of a run is on [its own page](exit-status.md).",
        "",
        "<!-- Made from src/lanemark/errors.py by docs/make_docs.py. -->",
    ]
    for prefix, title in GROUPS.items():
        lines += ["", f"## {title}"]
        for code, found in EXPLANATIONS.items():
            if code.startswith(prefix):
                lines += ["", f"### {code}: {found.title}", "", found.meaning, "", f"**What to do:** {found.remedy}"]
    return "\n".join(lines) + "\n"


def exit_page() -> str:
    """Return `docs/exit-status.md`: every exit status and which of several wins."""
    lines = [
        "# Exit status",
        "",
        "The exit status of `lanemark` is part of its contract. Scripts may rely on it.",
        "",
        "<!-- Made from src/lanemark/errors.py by docs/make_docs.py. -->",
        "",
        "| status | meaning |",
        "| --- | --- |",
        *(f"| {status} | {meaning} |" for status, meaning in EXIT.items()),
        "",
        "Where several hold, the first of this list counts: 8, 10, 7, 3, 4, 5, 0.",
        "",
        "A gate can give 3, 4 or 5 only where its mode is `enforce`.",
        "A gate in mode `shadow`, `inform` or `warn` never turns a job red.",
        "A broken API never changes a verdict: 6 comes from `publish` and `record` only.",
        "",
        "Each error has a code too. The codes are on [the page of errors](errors.md).",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    here = Path(__file__).parent
    (here / "errors.md").write_text(errors_page(), encoding="utf-8")
    (here / "exit-status.md").write_text(exit_page(), encoding="utf-8")

"""Path patterns in the dialect of `.gitignore` lines."""


def check_pattern(line: str) -> str | None:
    """Return a sentence saying what is wrong with one pattern, None where it is sound."""
    if not line.strip() or not line.removeprefix("!").strip("/"):
        return "the pattern is empty"
    if ".." in line.removeprefix("!").split("/"):
        return "`..` leaves the repository"
    if "{" in line and "}" in line:
        return "`{a,b}` is not a choice here: write one pattern for each"
    return None

r"""The gitignore dialect, one for lanes, protected paths, stage inputs and coverage excludes.

A pattern without a slash (a trailing one apart) matches a file or folder of that name anywhere; with one it starts at the
repository's root. `*` and `?` stop at a slash, `**` between slashes is any number of folders, `[a-z]` is one character, a
trailing slash means folders only, and whatever matches a folder claims all below it. Case matters, dot files are files. The last
line that matches decides, and `!` takes back.

Two departures from git: a `!` line works even below a folder that an earlier line claimed, and `?` and `[…]` take one character
where git takes one byte.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from lanemark.path import RepoPath
from lanemark.wildmatch import Piece, ending_of, is_plain, is_stars, parts_of, regex_of, split_glob, text_of

NEVER = -1


class _Odd:
    """Lines that only a regular expression can tell, as one of them; it is compiled when it is first asked.

    `highest` is the last of the lines; whatever one of them matches ends as one of `endings` says.
    """

    def __init__(self) -> None:
        """Start without a line."""
        self._lines: list[tuple[int, str]] = []
        self._regex: re.Pattern[str] | None = None
        self.highest = NEVER
        self.endings: tuple[str, ...] = ()

    def add(self, index: int, parts: list[list[Piece]], *, folders_only: bool) -> None:
        """Take one more line, which comes after all the others."""
        self._lines.insert(0, (index, regex_of(parts) + ("/" if folders_only else "/?")))
        self.highest = index
        tail = ending_of(parts[-1])
        self.endings += (f"{tail}/",) if folders_only else (tail, f"{tail}/")

    def last(self, subject: str) -> int:
        """Return the last line that matches all of `subject`.

        The alternatives stand last line first. Each ends with an empty group that tells which one it was; at its end, because
        the regular expression engine skips an alternative by its first character only if that stands first.
        """
        if self._regex is None:
            self._regex = re.compile("|".join(f"{regex}()" for _, regex in self._lines), re.DOTALL)
        found = self._regex.fullmatch(subject)
        return self._lines[(found.lastindex or 0) - 1][0] if found else NEVER


_Folder = tuple[int, tuple[_Odd, ...]]
"""The last line that claims all below a folder, and the odd lines that may match something below it."""


class Patterns:
    """A list of pattern lines, ready to be asked about many paths.

    Every line goes where few paths ask for it: plain ones into tables, endings into a table for each extension, and of the odd
    rest each is asked only about paths that have a part which stands in it as it is.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        """Read `lines`; a line that `check_pattern` objects to never raises here, at worst it matches nothing."""
        self._negated = tuple(line.startswith("!") for line in lines)
        self._names: dict[str, int] = {}
        self._paths: dict[str, int] = {}
        self._suffixes: dict[str, int] = {}
        self._odd_names: _Odd | None = None
        self._odd_paths: dict[str, _Odd] = {}
        self._place_odd([odd for index, line in enumerate(lines) if (odd := self._read_line(index, line))])
        self._other_lengths, self._lengths = _lengths_by_extension(self._suffixes)
        self._folder_names: dict[str, int] = {}
        self._folders: dict[str, _Folder] = {"": (NEVER, tuple(filter(None, [self._odd_paths.get("")])))}

    def claim(self, path: RepoPath) -> int | None:
        """Return the index of the last line that matches `path` (a file), None where none does or that line is a `!` line."""
        index = self.last(path)
        return None if index == NEVER or self._negated[index] else index

    def negated(self, index: int) -> bool:
        """Tell whether the line `index` takes back what lines before it claim."""
        return self._negated[index]

    def last(self, path: RepoPath) -> int:
        """Return the index of the last line that matches `path` (a file) or a folder it lies in, a `!` line or not, or NEVER."""
        at = path.rfind("/") + 1
        folder, name = path[:at], path[at:]
        last, odds = self._folders.get(folder) or self._enter(folder)
        if (found := self._match_name(name)) > last:
            last = found
        if (found := self._paths.get(path, NEVER)) > last:
            last = found
        if name in self._odd_paths:
            odds = (*odds, self._odd_paths[name])
        for odd in odds:
            if odd.highest > last and path.endswith(odd.endings) and (found := odd.last(path)) > last:
                last = found
        return last

    def _enter(self, folder: str) -> _Folder:
        """Return what is known of `folder` (with its trailing slash), after learning it, outermost folder first."""
        start = len(folder) - 1
        while (start := folder.rfind("/", 0, start)) >= 0 and folder[: start + 1] not in self._folders:
            pass
        last, odds = self._folders[folder[: start + 1]]
        while start + 1 < len(folder):
            end = folder.index("/", start + 1)
            subject, name = folder[: end + 1], folder[start + 1 : end + 1]
            found = self._folder_names.get(name)
            if found is None:
                found = self._folder_names[name] = self._match_name(name)
            last = max(last, found, self._paths.get(subject, NEVER))
            keyed = self._odd_paths.get(name[:-1])
            if keyed is not None and keyed not in odds:
                odds = (*odds, keyed)
            for odd in odds:
                if odd.highest > last and subject.endswith(odd.endings) and (found := odd.last(subject)) > last:
                    last = found
            self._folders[subject] = last, odds
            start = end
        return last, odds

    def _match_name(self, name: str) -> int:
        """Return the last line without a slash that matches the last part of a path; a folder's bears a trailing slash."""
        last = self._names.get(name, NEVER)
        for length in self._lengths.get(name[name.rfind(".") :], self._other_lengths):
            if (found := self._suffixes.get(name[-length:], NEVER)) > last:
                last = found
        odd = self._odd_names
        if odd and odd.highest > last and name.endswith(odd.endings):
            last = max(last, odd.last(name))
        return last

    def _read_line(self, index: int, line: str) -> tuple[int, list[list[Piece]], bool] | None:
        """Put one plain line or ending into its table; return an odd one with a slash: its parts, whether only folders match."""
        text = _strip_spaces(line)
        if text.startswith("#"):
            return None
        text = text.removeprefix("!")
        folders_only = text.endswith("/")
        text = text.removesuffix("/")
        anchored = "/" in text
        try:
            pieces = split_glob(text.removeprefix("/"))
        except ValueError:
            return None
        parts = parts_of(pieces)
        if len(parts) > 1 and is_stars(parts[-1]) and not folders_only:  # of files, `a/**` says what `/a/` says
            parts, folders_only = parts[:-1], True
        if len(parts) == 2 and is_stars(parts[0]) and not is_stars(parts[1]):  # `**/a` says what `a` says
            parts, anchored = parts[1:], False
        endings = ("/",) if folders_only else ("", "/")
        if all(map(is_plain, parts)):
            table = self._paths if anchored else self._names
            table.update(("/".join(map(text_of, parts)) + ending, index) for ending in endings)
        elif not anchored and len(parts[0]) > 1 and parts[0][0].kind == "star" and is_plain(parts[0][1:]):
            self._suffixes.update((text_of(parts[0][1:]) + ending, index) for ending in endings)
        elif anchored:
            return index, parts, folders_only
        elif parts[0]:
            self._odd_names = self._odd_names or _Odd()
            self._odd_names.add(index, parts, folders_only=folders_only)
        return None

    def _place_odd(self, lines: Sequence[tuple[int, list[list[Piece]], bool]]) -> None:
        """Put each odd line with a slash to the plain part of it that fewest others have, or to "" where it has none."""
        known = Counter(text_of(part) for _, parts, _ in lines for part in parts if is_plain(part))
        for index, parts, folders_only in lines:
            key = min((text_of(part) for part in parts if is_plain(part)), key=known.__getitem__, default="")
            self._odd_paths.setdefault(key, _Odd()).add(index, parts, folders_only=folders_only)


class PatternLists:
    """Several lists of which the last one that claims a path has it, asked as one."""

    def __init__(self, lists: Sequence[Sequence[str]]) -> None:
        """Read `lists`; what stands in a later one wins over what stands in an earlier one."""
        self._lists = lists
        self._owners = [(number, index) for number, lines in enumerate(lists) for index in range(len(lines))]
        self._first: dict[int, Patterns] = {}

    def claim(self, path: RepoPath, *, first: int | None = None) -> tuple[int, int] | None:
        """Return the number of the list that claims `path` and the index of its line, None where none does.

        `first` asks only so many lists, the ones that stand first.
        """
        count = len(self._lists) if first is None else first
        while count:
            patterns = self._first.get(count) or self._join(count)
            index = patterns.last(path)
            if index == NEVER:
                return None
            if not patterns.negated(index):
                return self._owners[index]
            count = self._owners[index][0]  # that list does not claim it, so the ones before are asked
        return None

    def _join(self, count: int) -> Patterns:
        """Return the first `count` lists as one; most paths need only all of them."""
        self._first[count] = joined = Patterns([line for lines in self._lists[:count] for line in lines])
        return joined


def _lengths_by_extension(suffixes: Iterable[str]) -> tuple[list[int], dict[str, list[int]]]:
    """Return the lengths of suffixes without a dot, and by what stands from the last dot on, the lengths of all that may fit."""
    found: dict[str, set[int]] = {"": set()}
    for suffix in suffixes:
        dot = suffix.rfind(".")
        found.setdefault("" if dot < 0 else suffix[dot:], set()).add(len(suffix))
    others = found.pop("")
    return sorted(others), {extension: sorted(lengths | others) for extension, lengths in found.items()}


def check_pattern(line: str) -> str | None:
    """Return a sentence saying what is wrong with `line` as a pattern and what to write instead, None where nothing is.

    Lines that pass mean here what they mean to git; some that git takes without a word and that never mean what was meant
    (`./a`, `a/**.js`, `{a,b}`) do not pass.
    """
    text = _strip_spaces(line).removeprefix("!")
    if not text.strip():
        return "the pattern is empty"
    if "\0" in text or "\n" in text:
        return "a pattern is one line of text"
    if _strip_spaces(line).startswith("#"):
        return "a pattern that starts with `#` is a comment and matches nothing; write `\\#` for a name that starts with `#`"
    return _wrong_escape(text) or _wrong_parts(text) or _wrong_glob(text)


def _wrong_escape(text: str) -> str | None:
    """Return what is wrong with the backslashes of `text`."""
    bare = text.replace("\\\\", "")
    if bare.endswith("\\"):
        return "the pattern ends with a backslash; a backslash takes the next character as it is, and there is none"
    if re.search(r"\\[\w/]", bare):
        return "a backslash takes the next character as it is; folders are separated by `/`"
    return None


def _wrong_parts(text: str) -> str | None:
    """Return what is wrong with the parts of `text` between its slashes."""
    if not text.strip("/"):
        return "the pattern names nothing; write `**` for every file"
    parts = text.removeprefix("/").removesuffix("/").split("/")
    if ".." in parts:
        return "`..` leaves the repository; patterns start at its root"
    if "." in parts:
        return "`.` matches nothing as a part; patterns start at the repository's root, write `/name` instead of `./name`"
    if "" in parts:
        return "two slashes in a row match nothing; write one"
    return None


def _wrong_glob(text: str) -> str | None:
    """Return what is wrong with the special characters of `text`."""
    plain = re.sub(r"\\.", "", text)
    if braces := re.search(r"\{[^{}]*,[^{}]*\}", plain):
        return f"`{braces[0]}` is not a choice here; write one pattern for each, or `\\{{` for a name with a brace"
    try:
        pieces = split_glob(text)
    except ValueError as fault:
        return str(fault)
    if any(piece.kind == "star" and len(piece.text) > 1 for piece in pieces):
        return "`**` means any number of folders only between slashes, as in `a/**/*.js`; inside a name write `*`"
    return None


def _strip_spaces(line: str) -> str:
    """Return `line` without the trailing spaces that no backslash keeps."""
    bare = line.rstrip(" ")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if backslashes % 2 and len(bare) < len(line) else bare

"""What makes a change heavier than its files are: figures, labels, events, kinds of files, and the sentence with the figure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanemark.change import Change, ChangedFile
from lanemark.change.read import given_change
from lanemark.config.types import Config, Lane, Protected, Rule, When
from lanemark.event import Event, local_event
from lanemark.lane.choose import choose_lane
from lanemark.path import RepoPath

ORDER = ["docs", "standard", "heavy"]
NAME = ".github/lanemark.yml"


NOTHING, GITHUB_FOLDER = When(), Protected()


def config(when=NOTHING, *, standard=NOTHING, protected=GITHUB_FOLDER):
    docs = Lane(name="docs", line=3, rules=(Rule(pattern="docs/**", line=4), Rule(pattern="*.md", line=4)))
    return Config(
        name=NAME,
        stages={},
        protected=protected,
        lanes=(
            docs,
            Lane(name="standard", line=6, default=True, when=standard),
            Lane(name="heavy", line=9, rules=(Rule(pattern="src/core/**", line=10),), when=when),
        ),
    )


def change(*files, **more):
    return Change(base="b" * 40, tested="c" * 40, head="c" * 40, source="merge-base", files=files, **more)


def text(path, added=1, deleted=0, **more):
    return ChangedFile(
        path=RepoPath(path), status="M", old_mode="100644", new_mode="100644", added=added, deleted=deleted, **more
    )


def binary(path, status="A"):
    return ChangedFile(path=RepoPath(path), status=status, new_mode="100644", added=None, deleted=None)


def choose(files, rules, event=None):
    return choose_lane(change(*files), event or local_event(), rules)


@pytest.mark.parametrize(
    ("when", "files", "reason"),
    [
        (When(line=12, files=2), [text("a.py"), text("b.py")], "2 changed files, 2 lift it to heavy (.github/lanemark.yml:12 when.files)"),
        (When(line=12, files=1), [text("docs/a")], "1 changed file, 1 lifts it to heavy (.github/lanemark.yml:12 when.files)"),
        (When(line=12, lines=2000), [text("a.py", 2000, 431)], "2,431 changed lines, 2,000 lift it to heavy (.github/lanemark.yml:12 when.lines)"),
        (When(line=12, dirs=3), [text("a"), text("b/c"), text("b/d"), text("b/e/f")], "3 changed folders, 3 lift it to heavy (.github/lanemark.yml:12 when.dirs)"),
        (
            When(line=12, submodule=True),
            [ChangedFile(path=RepoPath("docs/theme"), status="M", old_mode="160000", new_mode="160000")],
            "the submodule docs/theme lifts it to heavy (.github/lanemark.yml:12 when.submodule)",
        ),
        (
            When(line=12, binary=True),
            [binary("tool.bin")],
            "tool.bin, a file without readable lines that no list claims, lifts it to heavy (.github/lanemark.yml:12 when.binary)",
        ),
    ],
)  # fmt: skip
def test_a_figure_lifts_and_is_told_with_its_limit_and_its_place(when, files, reason):
    choice = choose(files, config(when))
    assert (choice.lane, choice.reason) == ("heavy", reason)
    assert f"{choice.lifts[0].why} ({choice.lifts[0].rule})" == reason


@pytest.mark.parametrize(
    ("when", "files"),
    [
        (When(files=2), [text("a.py")]),
        (When(lines=2000), [text("a.py", 1999), binary("x.bin"), text("gen.py", 90_000, generated=True)]),
        (When(dirs=2), [text("a/b"), text("a/c")]),
        (When(submodule=True, binary=True), [text("a.py")]),
        (When(binary=True), [binary("docs/logo.png"), binary("old.bin", "D")]),
        (When(labels=("run-heavy",), events=("merge_group",)), [text("a.py")]),
    ],
)
def test_less_than_the_figure_does_not_lift(when, files):
    choice = choose(files, config(when))
    assert (choice.lane, choice.lifts) == ("standard", ())


def test_generated_files_still_count_as_files():
    assert choose([text("gen.py", generated=True)], config(When(files=1))).lane == "heavy"


def test_a_binary_on_a_list_is_what_the_list_says():
    assert choose([binary("docs/logo.png")], config(When(binary=True))).lane == "docs"


@pytest.mark.parametrize(
    ("event", "lane"),
    [
        (Event(name="pull_request", labels=("Run-Heavy",)), "heavy"),
        (Event(name="pull_request", labels=("run", "heavy")), "docs"),
        (Event(name="merge_group"), "heavy"),
        (Event(name="push"), "docs"),
    ],
)
def test_labels_and_events_lift(event, lane):
    rules = config(When(line=12, labels=("run-heavy",), events=("merge_group", "schedule")))
    choice = choose([text("README.md")], rules, event)
    assert choice.lane == lane
    if lane == "heavy":
        assert choice.reason in {
            "the label run-heavy lifts it to heavy (.github/lanemark.yml:12 when.labels)",
            "the event merge_group lifts it to heavy (.github/lanemark.yml:12 when.events)",
        }


def test_an_event_lifts_even_what_is_empty():
    assert choose([], config(When(events=("merge_group",))), Event(name="merge_group")).lane == "heavy"
    assert choose([], config(When(events=("merge_group",)))).reason == "no files changed"


def test_the_heaviest_lift_decides_and_the_others_are_kept():
    rules = config(When(line=12, lines=100, files=2), standard=When(line=7, files=1))
    choice = choose([text("README.md", 300), text("docs/a")], rules)
    assert (
        choice.reason == "2 changed files, 2 lift it to heavy (.github/lanemark.yml:12 when.files), and 1 other rule would, too"
    )
    assert [(lift.lane, lift.rule) for lift in choice.lifts] == [
        ("heavy", f"{NAME}:12 when.files"),
        ("heavy", f"{NAME}:12 when.lines"),
        ("standard", f"{NAME}:7 when.files"),
    ]


def test_a_lift_never_makes_lighter_than_the_lists():
    choice = choose([text("src/core/a.py")], config(standard=When(files=1)))
    assert (choice.lane, choice.reason) == ("heavy", "src/core/a.py matches .github/lanemark.yml:10 src/core/**")


def test_a_link_that_leaves_the_repository_is_heaviest():
    link = ChangedFile(path=RepoPath("docs/link"), status="A", new_mode="120000", added=1, escapes=True)
    choice = choose([link], config())
    assert choice.lane == "heavy"
    assert choice.reason.startswith("the symbolic link docs/link leads out of the repository lifts it to heavy (built-in:")


@pytest.mark.parametrize(
    ("old", "new", "words"), [("100644", "100755", "becomes executable"), ("100755", "100644", "is no longer executable")]
)
def test_a_changed_mode_alone_is_no_docs_change(old, new, words):
    file = ChangedFile(path=RepoPath("docs/run.sh"), status="M", old_mode=old, new_mode=new, added=0, deleted=0)
    choice = choose([file], config())
    assert (choice.lane, choice.reason) == ("standard", f"docs/run.sh {words} lifts it to standard (built-in: changed modes)")


def test_a_file_that_becomes_a_link_is_no_docs_change():
    file = ChangedFile(path=RepoPath("docs/a.md"), status="T", old_mode="100644", new_mode="120000", added=1, deleted=9)
    assert choose([file], config()).lane == "standard"


def test_a_source_that_tells_no_modes_is_no_change_of_mode():
    assert choose([ChangedFile(path=RepoPath("docs/a.md"), status="M", new_mode="100644")], config()).lane == "docs"


def test_a_pull_request_beyond_githubs_list_is_heaviest_and_other_events_are_not():
    files = [text(f"docs/{number}.md") for number in range(3001)]
    choice = choose(files, config(), Event(name="pull_request", number=7))
    assert choice.lane == "heavy"
    assert choice.reason.startswith("3,001 changed files, and GitHub lists only 3,000")
    assert choose(files[:3000], config(), Event(name="pull_request", number=7)).lane == "docs"
    assert choose(files, config(), Event(name="push")).lane == "docs"


def test_the_configuration_of_a_broken_base_gives_the_heaviest():
    from msgspec.structs import replace

    rules = replace(config(), doubt="the base side's file is invalid")
    assert choose([text("README.md")], rules).lane == "heavy"
    assert choose_lane(change(text("README.md")), local_event(), rules, forced="docs").lane == "heavy"
    assert choose([], rules).reason == "the base side's file is invalid"


PATHS = st.sampled_from(["README.md", "docs/a", "x.py", "src/core/y", "b/z.bin", "b/c/d", ".github/w.yml"])
FILES = st.lists(
    st.builds(
        ChangedFile,
        path=PATHS.map(RepoPath),
        status=st.sampled_from(["A", "D", "M", "T"]),
        old_mode=st.sampled_from(["000000", "100644", "100755", "160000"]),
        new_mode=st.sampled_from(["000000", "100644", "100755", "120000", "160000"]),
        added=st.one_of(st.none(), st.integers(0, 60)),
        deleted=st.integers(0, 60),
        generated=st.booleans(),
        escapes=st.booleans(),
    ),
    unique_by=lambda file: file.path,
    max_size=6,
)
WHENS = st.builds(
    When,
    files=st.one_of(st.none(), st.integers(1, 5)),
    lines=st.one_of(st.none(), st.integers(1, 200)),
    dirs=st.one_of(st.none(), st.integers(1, 4)),
    labels=st.lists(st.sampled_from(["a", "b", "c"]), unique=True).map(tuple),
    events=st.sampled_from([(), ("push",), ("merge_group",)]),
    submodule=st.booleans(),
    binary=st.booleans(),
)
LABELS = st.lists(st.sampled_from(["a", "b", "lane:docs", "lane:standard", "lane:heavy", "lane:no"]), unique=True).map(tuple)
FLOORS = st.sampled_from(["docs", "standard", "heavy", None])


@given(FILES, FILES, LABELS, LABELS, WHENS, WHENS, FLOORS)
def test_more_files_and_labels_never_make_it_lighter(some, more, labels, others, heavy, standard, floor):
    rules = config(heavy, standard=standard, protected=Protected(floor=floor))
    extra = [file for file in more if file.path not in {one.path for one in some}]
    before = choose(some, rules, Event(name="push", labels=labels))
    after = choose([*some, *extra], rules, Event(name="push", labels=(*labels, *others)))
    assert ORDER.index(before.lane) <= ORDER.index(after.lane)


@given(FILES, LABELS, WHENS, FLOORS, st.sampled_from([None, *ORDER]), st.booleans())
def test_never_below_the_floor_and_heaviest_when_unknown(files, labels, when, floor, forced, complete):
    rules = config(when, protected=Protected(floor=floor))
    tried = change(*files, complete=complete, reason="" if complete else "cut off")
    choice = choose_lane(tried, Event(name="push", labels=labels), rules, forced=forced)
    if not complete or any(file.path.startswith(".github/") for file in files):
        assert ORDER.index(choice.lane) >= ORDER.index(floor or "heavy")
    if not complete and forced is None:
        assert choice.lane == "heavy"


@given(FILES, WHENS, WHENS)
def test_when_can_only_lift(files, heavy, standard):
    plain = choose(files, config()).lane
    assert ORDER.index(choose(files, config(heavy, standard=standard)).lane) >= ORDER.index(plain)


@given(FILES, WHENS)
def test_the_reason_is_never_empty_and_the_order_of_files_does_not_matter(files, when):
    there, back = choose(files, config(when)), choose(files[::-1], config(when))
    assert there.lane == back.lane
    assert there.reason


def test_a_list_from_elsewhere_is_counted_too():
    assert choose_lane(given_change([RepoPath("a.md"), RepoPath("b.md")]), local_event(), config(When(files=2))).lane == "heavy"

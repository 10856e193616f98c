from lanemark.change import AddedLines, AddedRange
from lanemark.coverage.excerpts import AROUND, LONGEST, MOST_FILES, ROOM, WHOLE, source_views
from lanemark.coverage.model import Branches, FileData


def added(path, *ranges):
    return AddedLines(path=path, ranges=tuple(AddedRange(start=start, end=end, head_start=start) for start, end in ranges))


def views(files, changes, texts):
    return source_views(files, changes, texts.get)


def test_a_short_file_is_whole_with_a_mark_for_every_line():
    file = FileData(lines={1: 1, 2: 0, 3: 1, 5: 1}, branches=Branches(counted={3: (1, 2), 5: (1, 2)}))
    (view,) = views({"a.py": file}, [added("a.py", (2, 4))], {"a.py": "one\ntwo\r\nthree\x0c\nfour\nfive\n"})
    (part,) = view.excerpts
    assert (part.start, part.text, part.marks) == (1, "one\ntwo\nthree\x0c\nfour\nfive", "hMP+p")


def test_of_a_long_file_the_surroundings_of_the_change_are_kept():
    text = "".join(f"{line}\n" for line in range(1, WHOLE + 102))
    (view,) = views(
        {"a.py": FileData(lines={150: 0})}, [added("a.py", (20, 20), (30, 30), (150, 151), (10**9, 10**9))], {"a.py": text}
    )
    assert [(part.start, part.start + len(part.marks) - 1) for part in view.excerpts] == [
        (20 - AROUND, 30 + AROUND),
        (150 - AROUND, 151 + AROUND),
    ]
    assert all(part.text.split("\n") == [str(part.start + at) for at in range(len(part.marks))] for part in view.excerpts)


def test_long_lines_are_cut_and_files_beyond_the_room_left_out_the_least_covered_first():
    wide = "x" * 10_000
    text = "\n".join([wide] * 150)
    names = [f"{number}.py" for number in range(20)]
    files = {name: FileData(lines={1: 0 if name == "7.py" else 1}) for name in names}
    found = views(files, [added(name, (1, 1)) for name in names], dict.fromkeys(names, text))
    assert found[0].path == "7.py"
    assert all(len(line) == LONGEST for line in found[0].excerpts[0].text.split("\n"))
    assert sum(len(part.text) for view in found for part in view.excerpts) <= ROOM
    assert len(found) == 6


def test_files_that_are_not_text_not_measured_or_too_many_are_left_out():
    names = [f"{number}.py" for number in range(MOST_FILES + 9)]
    files = {name: FileData(lines={1: 1}) for name in names}
    found = views(
        files, [added(name, (1, 1)) for name in [*names, "unknown.py"]], {name: "x\n" for name in names if name != "0.py"}
    )
    assert len(found) == MOST_FILES - 1
    assert views({"a.py": FileData()}, [added("a.py", (1, 1))], {"a.py": ""}) == ()

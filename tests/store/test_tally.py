"""What runs found is counted in a line each, whoever ends at the same time."""

from concurrent.futures import ThreadPoolExecutor

from lanemark.store.tally import MOST_BYTES, add_up, add_use, count_uses


def test_runs_that_end_at_once_are_all_counted(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: add_use(str(tmp_path), number, 1, 0.25), range(100)))
    assert count_uses(str(tmp_path)) == (4950, 100, 25.0)


def test_lines_that_are_not_ours_count_nothing(tmp_path):
    add_use(str(tmp_path), 1, 2, 3.5)
    with open(tmp_path / "tally", "ab") as opened:
        opened.write(b"nan inf -1\n1 2\n\xff 1 1\n9999999999999999999999 1 1\n1 1 1e9\n. . .\n")
    assert count_uses(str(tmp_path)) == (1, 2, 3.5)


def test_long_file_becomes_one_line_with_the_same_sum(tmp_path):
    for _ in range(MOST_BYTES // 10 + 1):
        add_use(str(tmp_path), 1, 1, 0.125)
    before = count_uses(str(tmp_path))
    add_up(str(tmp_path))
    assert len((tmp_path / "tally").read_text().splitlines()) == 1
    assert count_uses(str(tmp_path)) == (before[0], before[1], before[2])


def test_store_that_is_not_there_counts_nothing(tmp_path):
    add_use(str(tmp_path / "none"), 1, 1, 1.0)
    add_up(str(tmp_path / "none"))
    assert count_uses(str(tmp_path / "none")) == (0, 0, 0.0)

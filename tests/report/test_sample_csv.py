import csv
import io

from hypothesis import given
from hypothesis import strategies as st
from report_builders import model, result, sample, usage

from lanemark.report.csv import COLUMNS, write_csv
from lanemark.result import Conditions, Sample, Turn


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_every_sample_is_a_row_in_the_order_it_was_taken():
    memory = Sample(
        stage="unit",
        turn=Turn(batch=0, pair=1, order=0),
        usage=usage(9.0, rss_peak_bytes=1024, io_read_bytes=0),
        account="memory",
    )
    head = result(samples=(memory, sample("unit", 2, 1.25, order=1), sample("unit", 1, 1.5)))
    base = result("base", samples=(sample("unit", 1, 2.0, order=1), sample("unit", 2, 2.5), sample("unit", 1, 3.0, batch=1)))
    rows = rows_of(write_csv(model(head=head, base=base)))
    assert [(row["side"], row["batch"], row["pair"], row["order"], row["pass"]) for row in rows] == [
        ("head", "0", "1", "0", "time"),
        ("base", "0", "1", "1", "time"),
        ("base", "0", "2", "0", "time"),
        ("head", "0", "2", "1", "time"),
        ("base", "1", "1", "0", "time"),
        ("head", "0", "1", "0", "memory"),
    ]
    assert rows[3]["wall_s"] == "1.25"
    assert (rows[5]["rss_peak_bytes"], rows[5]["io_read_bytes"]) == ("1024", "0")
    assert rows[0]["rss_peak_bytes"] == "", "not measured is empty, never zero"


def test_what_stood_beside_a_sample_has_its_columns():
    one = sample(
        "unit",
        1,
        3.0,
        loops=4,
        control=usage(0.05, 0.04),
        sampler_s=0.001,
        conditions=Conditions(busy=0.5, steal=0.25, load=1.5, mhz=2400.0),
        temperature="cold",
    )
    row = rows_of(write_csv(model(head=result(samples=(one,)))))[0]
    assert (row["temperature"], row["loops"], row["wall_s"]) == ("cold", "4", "0.75")
    assert (row["control_wall_s"], row["control_cpu_s"], row["sampler_s"]) == ("0.05", "0.04", "0.001")
    assert [row[name] for name in ("busy", "iowait", "steal", "pressure", "load", "mhz")] == [
        "0.5",
        "",
        "0.25",
        "",
        "1.5",
        "2400",
    ]
    bare = rows_of(write_csv(model(head=result(samples=(sample("unit", 1, 1.0),)))))[0]
    assert (bare["control_wall_s"], bare["busy"], bare["loops"]) == ("", "", "1")


def test_without_samples_there_is_a_header_alone():
    assert write_csv(model()) == ",".join(COLUMNS) + "\n"


def test_a_stage_named_like_a_formula_is_none():
    assert rows_of(write_csv(model(head=result(samples=(sample("=cmd()", 1, 1.0),)))))[0]["stage"] == "'=cmd()"


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=20))
def test_figures_come_back_with_all_their_digits(walls):
    samples = tuple(sample("unit", index + 1, wall) for index, wall in enumerate(walls))
    assert [float(row["wall_s"]) for row in rows_of(write_csv(model(head=result(samples=samples))))] == walls


@given(st.text(st.characters(), min_size=1, max_size=30))
def test_any_stage_name_stays_one_cell_of_one_line(stage):
    text = write_csv(model(head=result(samples=(sample(stage, 1, 1.0), sample("unit", 1, 2.0)))))
    assert len(text.splitlines()) == 3
    assert [len(row) for row in csv.reader(io.StringIO(text))] == [len(COLUMNS)] * 3

import base64
import hashlib
import re
import shutil
import subprocess
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, HTTPServer

import html5lib
import pytest
from hostile_models import ATTACKS, model_of, names
from hypothesis import given, settings
from report_builders import LINKS, config, coverage_gate, model, regression, result, sample, slower_and_less_covered

from lanemark.config.types import PublishRules
from lanemark.judge.types import Verdict
from lanemark.report.page import write_page
from lanemark.report.pages import write_pages

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PLAIN = model_of(["name"] * 12)


def tree_of(page):
    return html5lib.parse(page, namespaceHTMLElements=False)


def elements(page):
    """How many there are of every element with its attributes' names; whether a path can be linked is the path's own affair."""
    return Counter(
        (element.tag, tuple(element.attrib))
        for element in tree_of(page).iter()
        if isinstance(element.tag, str) and element.tag != "a"
    )


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_an_attack_in_every_place_adds_no_element_and_no_attribute(attack):
    assert elements(write_page(model_of([attack] * 12))) == elements(write_page(PLAIN))


@settings(max_examples=40, deadline=None)
@given(names)
def test_no_names_change_what_the_page_is_made_of(texts):
    page = write_page(model_of(texts))
    assert elements(page) == elements(write_page(PLAIN))
    links = [element.attrib["href"] for element in tree_of(page).iter("a")]
    assert all(link.startswith((LINKS.server + "/", "#gates", "#source-1")) for link in links)


def test_the_policy_allows_the_page_s_own_style_and_script_and_nothing_else():
    page = write_page(slower_and_less_covered())
    tree = tree_of(page)
    policy = next(
        meta.attrib["content"] for meta in tree.iter("meta") if meta.attrib.get("http-equiv") == "Content-Security-Policy"
    )
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(next(tree.iter(kind)).text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
        assert len(list(tree.iter(kind))) == 1
    assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none'; ")
    assert "unsafe" not in policy
    assert not re.search(r"\s(style|on\w+)=", page)


def test_nothing_on_the_page_is_loaded_from_anywhere():
    tree = tree_of(write_page(slower_and_less_covered()))
    loading = {"img", "iframe", "object", "embed", "link", "video", "audio", "source", "form", "base", "use", "image"}
    assert not [element.tag for element in tree.iter() if element.tag in loading]
    assert not [element for element in tree.iter() if "src" in element.attrib]


def test_the_verdict_is_title_and_heading():
    tree = tree_of(write_page(slower_and_less_covered()))
    title = next(tree.iter("title")).text
    assert title.startswith("Lanemark: failed. unit uses 12.3\u00a0% more CPU time than main")
    assert "".join(next(tree.iter("h1")).itertext()) == title


def test_every_gate_row_has_its_figures_as_text_beside_the_chart():
    rows = [row for row in tree_of(write_page(slower_and_less_covered())).iter("tr") if "data-gate" in row.attrib]
    assert [row.attrib["data-verdict"] for row in rows] == ["fail", "fail", "pass", "pass", "pass"]
    first = " ".join("".join(rows[0].itertext()).split())
    assert "unit CPU time" in first
    assert "+12.3 %" in first
    assert "+9.3 to +15.3 %" in first
    assert "at most +10 %" in first


def test_a_chart_of_samples_has_a_table_beside_it():
    figure = next(tree_of(write_page(slower_and_less_covered())).iter("figure"))
    cells = ["".join(cell.itertext()) for cell in figure.iter("td")]
    assert cells[:2] == ["base", "20"]
    assert cells[7:9] == ["head", "20"]


def test_cold_samples_are_not_drawn_among_the_warm_ones():
    cold = (sample("unit", 1, 77.0, temperature="cold"), sample("other", 1, 99.0, temperature="cold"))
    page = write_page(model(head=result(samples=(sample("unit", 1, 3.0), *cold)), base=result("base")))
    figures = ["".join(figure.itertext()) for figure in tree_of(page).iter("figure")]
    assert len(figures) == 1
    assert "77 s" not in figures[0]


def test_equal_models_give_equal_bytes():
    assert write_page(slower_and_less_covered()) == write_page(slower_and_less_covered())


def many_samples(number):
    samples = [sample("unit", 1 + index // 2, 3 + (index * 7919 % 997) / 1000, order=index % 2) for index in range(number)]
    samples[4000] = sample("unit", 2001, 55.0)
    return model(head=result(samples=tuple(samples[0::2])), base=result("base", samples=tuple(samples[1::2])))


def test_ten_thousand_samples_stay_below_a_megabyte_and_a_half_and_lose_no_outlier():
    page = write_page(many_samples(10_000))
    assert len(page.encode()) < 1_500_000
    assert "6,000 of 10,000 samples are drawn" in page
    assert "55 s" in page


def test_the_page_is_left_out_where_the_policy_wants_none():
    assert write_pages(model(policy=config(publish=PublishRules(html=False)))).html is None
    assert write_pages(model()).html is not None


class Counting(BaseHTTPRequestHandler):
    """Counts who asks."""

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *words):
        """Say nothing."""


@pytest.fixture
def beacon():
    server = HTTPServer(("127.0.0.1", 0), Counting)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def dumped(folder, page, *options):
    (folder / "report.html").write_text(page, encoding="utf-8")
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
    ]
    command += [
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={folder / 'profile'}",
        *options,
        "--dump-dom",
        f"file://{folder}/report.html",
    ]
    return subprocess.run(command, capture_output=True, check=True, timeout=120).stdout.decode()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_in_a_real_browser_a_hostile_page_runs_nothing_and_asks_nobody(tmp_path, beacon):
    address = f"http://127.0.0.1:{beacon.server_port}/beacon"
    attack = f"<img src={address} onerror=\"document.title='pwned'\"></style></title></textarea><script>document.title='pwned';fetch('{address}')</script>"
    dom = dumped(tmp_path, write_page(model_of([attack] * 12)))
    tree = tree_of(dom)
    assert not list(tree.iter("img"))
    assert len(list(tree.iter("script"))) == 1
    assert next(tree.iter("title")).text.startswith("Lanemark: failed.")
    assert beacon.asked == []
    shown = next(element for element in tree.iter("div") if element.attrib.get("class") == "filter")
    assert "hidden" not in shown.attrib, "the page's own script runs under its policy"


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_in_a_real_browser_the_policy_stops_a_script_even_if_one_got_in(tmp_path, beacon):
    address = f"http://127.0.0.1:{beacon.server_port}/beacon"
    page = write_page(model(regression(Verdict.PASS), coverage_gate()))
    inside = f"<script>document.title='pwned'</script><img src='{address}'>"
    tree = tree_of(dumped(tmp_path, page.replace("</main>", inside + "</main>")))
    assert len(list(tree.iter("img"))) == 1
    assert next(tree.iter("title")).text.startswith("Lanemark: failed.")
    assert beacon.asked == []

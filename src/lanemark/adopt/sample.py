"""The demo's repository: a small shop with a base, and a head that is slower and less covered.

It needs nothing but Python. `tools/check.py` runs the tests under the standard library's `trace` and writes Cobertura XML.
"""

from collections.abc import Mapping

CONFIG = """\
version: 1
lanes:
  docs:
    paths: ["docs/**", "*.md"]
    stages: []
  standard:
    default: true
    stages: [unit, price]
    timeout: 5m
    budgets:
      price.wall.median: {warn: 2s, fail: 4s}
    regression:
      price.cpu: {warn: 3%, fail: 10%, floor: 2ms}
stages:
  unit:
    run: python3 tools/check.py
    inputs: ["shop/**", "tests/**", "tools/**"]
    outputs: [coverage.xml]
    measure: false
  price:
    run: python3 -m shop.bench
    needs: [unit]
    inputs: ["shop/**"]
    help: Look at order_total first.
measure: {max_time: 60s, pairs: {min: 10, max: 20}}
coverage:
  reports: [coverage.xml]
  project: {lines: {fail: 40%, max_drop: 20pp}}
  patch: {lines: {fail: 80%}}
"""

CHECK = '''\
"""Run the tests, and write down as Cobertura XML which lines of shop/ they reached."""

import pathlib
import sys
import trace
import unittest
from xml.sax.saxutils import quoteattr

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
tracer = trace.Trace(count=1, trace=0, ignoredirs=[sys.prefix, sys.exec_prefix])
outcome = []
tracer.runfunc(lambda: outcome.append(unittest.TextTestRunner().run(unittest.defaultTestLoader.discover(str(ROOT / "tests")))))
reached = {}
for (file, line), hits in tracer.results().counts.items():
    reached.setdefault(pathlib.Path(file).resolve(), {})[line] = hits
parts = ['<?xml version="1.0" ?>', "<coverage><packages><package name='shop'><classes>"]
for path in sorted((ROOT / "shop").glob("*.py")):
    lines = [line for line in trace._find_executable_linenos(str(path)) if line]
    hits = reached.get(path, {})
    rows = "".join(f'<line number="{line}" hits="{hits.get(line, 0)}"/>' for line in sorted(lines))
    name = path.relative_to(ROOT).as_posix()
    parts.append(f"<class name={quoteattr(path.stem)} filename={quoteattr(name)}><lines>{rows}</lines></class>")
parts.append("</classes></package></packages></coverage>")
(ROOT / "coverage.xml").write_text("\\n".join(parts), encoding="utf-8")
sys.exit(not outcome[0].wasSuccessful())
'''

PRICES = '''\
"""Prices of an order."""


def order_total(items, discount=0.0):
    """Return the sum of the items after the discount."""
    total = 0.0
    for price, count in items:
        total += price * count
    return round(total * (1 - discount), 2)
'''

SLOWER = '''\
"""Prices of an order."""


def order_total(items, discount=0.0):
    """Return the sum of the items after the discount."""
    total = 0.0
    for price, count in items:
        for _ in range(count):
            total += price
    return round(total * (1 - discount), 2)


def refund(items, share):
    """Return what a customer gets back."""
    if share <= 0:
        return 0.0
    if share >= 1:
        return order_total(items)
    return round(order_total(items) * share, 2)
'''

BENCH = '''\
"""A realistic order, priced many times."""

from shop.prices import order_total

ORDER = [(1.25 + place % 7, 1 + place % 10) for place in range(1000)]

if __name__ == "__main__":
    for _ in range(400):
        order_total(ORDER, 0.1)
'''

TESTS = """\
import unittest

from shop.prices import order_total


class Prices(unittest.TestCase):
    def test_total(self):
        self.assertEqual(order_total([(2.0, 3), (1.5, 2)]), 9.0)

    def test_discount(self):
        self.assertEqual(order_total([(10.0, 1)], 0.25), 7.5)
"""

BASE: Mapping[str, str] = {
    ".github/lanemark.yml": CONFIG,
    ".gitignore": "__pycache__/\ncoverage.xml\n.lanemark/\n",
    "README.md": "# Shop\n\nA sample.\n",
    "docs/usage.md": "# Usage\n\nAdd items, get a total.\n",
    "shop/__init__.py": "",
    "shop/prices.py": PRICES,
    "shop/bench.py": BENCH,
    "tests/__init__.py": "",
    "tests/test_prices.py": TESTS,
    "tools/check.py": CHECK,
}
"""The files of the base commit by path."""

HEAD: Mapping[str, str] = {"shop/prices.py": SLOWER}
"""What the head commit changes: slower by a nested loop, and a function that no test reaches."""

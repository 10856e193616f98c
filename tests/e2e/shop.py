"""The shop of `lanemark demo` as the repository under test, with limits that are decided quickly."""

from lanemark.adopt.sample import BASE, HEAD

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
    regression:
      price.cpu: {warn: 15%, fail: 25%, floor: 2ms}
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
measure: {baseline: paired, max_time: 30s, pairs: {min: 10, max: 10}}
coverage:
  reports: [coverage.xml]
  patch: {lines: {fail: 80%}}
"""

SHOP = {**BASE, ".github/lanemark.yml": CONFIG}
"""The base branch."""

SLOWER = {
    "shop/prices.py": HEAD["shop/prices.py"]
    .replace("for _ in range(count):", "for _ in range(2 * count):")
    .replace("+= price", "+= price / 2")
}
"""A pull request: `price` costs several times as much, and no test reaches `refund`."""

FIXED = {
    "shop/prices.py": BASE["shop/prices.py"] + "\n\ndef refund(items):\n    return order_total(items)\n",
    "tests/test_refund.py": (
        "import unittest\n\nfrom shop.prices import refund\n\n\n"
        "class Refund(unittest.TestCase):\n    def test_all(self):\n        self.assertEqual(refund([(2.0, 3)]), 6.0)\n"
    ),
}
"""The second push: as fast as before, and tested."""

ARTIFACT = {**SHOP, ".github/lanemark.yml": CONFIG.replace("baseline: paired", "baseline: artifact")}
"""The base branch of a repository that compares with recorded baselines."""

BROKEN = {**SHOP, ".github/lanemark.yml": CONFIG.replace("stages: [unit, price]", "stages: [unit, prize]")}
"""A configuration with one mistake, on line 8."""

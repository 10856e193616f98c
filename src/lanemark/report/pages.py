"""Every text of one run, from one model."""

from lanemark.report.checks import write_checks
from lanemark.report.comment import write_comment
from lanemark.report.csv import write_csv
from lanemark.report.page import write_page
from lanemark.report.sentence import sentence
from lanemark.report.summary import write_summary
from lanemark.report.types import Model, Pages


def write_pages(model: Model) -> Pages:
    """Return all pages; each keeps its destination's limit, the HTML page only where the policy wants one."""
    return Pages(
        sentence=sentence(model),
        comment=write_comment(model),
        summary=write_summary(model),
        csv=write_csv(model),
        html=write_page(model) if model.policy.publish.html else None,
        checks=write_checks(model),
    )

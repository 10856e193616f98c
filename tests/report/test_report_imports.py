import subprocess
import sys

import pytest

from lanemark.report import markdown


def test_costly_libraries_are_imported_when_a_page_is_written_not_before():
    code = "import sys, lanemark.report.pages, lanemark.report.console; print([name for name in ('jinja2', 'markupsafe', 'numpy') if name in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)}
        ).stdout
        == "[]\n"
    )


def test_a_markdown_template_refuses_text_that_nobody_escaped():
    environment = markdown._environment()
    with pytest.raises(TypeError, match="without saying how it is escaped"):
        environment.from_string("{{ name }}").render(name="x")
    assert environment.from_string("{{ name | code }} {{ 3 }}").render(name="x") == "`x` 3"

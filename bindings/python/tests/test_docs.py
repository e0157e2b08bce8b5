"""Runs the code of README.md and of docs/python.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

BINDING = Path(__file__).resolve().parents[1]
GUIDE = BINDING.parents[1] / "docs/python.md"


def blocks(page: Path) -> list[tuple[int, str, bool]]:
    """The blocks of Python of a page: their lines, their text, and whether they are a file of the examples."""
    text = page.read_text()
    found = re.finditer(r"(<!-- file: host\.py -->\n)?```python\n(.*?)```", text, re.DOTALL)
    return [(text[: match.start(2)].count("\n"), match.group(2), bool(match.group(1))) for match in found]


@pytest.mark.parametrize("page", [BINDING / "README.md", GUIDE], ids=lambda page: page.name)
def test_the_code_runs(page: Path) -> None:
    names: dict[str, object] = {"__name__": "page"}
    found = blocks(page)
    assert found
    for line, text, is_file in found:
        if is_file:
            assert text == (BINDING / "examples/host.py").read_text()
            continue
        # Blank lines, so that a traceback has the line of the page.
        exec(compile("\n" * line + text, str(page), "exec", dont_inherit=True), names)

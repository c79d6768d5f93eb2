"""The page on watching posts prints what the demo prints."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from support.question_pages import Demo
from support.run_job import ROOT, checkout

if TYPE_CHECKING:
    from pathlib import Path


def test_the_page_prints_what_the_demo_prints(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "watch.md").read_text("utf-8")
    lines = re.findall(r"^\$ graphengine (.*)$", page, re.MULTILINE)
    (told,) = re.findall(r"^```text\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    demo = Demo(checkout(tmp_path))
    demo.type_in(*shlex.split(lines[0]))
    assert demo.type_in(*shlex.split(lines[1])) == told
    assert "pheme:700 " in demo.type_in(*shlex.split(lines[2]))

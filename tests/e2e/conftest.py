"""What several modules ask the same of, run once."""

from __future__ import annotations

import pytest
from support.question_pages import Demo, demo_in


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo after its two runs, on the embedded store; it is only asked."""
    return demo_in(tmp_path_factory.mktemp("demo-of-all"))

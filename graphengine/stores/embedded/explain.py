"""The plan of a statement, as the embedded engine draws it."""

from __future__ import annotations

import re

__all__ = ["plan_lines"]

_MEASURED = re.compile(r"(NumOutputTuples|ExecutionTime|TotalTime): [\d.]+")
_RULE = re.compile(r"-{5,}")
_FRAME = " │"


def plan_lines(drawn: str) -> list[str]:
    r"""The lines of a drawing without what only a run would measure, which is 0 in all of them.

    >>> plan_lines("┌──┐\n│ X[1] │\n│ ------- │\n│ TotalTime: 0.0 │\n└──┘")
    ['┌──┐', '│ X[1] │', '└──┘']
    """
    lines: list[str] = []
    for line in drawn.splitlines():
        text = _MEASURED.sub(lambda found: " " * len(found[0]), line).rstrip()
        if text != line.rstrip() and not text.strip(_FRAME):
            while lines and _RULE.search(lines[-1]) and not _RULE.sub("", lines[-1]).strip(_FRAME):
                lines.pop()
        elif text:
            lines.append(text)
    return lines

"""Files and functions stay of a size that one can read: see docs/decisions/0001-house-rules.md."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "graphengine").rglob("*.py"))
FILE_LINES, FUNCTION_LINES, PARAMETERS, POSITIONAL = 350, 40, 6, 3
ALLOWED = {"append": 7}  # one argument a field of the ledger


def _functions(tree: ast.AST) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _size(function: ast.FunctionDef) -> int:
    """Lines from the signature's first to the body's last, without the docstring's."""
    doc = ast.get_docstring(function, clean=False)
    return function.end_lineno - function.lineno + 1 - (doc.count("\n") + 1 if doc else 0)  # type: ignore[operator]


def test_there_is_something_to_measure() -> None:
    assert len(MODULES) > 20


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_file_and_function_sizes(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= FILE_LINES, f"{path.name} has {text.count(chr(10))} lines"
    for function in _functions(ast.parse(text)):
        size = _size(function)
        assert size <= FUNCTION_LINES, (
            f"{path.name}:{function.lineno} {function.name}: {size} lines"
        )


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_parameters(path: Path) -> None:
    if {"cli", "kernels"} & set(path.parts):
        return  # click hands options over by name; compiled loops take arrays by position
    for function in _functions(ast.parse(path.read_text("utf-8"))):
        positional = [a.arg for a in function.args.args if a.arg not in ("self", "cls")]
        count = len(positional) + len(function.args.kwonlyargs)
        where = f"{path.name}:{function.lineno} {function.name}"
        assert count <= ALLOWED.get(function.name, PARAMETERS), f"{where} takes {count} parameters"
        if not function.name.startswith("_"):
            assert len(positional) <= POSITIONAL, f"{where} takes {len(positional)} by position"


def test_most_functions_are_short() -> None:
    sizes = sorted(
        _size(f) for path in MODULES for f in _functions(ast.parse(path.read_text("utf-8")))
    )
    assert median(sizes) <= 12
    assert sizes[int(0.95 * len(sizes))] <= 35

"""Every module says what it offers (ruff keeps the order), and every offer is documented."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "graphengine").rglob("*.py"))


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_all_is_complete_and_documented(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), f"{path} says nothing about itself"
    if path.name == "__main__.py":
        return
    module = importlib.import_module(_name(path))
    offered = list(getattr(module, "__all__", []))
    assert len(offered) == len(set(offered)), f"__all__ of {module.__name__} repeats a name"
    defined = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    }
    assert defined <= set(offered), f"{module.__name__} hides {defined - set(offered)}"
    for name in offered:
        thing = getattr(module, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert inspect.getdoc(thing), f"{module.__name__}.{name} is not documented"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_public_methods_are_documented(path: Path) -> None:
    for node in ast.parse(path.read_text("utf-8")).body:
        if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
            continue
        for method in node.body:
            if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
                inherited = node.bases and not isinstance(node.bases[0], ast.Constant)
                assert ast.get_docstring(method) or inherited or _is_port(node), (
                    f"{path.name}:{method.lineno} {node.name}.{method.name} is not documented"
                )


def _is_port(node: ast.ClassDef) -> bool:
    """Adapters of a port (stores) may leave the words to the port."""
    return node.name.endswith("Store")

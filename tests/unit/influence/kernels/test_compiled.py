"""Loops are compiled when they are called, those that they call with them, and each once."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest

from graphengine.influence.kernels.compiled import COMPILED, before_compiling, compiled, inlined

ROOT = Path(__file__).parents[4]


@inlined
def _doubled(x: int) -> int:
    return 2 * x


@compiled
def _more(x: int) -> int:
    return _doubled(x) + 1


@compiled
def _twice(x: int) -> int:
    return _more(_more(x))


def test_a_loop_finds_the_loops_that_it_calls() -> None:
    assert _twice(3) == 15
    assert (_more(3), _doubled(3)) == (7, 6)
    assert _twice.__name__ == "_twice"


@pytest.mark.skipif(not COMPILED, reason="nothing is compiled")
def test_many_callers_at_once_compile_once_and_only_after_what_comes_first() -> None:
    told: list[str] = []
    before_compiling(lambda: told.append("first"))

    def plain(x: int) -> int:
        return x + 5

    def chosen() -> object:
        told.append("made")
        return plain

    loop = compiled(lambda x: x, instead=chosen)
    assert told == []
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(loop, range(40))) == [x + 5 for x in range(40)]
    assert told == ["first", "made"]


def test_reasons_of_a_score_wait_for_no_compiler() -> None:
    ask = (
        "import sys, graphengine.cli, graphengine.pipeline.explaining\n"
        "print([n for n in ('numba', 'llvmlite', 'rich', 'pyarrow') if n in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", ask], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert said.stdout == "[]\n"


def test_without_numba_a_loop_is_itself_or_its_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    room = import_module("graphengine.influence.kernels.compiled")  # the name is a function's too
    monkeypatch.setattr(room, "COMPILED", False)

    def loop(x: int) -> int:
        return x

    def twin(x: int) -> int:
        return x + 0

    assert compiled(loop) is loop
    assert compiled(loop, otherwise=twin) is twin
    assert inlined(loop) is loop

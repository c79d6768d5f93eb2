"""The loops of ``eights`` in LLVM's words: eight rows, or eight edges of a row, an instruction.

Read only where numba is installed. Arrays must lie without gaps; numba refuses others when it
compiles the caller.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types as _types
from numba.extending import intrinsic

from graphengine.influence.kernels.gathered import (
    absolute,
    checked,
    constant,
    eight_at,
    entries,
    group,
    looked_up,
    loop,
    numbers,
    read,
    spread,
    tree,
    vector,
)

__all__ = ["eight_rows", "gathered_groups", "gathered_row", "long_row"]

types: Any = _types

_LANES = 8
_I1, _I32, _I64, _F64 = ir.IntType(1), ir.IntType(32), ir.IntType(64), ir.DoubleType()
_EIGHT = ir.Constant(_I64, _LANES)


@intrinsic
def long_row(_: Any, span: Any, words: Any, weights: Any, bits: Any, z: Any) -> Any:
    """Σ of weight·z over a row between the two ends of ``span``, a multiple of eight apart."""
    checked(words, weights, z)
    return types.float64(span, words, weights, bits, z), _long_row


@intrinsic
def eight_rows(_: Any, span: Any, edges: Any, rates: Any, z: Any, x: Any, onward: Any) -> Any:
    """What the loop over groups of ``eights`` does; ``span`` is (first group, one after the last, first row)."""
    checked(z, x, *edges.types[:3], *getattr(onward, "types", ()))
    return types.UniTuple(types.float64, 3)(span, edges, rates, z, x, onward), _eight_rows


_row: Any = long_row  # to a compiled caller they have no first argument
_rows: Any = eight_rows


def gathered_row(e: Any, end: Any, edges: Any, z: Any) -> float:
    """The sum of a long row, to be compiled as that of ``eights``."""
    _, _, words, weights, bits = edges
    return float(_row((e, end), words, weights, np.uint64(bits), z))


def gathered_groups(span: Any, edges: Any, rates: Any, z: Any, x: Any, onward: Any) -> Any:
    """The loop over groups, to be compiled as that of ``eights``."""
    _, cut, words, weights, bits = edges
    return _rows(span, (cut, words, weights, np.uint64(bits)), rates, z, x, onward)


def _long_row(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """One loop, and the tree of its sums."""
    sums = _Sums(context, builder, signature.args[1:], args[1:])
    start, end = (builder.extract_value(args[0], i) for i in range(2))
    return tree(builder, sums.between(start, end))


def _eight_rows(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """A loop over groups around the one over their edges; what is summed up comes at the end."""
    b, edges = builder, [builder.extract_value(args[1], i) for i in range(4)]
    kinds = signature.args[1].types
    sums = _Sums(context, b, (*kinds[1:], signature.args[3]), (*edges[1:], args[3]))
    cut = entries(context, b, kinds[0], edges[0])
    first, last, row = (b.extract_value(args[0], i) for i in range(3))
    rates = [spread(b, b.extract_value(args[2], i)) for i in range(2)]
    x, z = (entries(context, b, signature.args[i], args[i]) for i in (4, 3))
    onward = [
        entries(context, b, kind, b.extract_value(args[5], i))
        for i, kind in enumerate(getattr(signature.args[5], "types", ()))
    ]

    def body(g: Any, p: Any) -> tuple[Any, ...]:
        new = b.fadd(rates[0], b.fmul(rates[1], sums.between(*group(b, cut, g))))
        return _settled(b, new, p, (x, z, onward))

    totals = loop(b, (first, last, row), 3, body)
    return context.make_tuple(b, signature.return_type, [tree(b, total) for total in totals])


def _settled(b: Any, new: Any, p: Any, vectors: tuple[Any, Any, list[Any]]) -> tuple[Any, ...]:
    """Set eight values; by how much they changed, what they are, and what of it leaves."""
    x, z, onward = vectors
    change = b.fsub(new, read(b, x, p))
    b.store(new, eight_at(b, x, p), align=8)
    size = absolute(b, change)
    if not onward:
        return size, new, constant(_F64, 0.0)
    per, leaves = onward
    b.store(b.fmul(new, read(b, per, p)), eight_at(b, z, p), align=8)
    return size, new, b.fmul(new, read(b, leaves, p))


class _Sums:
    """The loop over eight edges at a time; ``kinds`` and ``given`` are words, weights, bits, z."""

    def __init__(self, context: Any, builder: Any, kinds: Any, given: Any) -> None:
        self._b = builder
        self._words, self._weights, self._z = (
            entries(context, builder, kinds[i], given[i]) for i in (0, 1, 3)
        )
        bits = given[2]
        low = builder.sub(builder.shl(ir.Constant(_I64, 1), bits), ir.Constant(_I64, 1))
        self._mask = spread(builder, builder.trunc(low, _I32))
        self._bits = spread(builder, builder.trunc(bits, _I32))

    def between(self, start: Any, end: Any) -> Any:
        """Σ of weight·z in each lane, from ``start`` to ``end``."""
        return loop(self._b, (start, end, start), 1, lambda e, _: [self._part(e)], step=_EIGHT)[0]

    def _part(self, e: Any) -> Any:
        """Weight times z of the eight edges from ``e`` on."""
        b = self._b
        word = read(b, self._words, e)
        x = looked_up(b, self._z, b.and_(word, self._mask))
        return b.fmul(self._weight(word, e), x)

    def _weight(self, word: Any, e: Any) -> Any:
        b = self._b
        if self._weights is None:
            return b.uitofp(b.lshr(word, self._bits), vector(_F64))
        return numbers(b, read(b, self._weights, e))

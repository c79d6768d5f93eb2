"""Which of 32 numbers in a row are above, or the same as, a number: one bit each, at once.

A loop over the numbers is compiled into shifts and unions; said as what it is, one comparison of
a row, it is a comparison and a move on any processor with vectors.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from graphengine.influence.kernels.compiled import before_compiling

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ROW", "above", "same"]

ROW = 32  # numbers a row, of 16 bits each: one line of the cache


def above(rows: NDArray[np.uint16], e: np.uint64, half: np.uint16) -> np.uint32:
    """Bit t says that ``rows[e, t]`` is above ``half``; ``rows`` is (any number, 32), in one piece.

    >>> row = np.zeros((1, 32), np.uint16)
    >>> row[0, :3] = 5, 6, 700
    >>> int(above(row, np.uint64(0), np.uint16(5)))
    6
    """
    return np.uint32(np.packbits(rows[e] > half, bitorder="little").view(np.uint32)[0])


def same(rows: NDArray[np.uint16], e: np.uint64, half: np.uint16) -> np.uint32:
    """Bit t says that ``rows[e, t]`` is the same as ``half``; otherwise as ``above``.

    >>> row = np.zeros((1, 32), np.uint16)
    >>> row[0, :3] = 5, 6, 5
    >>> int(same(row, np.uint64(0), np.uint16(5)))
    5
    """
    return np.uint32(np.packbits(rows[e] == half, bitorder="little").view(np.uint32)[0])


def _install(name: Any, comparison: str) -> None:
    """Tell numba what one of the two means in compiled code."""
    ir: Any = import_module("llvmlite.ir")  # only where numba is installed
    types, cgutils, extending = (
        cast("Any", import_module(module))
        for module in ("numba.types", "numba.core.cgutils", "numba.extending")
    )

    @extending.intrinsic  # type: ignore[untyped-decorator]
    def compared(_: Any, rows: Any, e: Any, half: Any) -> Any:  # noqa: ARG001
        def lines(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            kept = cgutils.create_struct_proxy(signature.args[0])(context, builder, args[0])
            word, row = ir.IntType(32), ir.VectorType(ir.IntType(16), ROW)
            first = builder.gep(kept.data, [builder.mul(args[1], ir.Constant(ir.IntType(64), ROW))])
            held = builder.load(builder.bitcast(first, row.as_pointer()), align=2)
            one = builder.insert_element(ir.Constant(row, ir.Undefined), args[2], word(0))
            places = ir.Constant(ir.VectorType(word, ROW), [0] * ROW)
            each = builder.shuffle_vector(one, ir.Constant(row, ir.Undefined), places)
            return builder.bitcast(builder.icmp_unsigned(comparison, held, each), word)

        return types.uint32(rows, types.uint64, types.uint16), lines

    @extending.overload(name, inline="always")  # type: ignore[untyped-decorator]
    def compiled_comparison(rows: Any, e: Any, half: Any) -> Any:  # noqa: ARG001
        def step(rows: Any, e: Any, half: Any) -> Any:
            return compared(rows, e, half)

        return step


before_compiling(partial(_install, above, ">"))
before_compiling(partial(_install, same, "=="))

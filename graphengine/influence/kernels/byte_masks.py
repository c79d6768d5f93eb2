"""Which of 32 bytes in a row are above, or the same as, a byte: one bit each, in two instructions.

A loop over the bytes is compiled into shifts and unions; said as what it is, one comparison of a
row, it is a comparison and a move on any processor with vectors.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from graphengine.influence.kernels.compiled import before_compiling

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ROW", "bytes_above", "bytes_equal"]

ROW = 32  # bytes a row


def bytes_above(rows: NDArray[np.uint8], e: np.uint64, byte: np.uint8) -> np.uint32:
    """Bit t says that ``rows[e, t]`` is above ``byte``; ``rows`` is (any number, 32), in one piece.

    >>> row = np.zeros((1, 32), np.uint8)
    >>> row[0, :3] = 5, 6, 7
    >>> int(bytes_above(row, np.uint64(0), np.uint8(5)))
    6
    """
    return np.uint32(np.packbits(rows[e] > byte, bitorder="little").view(np.uint32)[0])


def bytes_equal(rows: NDArray[np.uint8], e: np.uint64, byte: np.uint8) -> np.uint32:
    """Bit t says that ``rows[e, t]`` is the same as ``byte``; otherwise as ``bytes_above``.

    >>> row = np.zeros((1, 32), np.uint8)
    >>> row[0, :3] = 5, 6, 5
    >>> int(bytes_equal(row, np.uint64(0), np.uint8(5)))
    5
    """
    return np.uint32(np.packbits(rows[e] == byte, bitorder="little").view(np.uint32)[0])


def _install(name: Any, comparison: str) -> None:
    """Tell numba what one of the two means in compiled code."""
    ir: Any = import_module("llvmlite.ir")  # only where numba is installed
    types, cgutils, extending = (
        cast("Any", import_module(module))
        for module in ("numba.types", "numba.core.cgutils", "numba.extending")
    )

    @extending.intrinsic  # type: ignore[untyped-decorator]
    def compared(_: Any, rows: Any, e: Any, byte: Any) -> Any:  # noqa: ARG001
        def lines(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            kept = cgutils.create_struct_proxy(signature.args[0])(context, builder, args[0])
            word, row = ir.IntType(32), ir.VectorType(ir.IntType(8), ROW)
            first = builder.gep(kept.data, [builder.mul(args[1], ir.Constant(ir.IntType(64), ROW))])
            held = builder.load(builder.bitcast(first, row.as_pointer()), align=1)
            one = builder.insert_element(ir.Constant(row, ir.Undefined), args[2], word(0))
            places = ir.Constant(ir.VectorType(word, ROW), [0] * ROW)
            each = builder.shuffle_vector(one, ir.Constant(row, ir.Undefined), places)
            return builder.bitcast(builder.icmp_unsigned(comparison, held, each), word)

        return types.uint32(rows, types.uint64, types.uint8), lines

    @extending.overload(name, inline="always")  # type: ignore[untyped-decorator]
    def compiled_comparison(rows: Any, e: Any, byte: Any) -> Any:  # noqa: ARG001
        def step(rows: Any, e: Any, byte: Any) -> Any:
            return compared(rows, e, byte)

        return step


before_compiling(partial(_install, bytes_above, ">"))
before_compiling(partial(_install, bytes_equal, "=="))

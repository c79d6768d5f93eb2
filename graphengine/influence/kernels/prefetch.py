"""Asking memory for what a loop needs soon, so that it need not wait when it gets there.

A search through a graph larger than the cache spends most of its time waiting for the next
person's row. Asked for one step ahead, the row arrives while the loop still works elsewhere.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from graphengine.influence.kernels.compiled import before_compiling

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["prefetch"]


_WORD = 64


def prefetch(array: NDArray[Any], at: np.unsignedinteger[Any]) -> None:
    """Have ``array[at]`` brought near; nothing is read, so no answer ever depends on it.

    Outside compiled loops, and where numba is not installed, it does nothing. ``at`` must lie in
    the array, and the array in one piece.

    >>> import numpy as np
    >>> prefetch(np.zeros(3), np.uint64(1))
    """


def _install() -> None:
    """Tell numba what ``prefetch`` means in compiled code: the processor's own instruction."""
    ir: Any = import_module("llvmlite.ir")  # only where numba is installed
    types, cgutils, extending = (
        cast("Any", import_module(name))
        for name in ("numba.types", "numba.core.cgutils", "numba.extending")
    )

    @extending.intrinsic  # type: ignore[untyped-decorator]
    def asked(_: Any, array: Any, at: Any) -> Any:
        def lines(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            kept = cgutils.create_struct_proxy(signature.args[0])(context, builder, args[0])
            byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
            shape = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
            hint = builder.module.declare_intrinsic("llvm.prefetch", [byte], shape)
            where = args[1]
            if where.type.width < _WORD:  # unsigned: a large number must not turn negative
                where = builder.zext(where, ir.IntType(_WORD))
            place = builder.bitcast(builder.gep(kept.data, [where]), byte)
            builder.call(hint, [place, number(0), number(3), number(1)])  # to read, to keep, data
            return context.get_dummy_value()

        return types.void(array, at), lines

    @extending.overload(prefetch, inline="always")  # type: ignore[untyped-decorator]
    def compiled_prefetch(array: Any, at: Any) -> Any:  # noqa: ARG001
        def step(array: Any, at: Any) -> Any:
            asked(array, at)

        return step


before_compiling(_install)

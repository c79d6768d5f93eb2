"""The loop of ``lanes.row`` in LLVM's words: eight edges an iteration, the last ones masked.

Read only where numba is installed. Arrays must lie without gaps; numba refuses others when it
compiles the caller.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils as _tools
from numba.core.errors import TypingError
from numba.extending import intrinsic

__all__ = [
    "absolute",
    "checked",
    "constant",
    "eight_at",
    "entries",
    "gathered",
    "gathered_row",
    "group",
    "looked_up",
    "loop",
    "numbers",
    "read",
    "spread",
    "tree",
    "vector",
]

cgutils: Any = _tools

_LANES = 8
_I1, _I32, _I64, _F64 = ir.IntType(1), ir.IntType(32), ir.IntType(64), ir.DoubleType()


@intrinsic
def gathered(_: Any, span: Any, indices: Any, weights: Any, table: Any, z: Any, ahead: Any) -> Any:
    """Σ of weight·z over the edges of a ``span``; see ``lanes.one_by_one``."""
    places = tuple(getattr(span, "types", ()))
    if places != (types.uint64, types.uint64) or ahead not in (types.uint64, types.none):
        raise TypingError(f"needs unsigned places of 64 bits, got {span} and {ahead}")
    checked(indices, weights, table, z)
    signature = types.float64(span, indices, weights, table, z, ahead)
    return signature, _written


_summed: Any = gathered  # to a compiled caller it has no first argument


def gathered_row(span: Any, indices: Any, weights: Any, table: Any, z: Any, ahead: Any) -> float:
    """Σ of weight·z over the edges of a ``span``, to be compiled as ``lanes.row``."""
    return float(_summed(span, indices, weights, table, z, ahead))


def _written(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """The loop, and the tree of sums at its end."""
    row = _Row(context, builder, signature, args)
    start, end = (builder.extract_value(args[0], i) for i in range(2))
    entry = builder.block
    head, body, rest = (builder.append_basic_block(name) for name in ("head", "body", "rest"))
    builder.branch(head)
    builder.position_at_end(head)
    e, sums = builder.phi(_I64), builder.phi(vector(_F64))
    following = builder.add(e, ir.Constant(_I64, _LANES))
    builder.cbranch(builder.icmp_unsigned("<=", following, end), body, rest)
    builder.position_at_end(body)
    if not isinstance(signature.args[5], types.NoneType):
        row.ask(builder.add(e, args[5]))
    added = builder.fadd(sums, row.part(e, None))
    builder.branch(head)
    for phi, at_first, later in ((e, start, following), (sums, constant(_F64, 0.0), added)):
        phi.add_incoming(at_first, entry)
        phi.add_incoming(later, builder.block)
    builder.position_at_end(rest)
    left = spread(builder, builder.sub(end, e))
    lanes = ir.Constant(vector(_I64), [ir.Constant(_I64, i) for i in range(_LANES)])
    added = builder.fadd(sums, row.part(e, builder.icmp_unsigned("<", lanes, left)))
    return tree(builder, added)


class _Row:
    """The arrays of a row, and what is read of them at once; ``mask`` None reads all lanes."""

    def __init__(self, context: Any, builder: Any, signature: Any, args: Any) -> None:
        self._b = builder
        self._data = [
            entries(context, builder, kind, value)
            for kind, value in zip(signature.args[1:5], args[1:5], strict=True)
        ]
        self._whole = isinstance(getattr(signature.args[2], "dtype", None), types.Integer)

    def part(self, e: Any, mask: Any) -> Any:
        """Weight times z of the edges from ``e`` on."""
        indices, weights, table, z = self._data
        x = self._looked_up(z, self._read(indices, e, mask), mask)
        if weights is None:
            return x
        w = self._read(weights, e, mask)
        if table is not None:
            w = self._looked_up(table, w, mask)
        elif self._whole:
            wide = self._b.zext(w, vector(_I64)) if w.type.element.width < 64 else w
            w = self._b.sitofp(wide, vector(_F64))
        return self._b.fmul(w, x)

    def ask(self, e: Any) -> None:
        """Have the edges from ``e`` on brought near; where there are none, nothing happens."""
        shape = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer(), *[_I32] * 3])
        hint = self._b.module.declare_intrinsic("llvm.prefetch", [shape.args[0]], shape)
        how = [ir.Constant(_I32, number) for number in (0, 2, 1)]  # to read, beyond L1, data
        for data in self._data[:2]:
            if data is not None:
                self._b.call(hint, [self._b.bitcast(self._b.gep(data, [e]), shape.args[0]), *how])

    def _read(self, data: Any, e: Any, mask: Any) -> Any:
        """The entries from ``e`` on."""
        b, kind, place = self._b, data.type.pointee, self._b.gep(data, [e])
        if mask is None:
            return read(b, data, e)
        types_of = [data.type, _I32, vector(_I1), vector(kind)]
        load = self._known(f"load.v{_LANES}{_short(kind)}.p0", vector(kind), types_of)
        return b.call(load, [place, ir.Constant(_I32, _bytes(kind)), mask, constant(kind, 0)])

    def _looked_up(self, data: Any, at: Any, mask: Any) -> Any:
        """The entries at the places ``at``."""
        b, kind = self._b, data.type.pointee
        wide = b.zext(at, vector(_I64)) if at.type.element.width < 64 else at
        offset = b.mul(wide, constant(_I64, _bytes(kind)))
        address = b.add(offset, spread(b, b.ptrtoint(data, _I64)))
        pointers = b.inttoptr(address, vector(data.type))
        types_of = [pointers.type, _I32, vector(_I1), vector(kind)]
        name = f"gather.v{_LANES}{_short(kind)}.v{_LANES}p0"
        gather = self._known(name, vector(kind), types_of)
        mask = constant(_I1, 1) if mask is None else mask
        return b.call(gather, [pointers, ir.Constant(_I32, _bytes(kind)), mask, constant(kind, 0)])

    def _known(self, name: str, gives: Any, takes: list[Any]) -> Any:
        made = ir.FunctionType(gives, takes)
        return cgutils.get_or_insert_function(self._b.module, made, f"llvm.masked.{name}")


def checked(*arrays: Any) -> None:
    """Refuse arrays that are not one-dimensional and without gaps; there may be none."""
    for array in arrays:
        if not isinstance(array, types.NoneType) and (array.ndim, array.layout) != (1, "C"):
            raise TypingError(f"needs one-dimensional arrays without gaps, got {array}")


def entries(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """Where an array's entries lie; None where there is none."""
    if isinstance(kind, types.NoneType):
        return None
    return cgutils.create_struct_proxy(kind)(context, builder, value=value).data


def eight_at(builder: Any, data: Any, at: Any) -> Any:
    """Where eight entries from ``at`` on lie, as one."""
    return builder.bitcast(builder.gep(data, [at]), vector(data.type.pointee).as_pointer())


def read(builder: Any, data: Any, at: Any) -> Any:
    """Eight entries from ``at`` on."""
    return builder.load(eight_at(builder, data, at), align=_bytes(data.type.pointee))


def looked_up(builder: Any, z: Any, places: Any) -> Any:
    """The values of ``z``, float64, at eight places."""
    b, wide = builder, builder.zext(places, vector(_I64))
    address = b.add(b.mul(wide, constant(_I64, 8)), spread(b, b.ptrtoint(z, _I64)))
    pointers = b.inttoptr(address, vector(z.type))
    shape = ir.FunctionType(vector(_F64), [pointers.type, _I32, vector(_I1), vector(_F64)])
    gather = cgutils.get_or_insert_function(b.module, shape, "llvm.masked.gather.v8f64.v8p0")
    return b.call(gather, [pointers, ir.Constant(_I32, 8), constant(_I1, 1), constant(_F64, 0.0)])


def absolute(builder: Any, value: Any) -> Any:
    """Eight numbers without their signs."""
    shape = ir.FunctionType(vector(_F64), [vector(_F64)])
    known = cgutils.get_or_insert_function(builder.module, shape, "llvm.fabs.v8f64")
    return builder.call(known, [value])


def numbers(builder: Any, weights: Any) -> Any:
    """Eight weights, whole and unsigned or not, as float64."""
    if weights.type.element == _F64:
        return weights
    return builder.uitofp(weights, vector(_F64))


def group(builder: Any, cut: Any, g: Any) -> list[Any]:
    """Where the words of group ``g`` begin and end."""
    b = builder
    return [b.zext(b.load(b.gep(cut, [at])), _I64) for at in (g, b.add(g, ir.Constant(_I64, 1)))]


def loop(builder: Any, span: Any, count: int, body: Any, step: Any = None) -> list[Any]:
    """``count`` sums, in eight lanes, over what ``body`` gives.

    ``span`` is (first, after the last, the first one's row). ``body`` sees the counter, which goes
    on by ``step`` (None: by one), and the row, which goes on by eight.
    """
    b, (first, last, row) = builder, span
    entry = b.block
    head, inside, done = (b.append_basic_block(name) for name in ("head", "inside", "done"))
    b.branch(head)
    b.position_at_end(head)
    g, p = b.phi(_I64), b.phi(_I64)
    totals = [b.phi(vector(_F64)) for _ in range(count)]
    b.cbranch(b.icmp_unsigned("<", g, last), inside, done)
    b.position_at_end(inside)
    added = [b.fadd(total, part) for total, part in zip(totals, body(g, p), strict=True)]
    onward = ir.Constant(_I64, 1) if step is None else step
    later = [b.add(g, onward), b.add(p, ir.Constant(_I64, _LANES)), *added]
    b.branch(head)
    firsts = (first, row, *[constant(_F64, 0.0)] * count)
    for phi, before, after in zip((g, p, *totals), firsts, later, strict=True):
        phi.add_incoming(before, entry)
        phi.add_incoming(after, b.block)
    b.position_at_end(done)
    return totals


def vector(kind: Any) -> Any:
    """The type of eight of a kind."""
    return ir.VectorType(kind, _LANES)


def constant(kind: Any, value: Any) -> Any:
    """One known number in all lanes."""
    return ir.Constant(vector(kind), [ir.Constant(kind, value)] * _LANES)


def _bytes(kind: Any) -> int:
    return 8 if kind == _F64 else int(kind.width) // 8


def _short(kind: Any) -> str:
    return "f64" if kind == _F64 else f"i{kind.width}"


def spread(builder: Any, value: Any) -> Any:
    """One number in all lanes."""
    nothing = ir.Constant(vector(value.type), ir.Undefined)
    one = builder.insert_element(nothing, value, ir.Constant(_I32, 0))
    return builder.shuffle_vector(one, nothing, constant(_I32, 0))


def tree(builder: Any, sums: Any) -> Any:
    """The sum over lanes: halves are added until one is left."""
    left = _LANES
    while left > 1:
        left //= 2
        low, high = (
            builder.shuffle_vector(
                sums,
                sums,
                ir.Constant(ir.VectorType(_I32, left), [ir.Constant(_I32, i) for i in at]),
            )
            for at in (range(left), range(left, 2 * left))
        )
        sums = builder.fadd(low, high)
    return builder.extract_element(sums, ir.Constant(_I32, 0))

"""The loops of ``solving`` in LLVM's words: eight rows, or eight people, an instruction.

Read only where numba is installed. Arrays must lie without gaps; numba refuses others when it
compiles the caller. Sums are kept lane by lane in the order of the plain loops, so bits agree.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types as _types
from numba.extending import intrinsic

from graphengine.influence.kernels.gathered import (
    absolute,
    checked,
    eight_at,
    entries,
    group,
    looked_up,
    loop,
    numbers,
    read,
    spread,
    tree,
)

__all__ = [
    "eight",
    "eight_sums",
    "mixture",
    "people_mixed",
    "rows_swept",
    "slices",
    "slices_swept",
    "sweep",
]

types: Any = _types

_I64 = ir.IntType(64)
_EIGHT = ir.Constant(_I64, 8)


@intrinsic
def eight_sums(_: Any, span: Any, words: Any, heavy: Any, z: Any, sums: Any) -> Any:
    """Set ``sums`` to Σ of weight·z over eight rows between the two ends of ``span``."""
    checked(words, heavy, z, sums)
    return types.void(span, words, heavy, z, sums), _eight_sums


@intrinsic
def rows_swept(
    _: Any, span: Any, edges: Any, rates: Any, vectors: Any, kept: Any, found: Any
) -> Any:
    """What the sweep of ``solving`` does; ``span`` is (first group, after the last, first row)."""
    checked(*edges.types, *vectors.types, *kept.types, found)
    return types.void(span, edges, rates, vectors, kept, found), _rows_swept


@intrinsic
def people_mixed(_: Any, span: Any, share: Any, vectors: Any, results: Any) -> Any:
    """What the mixture of ``solving`` does, between the two ends of ``span``, eights apart."""
    checked(*vectors.types, *results.types)
    return types.float64(span, share, vectors, results), _people_mixed


@intrinsic
def slices_swept(
    _: Any, span: Any, edges: Any, rates: Any, vectors: Any, onto: Any, sums: Any
) -> Any:
    """What the loop of ``sliced`` does; ``span`` is (first slice, after the last, first row)."""
    checked(*edges.types, *vectors.types, *getattr(onto, "types", ()), *sums.types)
    return types.void(span, edges, rates, vectors, onto, sums), _slices_swept


_sums: Any = eight_sums  # to a compiled caller they have no first argument
_sweep: Any = rows_swept
_mixture: Any = people_mixed
_slices: Any = slices_swept


def eight(span: Any, words: Any, heavy: Any, z: Any, sums: Any) -> None:
    """To be compiled as that of ``solving``."""
    _sums(span, words, heavy, z, sums)


def sweep(span: Any, edges: Any, rates: Any, vectors: Any, kept: Any, found: Any) -> None:
    """To be compiled as that of ``solving``."""
    _sweep(span, edges, rates, vectors, kept, found)


def slices(span: Any, edges: Any, rates: Any, vectors: Any, onto: Any, sums: Any) -> None:
    """To be compiled as that of ``sliced``."""
    _slices(span, edges, rates, vectors, onto, sums)


def mixture(span: Any, share: Any, vectors: Any, results: Any) -> float:
    """To be compiled as that of ``solving``."""
    return float(_mixture(span, share, vectors, results))


def _eight_sums(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    b, kinds = builder, signature.args
    data = [entries(context, b, kinds[i], args[i]) for i in range(1, 5)]
    ends = [b.extract_value(args[0], i) for i in range(2)]
    b.store(_between(b, ends, data[:3]), eight_at(b, data[3], ir.Constant(_I64, 0)), align=8)
    return context.get_dummy_value()


def _rows_swept(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    b, kinds = builder, signature.args
    cut, words, heavy = _all(context, b, kinds[1], args[1])
    share, damping, scale = (spread(b, b.extract_value(args[2], i)) for i in range(3))
    first, last, row = (b.extract_value(args[0], i) for i in range(3))
    people, kept = (_all(context, b, kinds[i], args[i]) for i in (3, 4))

    def body(g: Any, p: Any) -> list[Any]:
        sums = _between(b, group(b, cut, g), [words, heavy, people[4]])
        return _settled(b, sums, p, (share, damping, scale), (people, kept))

    totals = loop(b, (first, last, row), 12, body)
    found = entries(context, b, kinds[5], args[5])
    for k, total in enumerate(totals):
        b.store(tree(b, total), b.gep(found, [ir.Constant(_I64, k)]))
    return context.get_dummy_value()


def _settled(b: Any, sums: Any, p: Any, rates: Any, vectors: Any) -> list[Any]:
    """Set eight values; what is to be added up of them."""
    (share, damping, scale), ((enters, leaves, per, x, z), (y, now, *past)) = rates, vectors
    new = b.fadd(b.fmul(share, read(b, enters, p)), b.fmul(damping, sums))
    true = b.fmul(scale, new)
    change = b.fsub(true, b.fmul(scale, read(b, x, p)))
    differ = [b.fsub(change, read(b, before, p)) for before in past]
    parts = [b.fmul(differ[i], differ[j]) for i in range(3) for j in range(i, 3)]
    parts += [b.fmul(one, change) for one in differ]
    parts += [absolute(b, change), true, b.fmul(true, read(b, leaves, p))]
    for to, what in ((y, true), (now, change), (z, b.fmul(new, read(b, per, p)))):
        b.store(what, eight_at(b, to, p), align=8)
    return parts


def _slices_swept(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    b, kinds = builder, signature.args
    cut, words, heavy, near = _all(context, b, kinds[1], args[1])
    share, damping = (spread(b, b.extract_value(args[2], i)) for i in range(2))
    first, last, row = (b.extract_value(args[0], i) for i in range(3))
    enters, leaves, per, z = _all(context, b, kinds[3], args[3])
    beside = _all(context, b, kinds[4], args[4]) if hasattr(kinds[4], "types") else None
    far, found = _all(context, b, kinds[5], args[5])

    def body(g: Any, p: Any) -> list[Any]:
        heard = b.fadd(
            _between(b, group(b, cut, g), [words, heavy, near]), read(b, far, b.sub(p, row))
        )
        new = b.fadd(b.fmul(share, read(b, enters, p)), b.fmul(damping, heard))
        passed = b.fmul(new, read(b, per, p))
        if beside is None:
            change = b.fdiv(b.fsub(passed, read(b, z, p)), read(b, per, p))
        else:
            change = b.fsub(new, read(b, beside[0], p))
            b.store(new, eight_at(b, beside[1], p), align=8)
        b.store(passed, eight_at(b, z, p), align=8)
        return [absolute(b, change), new, b.fmul(new, read(b, leaves, p))]

    for k, total in enumerate(loop(b, (first, last, row), 3, body)):
        to = b.gep(found, [ir.Constant(_I64, k)])
        b.store(b.fadd(b.load(to), tree(b, total)), to)
    return context.get_dummy_value()


def _people_mixed(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    b, kinds = builder, signature.args
    first, last = (b.extract_value(args[0], i) for i in range(2))
    share = [spread(b, b.extract_value(args[1], i)) for i in range(3)]
    (enters, leaves, per, x, z), results = (_all(context, b, kinds[i], args[i]) for i in (2, 3))

    def body(p: Any, _: Any) -> list[Any]:
        now, *before = [read(b, result, p) for result in results]
        new = now
        for part, earlier in zip(share, before, strict=True):
            new = b.fsub(new, b.fmul(part, b.fsub(now, earlier)))
        least = read(b, enters, p)
        new = b.select(b.fcmp_ordered(">", least, new), least, new)
        b.store(new, eight_at(b, x, p), align=8)
        b.store(b.fmul(new, read(b, per, p)), eight_at(b, z, p), align=8)
        return [b.fmul(new, read(b, leaves, p))]

    return tree(b, loop(b, (first, last, first), 1, body, step=_EIGHT)[0])


def _between(b: Any, ends: Any, data: Any) -> Any:
    """Σ of weight·z in each lane, between two words; ``data`` are (words, heavy, z)."""
    words, heavy, z = data

    def body(e: Any, _: Any) -> list[Any]:
        x = looked_up(b, z, read(b, words, e))
        return [x if heavy is None else b.fmul(numbers(b, read(b, heavy, e)), x)]

    return loop(b, (*ends, ends[0]), 1, body, step=_EIGHT)[0]


def _all(context: Any, builder: Any, kind: Any, value: Any) -> list[Any]:
    """Where the entries of some arrays lie."""
    return [
        entries(context, builder, one, builder.extract_value(value, i))
        for i, one in enumerate(kind.types)
    ]

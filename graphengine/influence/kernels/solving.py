"""A small graph solved in one call, from restart to shares by id and what one more step changes.

The method is that of ``relaxation`` and ``components``: parts in their order, a small one by
elimination, a large one by sweeps in eights with scaling and mixing. What mixing needs to know is
summed up within the sweep. Rows are those of ``packing``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.components import forward
from graphengine.influence.kernels.lanes import counts_as, gathers, row
from graphengine.influence.kernels.mixing import DEPTH, shares
from graphengine.influence.kernels.packing import EIGHT

__all__ = [
    "collected",
    "eight",
    "mixed",
    "mixed_one_by_one",
    "solved",
    "swept",
    "swept_one_by_one",
    "tree",
]

Floats = NDArray[np.float64]
Words = NDArray[np.uint32]
Longs = NDArray[np.int64]

_ONE, _STRIDE = np.uint64(1), np.uint64(EIGHT)
_SUMS = 12  # of a sweep: nine products, the change, the size, what leaves
_ROWS = DEPTH + 1
_LEAST = 1.0 / 16.0  # of a sweep's change the residual is hoped to be, at the least
_LESS = 1.5  # times: forwards, the residual is less than it is taken to be


def _fastest(loop: str, plain: Any) -> Any:
    """The loop that this processor runs fastest."""
    if not gathers():
        return plain
    return getattr(import_module("graphengine.influence.kernels.gathered_packed"), loop)


@compiled
def tree(s: Any) -> float:
    """The sum of eight lanes, as a tree."""
    return float(((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7])))


def _eight_one_by_one(span: Any, words: Words, heavy: Any, z: Floats, sums: Floats) -> None:
    """Set ``sums`` to Σ of weight·z over each of eight rows, words ``span``."""
    e, end = span
    sums[:] = 0.0
    while e < end:
        for lane in range(_STRIDE):
            sums[lane] += counts_as(heavy, None, e + lane) * z[words[e + lane]]
        e += _STRIDE


eight = compiled(_eight_one_by_one, instead=lambda: _fastest("eight", _eight_one_by_one))


def swept_one_by_one(
    span: Any, edges: Any, rates: Any, vectors: Any, kept: Any, found: Floats
) -> None:
    """One sweep over the groups of ``span``, (first, after the last, the first one's seat).

    ``edges`` are (cut, words, heavy), ``rates`` (share, damping, scale), ``vectors`` (enters,
    leaves, per, x, z), ``kept`` (y, now, and the changes of three sweeps before). y gets the
    results, now how much they changed, on the true scale; z goes on as it was scaled. ``found``
    gets the products of ``mixing.products``, the L1 change, Σy and Σy·leaves.
    """
    (g, last, p), (cut, words, heavy), (share, damping, scale) = span, edges, rates
    (enters, leaves, per, x, z), (y, now, one, two, three) = vectors, kept
    sums, acc = np.zeros(EIGHT), np.zeros((_SUMS, EIGHT))
    while g < last:
        eight((np.uint64(cut[g]), np.uint64(cut[g + _ONE])), words, heavy, z, sums)
        for lane in range(_STRIDE):
            i = p + lane
            new = share * enters[i] + damping * sums[lane]
            true = scale * new
            change = true - scale * x[i]
            y[i], now[i], z[i] = true, change, new * per[i]
            a, b, c = change - one[i], change - two[i], change - three[i]
            parts = (a * a, a * b, a * c, b * b, b * c, c * c, a * change, b * change, c * change)
            for k in range(9):
                acc[k, lane] += parts[k]
            acc[9, lane] += abs(change)
            acc[10, lane] += true
            acc[11, lane] += true * leaves[i]
        g += _ONE
        p += _STRIDE
    for k in range(_SUMS):
        found[k] = tree(acc[k])


swept = compiled(swept_one_by_one, instead=lambda: _fastest("sweep", swept_one_by_one))


def mixed_one_by_one(span: Any, share: Any, vectors: Any, results: Any) -> float:
    """Set x to the mixture of four results, nowhere below what enters, and z; what leaves it."""
    (p, last), (one, two, three) = span, share
    (enters, leaves, per, x, z), (y, first, second, third) = vectors, results
    acc = np.zeros(EIGHT)
    while p < last:
        for lane in range(_STRIDE):
            i = p + lane
            now = y[i]
            new = now - one * (now - first[i]) - two * (now - second[i])
            new = max(new - three * (now - third[i]), enters[i])
            x[i], z[i] = new, new * per[i]
            acc[lane] += new * leaves[i]
        p += _STRIDE
    return float(tree(acc))


mixed = compiled(mixed_one_by_one, instead=lambda: _fastest("mixture", mixed_one_by_one))


@compiled
def collected(first: int, last: int, edges: Any, at: Words, z: Floats, out: Floats) -> None:
    """Add Σ of weight·z to ``out``, for all rows of some groups."""
    cut, words, heavy = edges
    sums = np.empty(EIGHT)
    for g in range(np.uint64(first), np.uint64(last)):
        eight((np.uint64(cut[g]), np.uint64(cut[g + _ONE])), words, heavy, z, sums)
        for lane in range(_STRIDE):
            out[np.uint64(at[g * _STRIDE + lane])] += sums[lane]


@compiled
def _relaxed(span: Any, edges: Any, vectors: Any, rule: Any, room: Any, most: int) -> int:
    """Sweep one large part, from and to x, until the residual is thought small enough; how often.

    ``span`` is that of ``packing.grouped``, ``rule`` (damping, tolerance, outside), ``room``
    (results, changes), zeros at first. The rule to stop by is that of ``relaxation.judged``.
    """
    a, b = np.uint64(span[1]), np.uint64(span[2])
    groups = np.uint64(span[4]), np.uint64(span[5]), a
    enters, leaves, per, x, z = vectors
    (damping, tolerance, outside), (results, changes) = rule, room
    entering, leaving = 0.0, 0.0
    for p in range(a, b):
        entering += enters[p]
        leaving += x[p] * leaves[p]
        z[p] = x[p] * per[p]
    if not leaving > 0.0:
        return 0
    found, before, known, head, sweeps = np.empty(_SUMS), np.inf, 0, 0, 0
    while True:
        scale = entering / leaving
        one, two, three = (head + 1) % _ROWS, (head + 2) % _ROWS, (head + 3) % _ROWS
        kept = (results[head], changes[head], changes[one], changes[two], changes[three])
        swept(groups, edges, (1.0 / scale, damping, scale), vectors, kept, found)
        sweeps += 1
        change, size = found[9], found[10]
        shrunk = change / before if sweeps > 1 else 1.0
        residual = change * min(max(shrunk, _LEAST), 1.0)
        if damping * residual <= (1.0 - damping) * tolerance * (outside + size) or sweeps >= most:
            break
        if change > 2.0 * before:
            known = 0
        before = min(before, change)
        mix = shares(found, known)
        known = min(known + 1, DEPTH)
        past = (results[head], results[one], results[two], results[three])
        leaving = mixed((a, b), mix, vectors, past)
        head = (head + _ROWS - 1) % _ROWS
    scale = entering / found[11]
    for p in range(a, b):
        x[p] = scale * results[head][p]
        z[p] = x[p] * per[p]
    return sweeps


@compiled
def _begun(span: Any, vectors: Any, damping: float, again: int) -> None:
    """Where a large part begins: with what enters, and what stays shared out as it is heard.

    Or, done ``again``, where it was.
    """
    enters, heard, x = vectors
    entering, whole = 0.0, 0.0
    for p in range(span[1], span[2]):
        entering += enters[p]
        whole += heard[p]
    each = damping / (1.0 - damping) * entering / whole if whole > 0.0 else 0.0
    for p in range(span[1], span[2]):
        if entering == 0.0:
            x[p] = 0.0
        elif again == 0:
            x[p] = enters[p] + each * heard[p]


@compiled
def _around(b: Floats, span: Longs) -> float:
    """What restarts outside a part."""
    inside = 0.0
    for p in range(span[1], span[2]):
        inside += b[p]
    return 1.0 - inside


@compiled
def _held(spans: Longs, cut: Words) -> int:
    """The words of all large parts from within."""
    held = 0
    for j in range(spans.shape[0] - 1):
        held += int(cut[spans[j, 5]]) - int(cut[spans[j, 4]])
    return held


@compiled
def _through(layout: Any, people: Any, vectors: Any, rule: Any, again: int) -> int:
    """Solve part by part, then those only endorsed; the most sweeps that a part took."""
    (rows, starts), spans, edges, at = layout
    (per, leaves, heard, _), (b, enters, x, z, sums, room) = people, vectors
    damping, tolerance, most = rule
    held = _held(spans, edges[0])
    c, sweeps = 0, 1
    sums[:] = 0.0
    for j in range(spans.shape[0] - 1):
        span = spans[j]
        forward(rows, (starts, c, span[0]), enters, per, damping, (x, z))
        collected(span[3], span[4], edges, at, z, sums)
        for p in range(span[1], span[2]):
            enters[p] = b[p] + damping * sums[p]
        _begun(span, (enters, heard, x), damping, again)
        mine = int(edges[0][span[5]]) - int(edges[0][span[4]])
        around = _around(b, span) * mine / held
        one = (enters, leaves, per, x, z)
        done = _relaxed(span, edges, one, (damping, _LESS * tolerance, around), room, most)
        c, sweeps = span[0] + 1, max(sweeps, done)
    forward(rows, (starts, c, starts.size - 1), enters, per, damping, (x, z))
    last = spans[spans.shape[0] - 1]
    collected(last[3], last[4], edges, at, z, sums)
    for p in range(starts[starts.size - 1], x.size):
        x[p] = b[p] + damping * sums[p]
    return sweeps


@compiled
def _stepped(layout: Any, people: Any, vectors: Any, damping: float) -> tuple[float, float]:
    """What x is to be multiplied by to sum to 1, and what one more step changes then, L1.

    What comes to large parts, and to those only endorsed, from outside is what ``_through`` has
    summed up: x has not changed there since.
    """
    (rows, starts), spans, edges, at = layout
    (_, _, _, lost), (b, _, x, z, sums, _) = people, vectors
    for j in range(spans.shape[0] - 1):
        collected(spans[j, 4], spans[j, 5], edges, at, z, sums)
    _in_small(rows, starts, z, sums)
    whole, missing = _sums(x, lost)
    scale, constant = 1.0 / whole, 1.0 - damping + damping * missing / whole
    return scale, _changed(x, sums, b, (scale, damping * scale, constant))


@compiled
def _sums(x: Floats, lost: Floats) -> tuple[float, float]:
    """Σx and Σx·lost, in eight lanes each."""
    s, t = np.zeros(EIGHT), np.zeros(EIGHT)
    whole = x.size // EIGHT * EIGHT
    for i in range(0, whole, EIGHT):
        for lane in range(EIGHT):
            s[lane] += x[i + lane]
            t[lane] += x[i + lane] * lost[i + lane]
    for i in range(whole, x.size):
        s[0] += x[i]
        t[0] += x[i] * lost[i]
    return float(tree(s)), float(tree(t))


@compiled
def _changed(x: Floats, sums: Floats, b: Floats, rates: tuple[float, float, float]) -> float:
    """Σ |follow·sums + constant·b − scale·x|, in eight lanes."""
    (scale, follow, constant), s = rates, np.zeros(EIGHT)
    whole = x.size // EIGHT * EIGHT
    for i in range(0, whole, EIGHT):
        for lane in range(EIGHT):
            p = i + lane
            s[lane] += abs(follow * sums[p] + constant * b[p] - scale * x[p])
    for p in range(whole, x.size):
        s[0] += abs(follow * sums[p] + constant * b[p] - scale * x[p])
    return float(tree(s))


@compiled
def _in_small(rows: Any, starts: Longs, z: Floats, sums: Floats) -> None:
    """Set Σ of weight·z of all rows of small parts."""
    begin, within, words, heavy, _ = rows
    for c in range(starts.size - 1):
        a, end = starts[c], starts[c + 1]
        if begin[a] < begin[end]:
            for p in range(a, end):
                outer = np.uint64(begin[p]), np.uint64(within[p])
                inner = np.uint64(within[p]), np.uint64(begin[p + 1])
                sums[p] = row(outer, words, heavy, None, z, None)
                sums[p] += row(inner, words, heavy, None, z[a:], None)


@compiled
def solved(
    b: Floats, ids: Words, layout: Any, people: Any, rule: tuple[float, float, int, int]
) -> tuple[Floats, float, int]:
    """Everyone's share by id, what one more step would change (L1), and the sweeps it took.

    ``b`` is the restart by seat, ``ids`` everyone's id (nobody's: how many they are). ``layout``
    is ((rows, starts), spans, (cut, words, heavy), at) of ``packing``; ``people`` are (per, leaves,
    heard, lost) by seat: what a value is multiplied by, which part of it leaves its large part,
    where that part begins, and what of it restarts. ``rule`` is (damping, tolerance, most
    sweeps, how many people they are).
    """
    damping, tolerance, most, n = rule
    slots = layout[0][1][layout[0][1].size - 1]
    x, z, sums = b.copy(), b * people[0], np.empty(b.size)
    room = np.zeros((_ROWS, slots)), np.zeros((_ROWS, slots))
    vectors, sweeps, asked = (b, b[:slots].copy(), x, z, sums, room), 0, 0.5 * tolerance
    for again in range(3):
        sweeps += _through(layout, people, vectors, (damping, asked, most), again)
        scale, change = _stepped(layout, people, vectors, damping)
        if change <= (1.0 - damping) * tolerance:
            break
        sweeps, asked = sweeps + 1, asked / 8.0
    out = np.empty(n + 1)
    for p in range(b.size):
        out[ids[p]] = x[p] * scale
    return out[:n], change, sweeps

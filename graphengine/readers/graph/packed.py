"""Columns of numbers as arrays straight from what the server sent, without an object a value.

The driver makes a Python object of every number in a list, which costs as much as all else that is
done with it here. Bolt (PackStream) writes a mark before each number that says how long it is; in a
column where all marks are the same, numbers lie a fixed step apart, and an array is a view of them.
The driver has no way to ask for that, so its reader of messages is stood in for while a transaction
reads. Where a driver is built otherwise, nothing is changed, and lists come as ever.
"""

from __future__ import annotations

from contextlib import contextmanager
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import neo4j

__all__ = ["Values", "kinds_of", "numbers_as_arrays"]

Values: TypeAlias = "list[Any] | np.ndarray"

_INBOX = attrgetter("_connection.inbox")
_LISTS = {0xD5: 2, 0xD6: 4}  # marks of long lists, and in how many bytes their length follows
_RECORD = range(0x90, 0xA0)  # marks of lists of up to 15, such as the values of a record
_NUMBERS = {0xC1: ">f8", 0xC8: ">i1", 0xC9: ">i2", 0xCA: ">i4", 0xCB: ">i8"}


@contextmanager
def numbers_as_arrays(transaction: neo4j.Transaction) -> Iterator[None]:
    """In here, long lists in records of ``transaction`` come as arrays where that can be.

    An array holds int64 or float64. A list stays one unless all of its values are whole numbers of
    one length in Bolt, or all are not whole.
    """
    try:
        inbox = _INBOX(transaction)
        as_ever = inbox._unpacker
        reading: Any = _Reading(as_ever)
    except AttributeError:
        reading = None
    if reading is None:
        yield
        return
    inbox._unpacker = reading
    try:
        yield
    finally:
        inbox._unpacker = as_ever


def kinds_of(values: Values) -> set[type]:
    """The types of values that are there.

    >>> sorted(kind.__name__ for kind in kinds_of(["a", 1, "b"]))
    ['int', 'str']
    >>> kinds_of(np.array([1.5]))
    {<class 'float'>}
    """
    if isinstance(values, np.ndarray):
        return {float if values.dtype.kind == "f" else int}
    return set(map(type, values))


class _Reading:
    """The driver's reader of messages, but for long lists of numbers in a record."""

    def __init__(self, as_ever: Any) -> None:
        self._as_ever = as_ever
        self._bytes = as_ever.unpackable
        self._bytes.data, self._bytes.used, self._bytes.p  # noqa: B018  (they must be there)
        self.unpack_structure_header = as_ever.unpack_structure_header
        self.reset = as_ever.reset

    def unpack(self, hooks: Any = None) -> Any:
        """The next value."""
        there = self._bytes
        mark = there.data[there.p]
        if mark not in _RECORD:
            return self._as_ever.unpack(hooks)
        there.p += 1
        return [self._value(hooks) for _ in range(mark - _RECORD.start)]

    def _value(self, hooks: Any) -> Any:
        found = _numbers(self._bytes)
        if found is None:
            return self._as_ever.unpack(hooks)
        values, self._bytes.p = found
        return values


def _numbers(there: Any) -> tuple[np.ndarray, int] | None:
    """The array of a long list that is next, and where it ends; None for anything else."""
    size = _LISTS.get(there.data[there.p])
    if size is None:
        return None
    begin = there.p + 1 + size
    count = int.from_bytes(there.data[there.p + 1 : begin], "big")
    mark = there.data[begin]
    kind = _NUMBERS.get(mark)
    if kind is None:
        return None
    packed = np.dtype([("mark", "u1"), ("value", kind)])
    end = begin + count * packed.itemsize
    if end > there.used:
        return None
    rows = np.frombuffer(there.data, packed, count, begin)
    if not (rows["mark"] == mark).all():
        return None
    return rows["value"].astype(np.float64 if mark == 0xC1 else np.int64), end

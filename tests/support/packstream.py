"""PackStream, the encoding of Bolt's messages: as much of it as a scripted server needs.

Written from the specification (neo4j.com/docs/bolt/current/packstream), not from the driver, so that the
two check each other.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Message", "pack", "unpack"]

_SIZED = {  # kind: (greatest size in the marker, that marker, markers of 8, 16 and 32 bits)
    "text": (15, 0x80, (0xD0, 0xD1, 0xD2)),
    "list": (15, 0x90, (0xD4, 0xD5, 0xD6)),
    "map": (15, 0xA0, (0xD8, 0xD9, 0xDA)),
}
_WIDTHS = ((0x100, ">B"), (0x10000, ">H"), (1 << 32, ">I"))
_INTEGERS = ((0xC8, ">b"), (0xC9, ">h"), (0xCA, ">i"), (0xCB, ">q"))
_FIXED = {0xC0: None, 0xC2: False, 0xC3: True}


class Message(tuple[int, list[Any]]):
    """A structure: its tag and its fields."""

    __slots__ = ()

    def __new__(cls, tag: int, *fields: Any) -> Message:
        """The structure of ``tag`` with ``fields``."""
        return super().__new__(cls, (tag, list(fields)))


def pack(value: Any) -> bytes:
    """A value's bytes.

    >>> pack(Message(0x70, {"n": [1, -17, True, None]})).hex()
    'b170a1816e9401c8efc3c0'
    """
    if isinstance(value, Message):
        tag, fields = value
        return bytes([0xB0 | len(fields), tag]) + b"".join(pack(field) for field in fields)
    if value is None or isinstance(value, bool):
        return bytes([{None: 0xC0, False: 0xC2, True: 0xC3}[value]])
    if isinstance(value, int | float):
        return _pack_int(value) if isinstance(value, int) else b"\xc1" + struct.pack(">d", value)
    if isinstance(value, str):
        data = value.encode()
        return _size("text", len(data)) + data
    if isinstance(value, dict):
        inside = b"".join(pack(str(k)) + pack(v) for k, v in value.items())
        return _size("map", len(value)) + inside
    return _size("list", len(value)) + b"".join(pack(item) for item in value)


def unpack(data: bytes) -> Any:
    """The value that ``data`` holds.

    >>> unpack(pack({"a": [1.5, "é" * 20, -70_000, 1 << 40]}))["a"][2:]
    [-70000, 1099511627776]
    """
    return _Reader(data).value()


def _pack_int(value: int) -> bytes:
    if -16 <= value < 128:
        return struct.pack(">b", value)
    for (marker, width), bits in zip(_INTEGERS, (7, 15, 31, 63), strict=True):
        if -(1 << bits) <= value < 1 << bits:
            return bytes([marker]) + struct.pack(width, value)
    raise ValueError(f"{value} has more than 64 bits")


def _size(kind: str, size: int) -> bytes:
    tiny, base, markers = _SIZED[kind]
    if size <= tiny:
        return bytes([base | size])
    for marker, (limit, width) in zip(markers, _WIDTHS, strict=True):
        if size < limit:
            return bytes([marker]) + struct.pack(width, size)
    raise ValueError(f"{size} elements are too many")


class _Reader:
    """A place in the bytes that moves on."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def value(self) -> Any:
        marker = self._number(">B")
        if marker < 0x80 or marker >= 0xF0:
            return marker if marker < 0x80 else marker - 0x100
        if marker in _FIXED:
            return _FIXED[marker]
        if marker == 0xC1:
            return self._number(">d")
        if 0xB0 <= marker < 0xC0:
            tag = self._number(">B")
            return Message(tag, *(self.value() for _ in range(marker & 0x0F)))
        for number, width in _INTEGERS:
            if marker == number:
                return self._number(width)
        return self._sized(marker)

    def _sized(self, marker: int) -> Any:
        read: dict[str, Callable[[int], Any]] = {
            "text": lambda n: self._take(n).decode(),
            "list": lambda n: [self.value() for _ in range(n)],
            "map": lambda n: {self.value(): self.value() for _ in range(n)},
        }
        for kind, (tiny, base, markers) in _SIZED.items():
            if base <= marker <= base + tiny:
                return read[kind](marker - base)
            if marker in markers:
                return read[kind](self._number(_WIDTHS[markers.index(marker)][1]))
        raise ValueError(f"marker {marker:#x} is none of those that are known here")

    def _number(self, width: str) -> Any:
        return struct.unpack(width, self._take(struct.calcsize(width)))[0]

    def _take(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]

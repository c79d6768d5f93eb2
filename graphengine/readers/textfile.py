"""Bytes of a file, decompressed as they come: plain, gzip or zstd, damage named by its place."""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

import zstandard

from graphengine.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["Piece", "Position", "line_pieces", "opened", "read_bytes"]

COMPRESSED = 1 << 18  # bytes read from disk at a time
PIECE = 1 << 22  # bytes of text handed on at a time
MAGIC = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd"}
NAMES = {".gz": "gzip", ".zst": "zstd"}
BOM = b"\xef\xbb\xbf"


class Piece(NamedTuple):
    """Whole lines of a file; ``last`` says that nothing follows.

    ``share`` is how much of the file, as it lies on the disk, has been read by then: 0 to 1.
    """

    data: bytes
    last: bool
    share: float = 1.0


class Position:
    """How far a file has been read."""

    def __init__(self) -> None:
        self.share = 0.0

    def follow(self, file: BinaryIO) -> None:
        """Take over where ``file`` stands."""
        self.share = file.tell() / max(1, os.fstat(file.fileno()).st_size)


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def line_pieces(path: Path, *, size: int = PIECE) -> Iterator[Piece]:
    """The text of ``path`` in pieces of about ``size`` bytes, each cut after a line feed.

    Raises ``InputError`` for a file that is absent, empty, closed to us, a directory, compressed
    in another way than its name says, cut short or damaged.
    """
    rest, started, position = b"", False, Position()
    for chunk in _gathered(read_bytes(path, position=position), size):
        data = rest + chunk
        if not started:
            data, started = _without_bom(data, path), True
        cut = data.rfind(b"\n") + 1
        if cut:
            yield Piece(data[:cut], last=False, share=position.share)
        rest = data[cut:]
    if not started:
        raise InputError(
            f"{path} is empty. A source file needs at least one line; "
            "remove the file, or write it again."
        )
    yield Piece(rest, last=True)


def read_bytes(path: Path, *, position: Position | None = None) -> Iterator[bytes]:
    """The decompressed bytes of ``path``, in pieces of any size; none when it is empty."""
    position = position or Position()
    with opened(path) as file:
        head = file.read(4)
        kind = _compression(path, head)
        file.seek(0)
        try:
            if not kind:
                while chunk := file.read(COMPRESSED * 8):
                    position.follow(file)
                    yield chunk
            elif head:
                for chunk in _decompressed(file, path, kind=kind):
                    position.follow(file)
                    yield chunk
        except OSError as error:
            raise InputError(
                f"{path} cannot be read to its end: {error.strerror}. Nothing of it was taken in; "
                "look after the disk, or get the file again."
            ) from error


def opened(path: Path) -> BinaryIO:
    """``path``, open for reading; ``InputError`` says why it cannot be opened."""
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise InputError(
            f"There is no file {path}. Check the name in the job file, or put the file there."
        ) from error
    except IsADirectoryError as error:
        raise InputError(
            f'{path} is a directory; files are needed. Name them, for example "{path.name}/*.csv".'
        ) from error
    except PermissionError as error:
        raise InputError(
            f"{path} may not be read by this user. Give the user read permission "
            f"(chmod +r), or run as one who has it."
        ) from error
    except OSError as error:
        raise InputError(f"{path} cannot be opened: {error.strerror}.") from error


def _gathered(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    waiting: list[bytes] = []
    length = 0
    for chunk in chunks:
        waiting.append(chunk)
        length += len(chunk)
        if length >= size:
            yield b"".join(waiting)
            waiting, length = [], 0
    if length:
        yield b"".join(waiting)


def _without_bom(data: bytes, path: Path) -> bytes:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(f"{path} is UTF-16; UTF-8 is needed. Save it as UTF-8.")
    return data.removeprefix(BOM)


def _compression(path: Path, head: bytes) -> str:
    """The compression that the name says, ".gz", ".zst" or "", if the first bytes agree."""
    named = path.suffix.lower() if path.suffix.lower() in MAGIC else ""
    found = next((end for end, magic in MAGIC.items() if head.startswith(magic)), "")
    if named == found or not head:
        return named
    if not named:
        raise InputError(
            f"{path} is compressed with {NAMES[found]}, but its name does not say so. "
            f"Rename it to {path.name}{found}."
        )
    is_now = NAMES.get(found, "no compressed file at all")
    raise InputError(
        f"{path} is named {named}, but its first bytes are not {NAMES[named]} ({is_now}). "
        f"Rename it to {path.name.removesuffix(path.suffix)}{found}, or write it again."
    )


def _decompressed(file: BinaryIO, path: Path, *, kind: str) -> Iterator[bytes]:
    """Every member or frame in turn; what was read so far names the place of any damage."""
    start: Callable[[], _Decompressor] = (
        (lambda: zlib.decompressobj(wbits=31))
        if kind == ".gz"
        else (lambda: zstandard.ZstdDecompressor().decompressobj())
    )
    position, engine, inside = 0, start(), True
    while data := file.read(COMPRESSED):
        position += len(data)
        while data:
            if engine.eof:
                data = data.lstrip(b"\0")  # some writers pad the end
                if not data:
                    break
                engine = start()
            try:
                yield engine.decompress(data)
            except (zlib.error, zstandard.ZstdError) as error:
                raise InputError(
                    f"{path} is damaged: its {NAMES[kind]} data cannot be decompressed shortly "
                    f"before byte {position:,} ({error}). Nothing of it was taken in; get it again."
                ) from error
            data = engine.unused_data if engine.eof else b""
        inside = not engine.eof
    if inside:
        raise InputError(
            f"{path} is cut short: it ends at byte {position:,} in the middle of its "
            f"{NAMES[kind]} data. Nothing of it was taken in; get the whole file again."
        )

"""The seal of a run folder: SHA256SUMS, as `sha256sum -c` reads it, over every other file.

It is written in one form only (names in order, lower-case digits, two spaces), so the file itself
is proven by writing it anew from what lies there: a flipped bit anywhere is a difference.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from graphengine.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["SUMS", "problems", "read_sealed", "sealed", "sums"]

SUMS = "SHA256SUMS"


def sums(digests: Mapping[str, str]) -> bytes:
    r"""The content of SHA256SUMS for ``digests``, file name to hexadecimal SHA-256.

    >>> sums({"b": "11", "a": "22"})
    b'22  a\n11  b\n'
    """
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode()


def sealed(folder: Path) -> frozenset[str]:
    """The names of the files that the seal of a run folder lists.

    Raises:
        InputError: the seal is missing or unreadable.
    """
    try:
        return frozenset(_listed((folder / SUMS).read_bytes()))
    except OSError as error:
        raise _unreadable(folder, SUMS, error) from error


def read_sealed(folder: Path, name: str) -> bytes:
    """The bytes of the file ``name`` of a run folder, after they were found to match the seal.

    Raises:
        InputError: the file or the seal is missing, unreadable or damaged.
    """
    try:
        listed = _listed((folder / SUMS).read_bytes())
        data = (folder / name).read_bytes()
    except OSError as error:
        raise _unreadable(folder, name, error) from error
    if listed.get(name) != hashlib.sha256(data).hexdigest():
        raise InputError(
            f"The run {folder.name} is damaged: {name} does not match its SHA-256 in {SUMS}. "
            f"{_remedy(folder)}"
        )
    return data


def _unreadable(folder: Path, name: str, error: OSError) -> InputError:
    return InputError(
        f"The run {folder.name} cannot be read: {error.strerror} ({name}). {_remedy(folder)}"
    )


def _remedy(folder: Path) -> str:
    return f"Restore the folder {folder} from a copy, or delete it and score again."


def problems(folder: Path) -> list[str]:
    """What differs from the seal, a sentence each; empty when every bit is as it was written."""
    try:
        stored = (folder / SUMS).read_bytes()
        found = {path.name: _digest(path) for path in folder.iterdir() if path.name != SUMS}
    except OSError as error:
        return [f"{error.filename}: {error.strerror}"]
    if stored == sums(found):
        return []
    listed = _listed(stored)
    wrong = [f"{name!r} is missing" for name in sorted(listed.keys() - found.keys())]
    wrong += [f"{name!r} is not named in {SUMS}" for name in sorted(found.keys() - listed.keys())]
    wrong += [
        f"{name!r} does not match its SHA-256 in {SUMS}"
        for name in sorted(listed.keys() & found.keys())
        if listed[name] != found[name]
    ]
    return wrong or [f"{SUMS} is not in the form in which it was written"]


def _digest(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return "no regular file"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _listed(stored: bytes) -> dict[str, str]:
    lines = (line.partition("  ") for line in stored.decode("utf-8", "replace").splitlines())
    return {name: digest for digest, _, name in lines}

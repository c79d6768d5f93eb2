"""A real file system of a few megabytes, in a mount namespace of its own that ends with the block."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NoSmallDisk", "SmallDisk", "enter", "small_disk"]

_MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$0" && echo mounted && read -r end'
_NAMESPACES = (("user", 0x10000000), ("mnt", 0x00020000))  # CLONE_NEWUSER, CLONE_NEWNS


class NoSmallDisk(Exception):  # noqa: N818  (a fact about the machine)
    """This machine lets us mount nothing, not even for ourselves."""


@dataclass(frozen=True)
class SmallDisk:
    """``root`` is its root as everybody sees it; who enters the holder's namespace sees ``inside``."""

    root: Path
    inside: Path
    holder: int

    def fill(self, *, leaving: int) -> Path:
        """Write a file that leaves ``leaving`` bytes free; remove it to have the room back."""
        ballast = self.root / "ballast"
        with ballast.open("wb") as file:
            file.write(bytes(shutil.disk_usage(self.root).free - leaving))
        return ballast


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[SmallDisk]:
    """A fresh file system of ``size`` bytes at ``folder``.

    Raises:
        NoSmallDisk: user namespaces or mounts are switched off here.
    """
    unshare = shutil.which("unshare")
    if unshare is None:
        raise NoSmallDisk
    folder.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(
        [unshare, "--user", "--map-root-user", "--mount", "sh", "-c", _MOUNT, folder, str(size)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdin is not None
        assert holder.stdout is not None
        if holder.stdout.readline() != "mounted\n":
            raise NoSmallDisk
        yield SmallDisk(Path(f"/proc/{holder.pid}/root{folder}"), folder, holder.pid)


def enter(holder: int) -> None:
    """Have this process, which has one thread, see the file systems that the holder sees."""
    libc = ctypes.CDLL(None, use_errno=True)
    for name, kind in _NAMESPACES:
        descriptor = os.open(f"/proc/{holder}/ns/{name}", os.O_RDONLY)
        if libc.setns(descriptor, kind):
            raise OSError(ctypes.get_errno(), f"setns: {os.strerror(ctypes.get_errno())}")
        os.close(descriptor)

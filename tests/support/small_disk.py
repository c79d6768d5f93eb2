"""A real file system of a few megabytes, in a mount namespace of its own that ends with the block."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NoSmallDisk", "fill", "small_disk"]

_MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$0" && echo mounted && read -r end'


class NoSmallDisk(Exception):  # noqa: N818  (a fact about the machine)
    """This machine lets us mount nothing, not even for ourselves."""


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """The root of a fresh file system of ``size`` bytes.

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
        yield Path(f"/proc/{holder.pid}/root{folder}")


def fill(disk: Path, *, leaving: int) -> Path:
    """Write a file that leaves ``leaving`` bytes free; remove it to have the room back."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        file.write(bytes(shutil.disk_usage(disk).free - leaving))
    return ballast

"""Where the password is: the environment, a file that it names, or the machine's keyring.

    NEO4J_PASSWORD ──► NEO4J_PASSWORD_FILE ──► keyring, service "graphengine", name user@uri

The first that is set decides. It goes into the driver and nowhere else: no argument, log or message.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from graphengine.errors import ConfigurationError, NotPermittedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphengine.bolt.kinds import Address

__all__ = ["SERVICE", "password_of"]

SERVICE = "graphengine"  # in the keyring
_FILE = "_FILE"
_LONGEST = 4096  # bytes: what is longer is some other file


def password_of(
    address: Address, variable: str, *, environment: Mapping[str, str] | None = None
) -> str:
    """The password for ``address``; ``variable`` is the job file's neo4j.password_env.

    Raises:
        ConfigurationError: it is set nowhere, or in two places, or the file holds none.
        NotPermittedError: the file may not be read by this user, or may be written by all.
    """
    given = os.environ if environment is None else environment
    here, file = given.get(variable), given.get(variable + _FILE)
    if here and file:
        raise ConfigurationError(
            f"Both {variable} and {variable}{_FILE} are set, and one password is needed. "
            "Unset one of them."
        )
    if here:
        return here
    if file:
        return _from_file(Path(file), variable + _FILE)
    kept, keyring = _from_keyring(address)
    if kept is not None:
        return kept
    raise ConfigurationError(
        f'No password is set for the user "{address.user}" of {address}. '
        f"Export {variable} (the job file's neo4j.password_env names it), or {variable}{_FILE} "
        f"with the path of a file that holds it. {keyring}"
    )


def _from_file(path: Path, variable: str) -> str:
    """The first line of the file, without its end."""
    try:
        mode = path.stat().st_mode
        text = path.read_bytes()[: _LONGEST + 1].decode("utf-8")
    except PermissionError as closed:
        raise NotPermittedError(
            f"The file that {variable} names ({path}) may not be read by this user. "
            "Give it the right: chown, or chmod 600 as its owner."
        ) from closed
    except (OSError, UnicodeDecodeError) as lost:
        said = lost.strerror if isinstance(lost, OSError) else "it is no text"
        raise ConfigurationError(
            f"The file that {variable} names ({path}) cannot be read ({said}). "
            "A file with the password in its first line is needed."
        ) from None
    if mode & 0o002:  # to be read by all is what secrets of containers are made as
        raise NotPermittedError(
            f"The file that {variable} names ({path}) may be written by every user of this "
            f"machine. A password's file is its owner's: chmod 600 {path}."
        )
    lines = text.splitlines()
    if len(text) > _LONGEST or len(lines) != 1 or not lines[0]:
        raise ConfigurationError(
            f"The file that {variable} names ({path}) has {len(lines)} lines. "
            "One is needed, the password."
        )
    return lines[0]


def _from_keyring(address: Address) -> tuple[str | None, str]:
    """The password in the keyring, else None and why it holds none."""
    try:
        keyring = importlib.import_module("keyring")
        errors = importlib.import_module("keyring.errors")
    except ImportError:
        return None, (
            "A keyring was not asked: the Python library keyring is not installed beside graphengine."
        )
    name = f"{address.user}@{address.uri}"
    try:
        kept: str | None = keyring.get_password(SERVICE, name)
    except errors.NoKeyringError:
        return None, "The Python library keyring is there, but finds no keyring on this machine."
    except errors.KeyringError as closed:
        raise NotPermittedError(
            f"The keyring of this machine does not open ({type(closed).__name__}). "
            "Unlock it, or set the password in the environment."
        ) from None
    except Exception as broken:  # noqa: BLE001
        # a backend raises whatever its bus or its file does; what it says may hold what it keeps
        raise ConfigurationError(
            f"The keyring of this machine does not work ({type(broken).__name__}). "
            "Try keyring --list-backends, or set the password in the environment."
        ) from None
    return kept, f"The keyring holds none either: keyring set {SERVICE} {name}."

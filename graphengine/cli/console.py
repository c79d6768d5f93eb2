"""What reaches the screen: answers on stdout, everything else on stderr, any text on any terminal."""

from __future__ import annotations

import io
import json
import math
import os
import sys
import unicodedata
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

__all__ = [
    "OutputClosed",
    "complain",
    "console",
    "flush",
    "jsonable",
    "plain_width",
    "printable",
    "say",
    "say_bytes",
    "say_json",
    "speaks_unicode",
    "tolerate_any_text",
]

_WIDE = 10_000  # columns where no screen is: a file or a pipe gets whole rows
_SCREENS = ("FORCE_COLOR", "TTY_COMPATIBLE")  # with these a file is told to be a screen


class OutputClosed(Exception):  # noqa: N818  (no error: the reader had enough)
    """Whoever read our stdout closed it."""


@contextmanager
def _closing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as closed:
        raise OutputClosed from closed


def say(text: str = "") -> None:
    """One piece of an answer, on stdout."""
    with _closing():
        sys.stdout.write(text + "\n")


def say_bytes(data: bytes) -> None:
    """An answer that is a file, on stdout."""
    with _closing():
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def say_json(value: Any) -> None:
    """One JSON object on stdout."""
    say(json.dumps(jsonable(value), ensure_ascii=not speaks_unicode(sys.stdout), allow_nan=False))


def complain(text: str) -> None:
    """A line on stderr; lost when nobody listens there."""
    with suppress(BrokenPipeError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def flush() -> None:
    """Send what is still buffered, so that a closed pipe shows now and not at the very end."""
    with _closing():
        sys.stdout.flush()


def speaks_unicode(stream: IO[str]) -> bool:
    """Whether a stream can show box lines, ticks and letters of every script."""
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "") in ("utf8", "utf8sig")


def tolerate_any_text(*streams: IO[str]) -> None:
    """Show what a stream cannot encode as an escape, never as a failure."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def printable(text: str) -> str:
    r"""``text`` without what would steer a terminal: data must not move the cursor or hide letters.

    >>> printable("a" + chr(27) + "[31mb")
    'a\\x1b[31mb'
    """
    if text.isprintable():
        return text
    return "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c)[0] == "C" else c
        for c in text
    )


def plain_width() -> int | None:
    """The columns of a stdout that is no screen and shows any letter; None where rich must look.

    >>> plain_width() in (None, _WIDE)
    True
    """
    asked = any(os.environ.get(name) for name in _SCREENS)
    screen = sys.stdout.isatty() or "COLUMNS" in os.environ or asked
    return None if screen or not speaks_unicode(sys.stdout) else _WIDE


def console(*, stderr: bool = False) -> Console:
    """A rich console on stdout or stderr, as wide as its rows where no screen is."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else _WIDE
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def jsonable(value: Any) -> Any:
    """Reports as JSON's types: a record becomes an object with its properties, NaN becomes null.

    >>> jsonable({"a": (1, float("nan"))})
    {'a': [1, None]}
    """
    if is_dataclass(value) and not isinstance(value, type):
        names = [f.name for f in fields(value)]
        names += [n for n, v in vars(type(value)).items() if isinstance(v, property)]
        return {name: jsonable(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {str(key): jsonable(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value) if isinstance(value, Path) else value

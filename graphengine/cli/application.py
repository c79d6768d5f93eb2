"""How every command ends: its exit code, one message for people, and never a traceback."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import traceback
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from graphengine.cli.console import OutputClosed, complain, flush, say_json, tolerate_any_text
from graphengine.errors import BusyError, CannotWriteError, GraphengineError, NothingToDoError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Application", "State", "state"]

_REFUSED_BY_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}
_STOPPED = "stopped; the same command resumes"


@dataclass
class State:
    """What a command tells of itself while it runs, for the case that it ends early."""

    as_json: bool = False
    journal: Path | None = None  # the workspace's, once the job is known


def state(ctx: click.Context | None = None) -> State:
    """The state of the command that is running."""
    found: State = (ctx or click.get_current_context()).ensure_object(State)
    return found


class Application(click.Group):
    """The group of all commands; what they raise becomes an exit code here and nowhere else."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's own)
        """The commands in the order in which one meets them, not of the alphabet."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; deliberate errors, stop signals and defects end in ``ctx.exit``."""
        tolerate_any_text(sys.stdout, sys.stderr)
        this, stops = state(ctx), list[int]()
        try:
            with _stop_signals_raise(stops):
                super().invoke(ctx)
            flush()
        except click.exceptions.Exit:
            _flush_quietly()
            raise
        except (click.ClickException, click.Abort):
            raise
        except OutputClosed:
            _flush_quietly()  # whoever read us has seen enough; the work itself is done
        except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001  (named for people, below)
            code = _end(_stopped(error) if stops else error, this)
            _flush_quietly()
            ctx.exit(code)


def _stopped(error: BaseException) -> BaseException:
    """What to call an error after a stop signal: compiled code may swallow it, and then fail itself."""
    if isinstance(error, GraphengineError | KeyboardInterrupt):
        return error
    stop = KeyboardInterrupt()
    stop.__cause__ = error
    return stop


def _end(error: BaseException, this: State) -> int:
    """Say what happened, once; the exit code that tells a scheduler the same."""
    code, message = _verdict(error, this)
    if os.environ.get("GRAPHENGINE_DEBUG") == "1":
        traceback.print_exception(error)
    if isinstance(error, NothingToDoError):
        if this.as_json:
            say_json({"nothing_new": True, "message": message, "exit_code": code})
        else:
            complain(message)
        return code
    complain(f"graphengine: {message}")
    if this.as_json:
        say_json({"error": message, "exit_code": code})
    return code


def _verdict(error: BaseException, this: State) -> tuple[int, str]:
    if isinstance(error, GraphengineError):
        return error.exit_code, str(error)
    if isinstance(error, KeyboardInterrupt):
        return BusyError.exit_code, _STOPPED
    if isinstance(error, OSError) and error.errno in _REFUSED_BY_THE_DISK:
        where = error.filename or "a file"
        return CannotWriteError.exit_code, (
            f"cannot write {where}: {error.strerror}. Space and permission to write are needed "
            "there; no file is left half-written. Free some, then repeat the command."
        )
    said = str(error).strip().split("\n")[0]
    what = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return GraphengineError.exit_code, (
        f"unexpected {what}. This is a defect: please report it with "
        f"{this.journal or 'the journal.jsonl of the workspace'} and what the same command prints "
        "with GRAPHENGINE_DEBUG=1."
    )


@contextmanager
def _stop_signals_raise(stops: list[int]) -> Iterator[None]:
    """A polite stop from a scheduler or a closing terminal ends like Ctrl-C, with all its cleanup.

    Each signal that came is put into ``stops``.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _: object) -> None:
        stops.append(number)
        raise KeyboardInterrupt

    names = [n for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
    numbers = [getattr(signal, n) for n in names]
    before = {n: signal.getsignal(n) for n in numbers if signal.getsignal(n) != signal.SIG_IGN}
    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _flush_quietly() -> None:
    """Flush stdout; if nobody reads it, let the interpreter's own last flush go nowhere."""
    try:
        flush()
    except OutputClosed:
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

"""Every deliberate exception of graphengine, each with its exit code and whether a retry can help.

    GraphengineError                70   internal: a broken promise of our own
    ├── UsageError                   2   the command line was wrong
    ├── InputError                  65   files, rows or names that cannot be used as they are
    ├── StoreUnavailableError       69   the store does not answer (retry)
    ├── CannotWriteError            73   no space, no permission to write
    ├── BusyError                   75   another run holds the workspace, or it was interrupted (retry)
    ├── NotPermittedError           77   the store refused who asks, or what is asked
    ├── ConfigurationError          78   the job file, or a workspace that belongs to something else
    ├── NotConvergedError           70   a solver ended without its certificate
    ├── HeldBackError                3   done, but a gate kept the run from being published
    └── NothingToDoError            99   all that was asked for is done already

Three sentences make a message: what came, what was needed, what to change.
"""

from __future__ import annotations

import difflib
from typing import ClassVar

__all__ = [
    "BusyError",
    "CannotWriteError",
    "ConfigurationError",
    "GraphengineError",
    "HeldBackError",
    "InputError",
    "NotConvergedError",
    "NotPermittedError",
    "NothingToDoError",
    "StoreUnavailableError",
    "UsageError",
    "did_you_mean",
]


class GraphengineError(Exception):
    """The root of the tree: a deliberate failure with an exit code."""

    exit_code: ClassVar[int] = 70
    retry: ClassVar[bool] = False


class UsageError(GraphengineError):
    """The command line does not say what it needs to say."""

    exit_code = 2


class InputError(GraphengineError):
    """Input that cannot be used: a file, a row, a column, an unknown topic or person."""

    exit_code = 65


class StoreUnavailableError(GraphengineError):
    """The store does not answer; the same command may succeed later."""

    exit_code = 69
    retry = True


class CannotWriteError(GraphengineError):
    """The disk is full or closed to us; no file is left half-written."""

    exit_code = 73


class BusyError(GraphengineError):
    """Somebody else holds what is needed, or we were stopped; the same command resumes."""

    exit_code = 75
    retry = True


class NotPermittedError(GraphengineError):
    """A wrong password, or a statement that may not be sent."""

    exit_code = 77


class ConfigurationError(GraphengineError):
    """A job file with mistakes, or a workspace made by another job or a newer version."""

    exit_code = 78


class NotConvergedError(GraphengineError):
    """A solver reached its last sweep without reaching its bound."""


class HeldBackError(GraphengineError):
    """A gate held a publication back; the published run stays until somebody says why not."""

    exit_code = 3


class NothingToDoError(GraphengineError):
    """Everything asked for has been done before."""

    exit_code = 99


def did_you_mean(word: str, known: list[str]) -> str:
    """A sentence naming the nearest known word, or "" when none is near.

    >>> did_you_mean("ferguzon", ["ferguson", "gurlitt"])
    ' Did you mean "ferguson"?'
    """
    lowered = {k.casefold(): k for k in known}
    near = difflib.get_close_matches(word.casefold(), list(lowered), n=1, cutoff=0.6)
    return f' Did you mean "{lowered[near[0]]}"?' if near else ""

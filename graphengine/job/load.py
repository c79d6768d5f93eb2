"""Reading a job file from disk."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from graphengine.errors import ConfigurationError
from graphengine.job.mistakes import check

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.job.settings import Job

__all__ = ["load_job"]


def load_job(path: Path) -> Job:
    """Read and check a job file; raises ConfigurationError listing every mistake, a line each."""
    text = _text(path)
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(
            f"The job file {path} is not TOML: {error or 'it is nested too deeply'}. "
            "Correct that place."
        ) from error
    job, lines = check(data, path)
    if job is None:
        count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
        listed = "\n".join(f"  {line}" for line in lines)
        raise ConfigurationError(f"The job file {path} has {count}:\n{listed}")
    return job


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"There is no job file {path}. Check the name and the folder you are in."
        ) from error
    except IsADirectoryError as error:
        raise ConfigurationError(
            f"{path} is a folder, not a job file. Name the .toml file inside it."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"The job file {path} is not UTF-8: byte {error.start + 1} cannot be read. "
            "Save it as UTF-8."
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"The job file {path} cannot be read: {error.strerror}. "
            "Correct its name or its permissions."
        ) from error

"""Which files a source names, and what format each is in."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from graphengine.errors import ConfigurationError, InputError, did_you_mean

if TYPE_CHECKING:
    from graphengine.job import Job, SourceSettings

__all__ = ["format_of", "source_files"]

FORMATS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}


def source_files(source: SourceSettings, job: Job) -> list[Path]:
    """The files that a source names, each once, in the order of their names.

    Names and patterns (``*``, ``?``, ``[ab]``, ``**``) start beside the job file. ``${NAME}`` in
    them stands for an environment variable. Raises ``ConfigurationError`` for a variable that is
    not set, ``InputError`` for a name or pattern without a file, or a directory.
    """
    found: set[Path] = set()
    for entry in source.files:
        pattern = job.folder / _expanded(entry, source)
        try:
            found.update(_matches(pattern, source))
        except OSError as error:
            raise InputError(
                f'{pattern}, which the source "{source.name}" names, cannot be looked up: '
                f"{error.strerror}. Correct the name in the job file, or give the user permission."
            ) from error
    return sorted(found)


def format_of(source: SourceSettings, path: Path) -> str:
    """The format of ``path``: what the job says, else what its name ends in.

    Raises ``ConfigurationError`` when neither tells.
    """
    if source.format:
        return source.format
    name = path.name.lower().removesuffix(".gz").removesuffix(".zst")
    found = FORMATS.get(Path(name).suffix)
    if found is None:
        raise ConfigurationError(
            f'The name of {path} does not tell its format. Set format in the source "{source.name}" '
            "to csv, tsv, space, jsonl or parquet."
        )
    return found


def _matches(pattern: Path, source: SourceSettings) -> list[Path]:
    if pattern.exists() or not glob.has_magic(str(pattern)):
        return [_named(pattern, source)]
    matches = [Path(match) for match in glob.glob(str(pattern), recursive=True)]  # noqa: PTH207
    files = [match for match in matches if match.is_file()]
    if not files:
        raise InputError(
            f'No file matches "{pattern}", which the source "{source.name}" names. '
            "Correct the pattern in the job file, or put the files there."
        )
    return files


def _expanded(entry: str, source: SourceSettings) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in os.environ:
            raise ConfigurationError(
                f'The source "{source.name}" names the file "{entry}", but the environment '
                f"variable {name} is not set. Set it (export {name}=...), or write the path itself."
            )
        return os.environ[name]

    return re.sub(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", value, entry)


def _named(path: Path, source: SourceSettings) -> Path:
    if path.is_dir():
        raise InputError(
            f'{path}, which the source "{source.name}" names, is a directory; files are needed. '
            'Name them, for example with "/*.csv" after it.'
        )
    if not path.exists():
        folder = path.parent
        if not folder.is_dir():
            hint = f" The folder {folder} is not there either."
        else:
            hint = did_you_mean(path.name, sorted(p.name for p in folder.iterdir()))
        raise InputError(
            f'There is no file {path}, which the source "{source.name}" names.{hint} '
            "Correct the name in the job file, or put the file there."
        )
    return path

"""Alerts as lines of JSON in a file: each post once per threshold, however often one looks."""

from __future__ import annotations

import json
import os
from typing import IO, TYPE_CHECKING, Any

from graphengine.errors import InputError
from graphengine.workspace import writing_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graphengine.pipeline.watch import Thresholds, Watched

__all__ = ["add_alerts"]

_BEGINS = b'{"key":'


def add_alerts(file: Path, found: Watched, *, job: str, thresholds: Thresholds) -> int:
    """Append to ``file`` what is not in it yet; how many lines that were.

    A line is an object with ``key`` (job, post, threshold), ``as_of`` in epoch seconds and the
    columns of the answer. Two at the same time wait for one another; a line that a killed writer
    left half-written is ended and its alert written again.

    Raises:
        InputError: the file holds something else than alerts.
        CannotWriteError: the disk refuses.
    """
    with writing_to(file), file.open("ab+") as opened:
        _hold(opened)
        opened.seek(0)
        text = opened.read()
        known = _keys(text, file=file)
        lines = [
            json.dumps(alert, ensure_ascii=False, allow_nan=False)
            for alert in _alerts(found, job=job, thresholds=thresholds)
            if alert["key"] not in known
        ]
        if lines:
            torn = "\n" if text and not text.endswith(b"\n") else ""
            opened.write((torn + "".join(f"{line}\n" for line in lines)).encode("utf-8"))
            opened.flush()
            os.fsync(opened.fileno())
    return len(lines)


def _alerts(found: Watched, *, job: str, thresholds: Thresholds) -> Iterator[dict[str, Any]]:
    for row in found.answer.rows:
        said = dict(zip(found.answer.columns, row, strict=True))
        for name in said["passes"].split(" and "):
            limit = getattr(thresholds, name)
            key = f"{job}/{said['post']}/{name}>={limit}"
            yield {"key": key, "job": job, "as_of": found.as_of, **said, "passes": name}


def _keys(text: bytes, *, file: Path) -> set[str]:
    lines = text.split(b"\n")
    keys = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            keys.add(json.loads(line)["key"])
        except (ValueError, TypeError, KeyError):
            if not _BEGINS.startswith(line[: len(_BEGINS)]):  # else cut off by a kill
                raise InputError(
                    f"{file} is no file of alerts: line {number} is not one. Alerts are appended "
                    "to a file of their own, one JSON object a line. Name another file."
                ) from None
    return keys


def _hold(opened: IO[bytes]) -> None:
    """Wait for the file; where the system has no such locks, go on."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(opened, fcntl.LOCK_EX)

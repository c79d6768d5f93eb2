"""What a run is called: the day it looks from, and a hash of all that its scores depend on."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from graphengine.errors import GraphengineError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["UNDATED", "canonical_json", "is_run_id", "run_id"]

UNDATED = "undated"  # the day of runs whose events carry no time
_ID = re.compile(rf"(\d{{4}}-\d\d-\d\d|{UNDATED})-[0-9a-f]{{12}}")


def run_id(
    *,
    as_of: int | None,
    job: str,
    params: Mapping[str, Any],
    method_version: str,
    anchors_version: str,
    watermark: str,
) -> str:
    """The id of the run with these inputs: same inputs, same id, on every machine.

    Args:
        as_of: the time that the run looks from, in epoch seconds (UTC); None without times.
        job: the job's name.
        params: the method's parameters, as JSON can hold them.
        method_version: of the formulas.
        anchors_version: of the map from influence to 1-100.
        watermark: a hash of the event log's content.

    Raises:
        InputError: ``as_of`` lies outside the years 1 to 9999.

    >>> run_id(as_of=1404950400, job="demo", params={"damping": 0.85}, method_version="1",
    ...        anchors_version="1", watermark="a1")
    '2014-07-10-2508bc659e43'
    """
    identity = {
        "anchors_version": anchors_version,
        "as_of": as_of,  # the second counts: two runs of one day may see different decay
        "job": job,
        "method_version": method_version,
        "parameters": params,
        "watermark": watermark,
    }
    digest = hashlib.sha256(canonical_json(identity)).hexdigest()
    return f"{_day(as_of)}-{digest[:12]}"


def _day(as_of: int | None) -> str:
    if as_of is None:
        return UNDATED
    try:
        return datetime.fromtimestamp(as_of, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError) as error:
        raise InputError(
            f"The time {as_of} (epoch seconds) lies outside the years 1 to 9999. "
            "Give --as-of a date, for instance 2026-11-22."
        ) from error


def is_run_id(name: str) -> bool:
    """Whether ``name`` has the form of a run id.

    >>> is_run_id("2014-07-10-8a9e0c3d1b2f"), is_run_id(".2014-07-10-8a9e0c3d1b2f.tmp")
    (True, False)
    """
    return _ID.fullmatch(name) is not None


def canonical_json(value: Any, *, indent: int | None = None) -> bytes:
    """One byte sequence per value: sorted keys, no spaces unless ``indent``, no NaN, UTF-8.

    Raises:
        GraphengineError: something that JSON cannot hold.

    >>> canonical_json({"b": 1.0, "a": None})
    b'{"a":null,"b":1.0}'
    """
    separators = (",", ":") if indent is None else (",", ": ")
    try:
        text = json.dumps(
            value, sort_keys=True, allow_nan=False, ensure_ascii=False, indent=indent,
            separators=separators,
        )  # fmt: skip
    except (TypeError, ValueError) as error:
        raise GraphengineError(
            f"A value that goes into a run cannot be written as JSON: {error}. "
            "This is a defect of graphengine: please report it."
        ) from error
    return text.encode()

"""A job file's text becomes a Job, or the list of everything that is wrong with it.

The types are checked first. Then the file is mended (an unknown key takes the name that was
probably meant, a value of the wrong type its default), so that the checks which need several
settings together still run: a user sees all mistakes in one go, not one an attempt.
"""

from __future__ import annotations

import copy
import os
import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import BaseModel, ValidationError

from graphengine.errors import did_you_mean
from graphengine.job import settings
from graphengine.job.checks import mistakes, unknown
from graphengine.job.environment import filled_in

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pydantic_core import ErrorDetails

__all__ = ["check"]

Location: TypeAlias = tuple[int | str, ...]

_MODELS: dict[Location, type[BaseModel]] = {
    (): settings.Job,
    ("sources",): settings.SourceSettings,
    ("sources", "time"): settings.TimeSettings,
    ("sources", "neo4j"): settings.GraphSettings,
    ("window",): settings.WindowSettings,
    ("method",): settings.MethodSettings,
    ("publish",): settings.PublishSettings,
    ("publish", "pinned"): settings.PinnedSettings,
    ("neo4j",): settings.Neo4jSettings,
}
_NEEDED = {
    "model_type": "a table",
    "dict_type": "a table",
    "list_type": "a list",
    "string_type": "text in quotes",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "too_short": "at least one entry",
    "string_pattern_mismatch": (
        "lower-case letters, digits, - and _, with a letter or a digit first"
    ),
}
_PLACEHOLDERS: dict[str, Any] = {"name": "unnamed", "files": ["?"]}
_ROUNDS = 4  # a renamed table may hold mistakes of its own, and so on


def check(data: dict[str, Any], path: Path) -> tuple[settings.Job | None, list[str]]:
    """The job that ``data`` describes and no complaints, or None and one line a mistake."""
    found: dict[str, str] = {}
    if "path" in data:
        found["path"] = unknown("path", _keys(()))
    mended, unset = filled_in({k: v for k, v in data.items() if k != "path"}, os.environ)
    for complaint in unset:
        where, _, text = complaint.partition(": ")
        found[where] = text
    job: settings.Job | None = None
    for _ in range(_ROUNDS):
        try:
            job = settings.Job.model_validate({**mended, "path": path}, strict=True)
            break
        except ValidationError as failure:
            errors = failure.errors(include_url=False)
            _note(found, ((_path(e["loc"]), _sentence(e)) for e in errors))
            for error in reversed(errors):
                _mend(mended, error)
    if job is not None:
        _note(found, mistakes(job))
    lines = [f"{where}: {text}{_source_name(where, data)}" for where, text in found.items()]
    return (None, lines) if lines or job is None else (job, [])


def _note(found: dict[str, str], news: Iterable[tuple[str, str]]) -> None:
    """Add what is new; a mistake at or above a place named already comes from the mending."""
    before = tuple(found)
    for where, text in news:
        if not any(old == where or old.startswith((f"{where}.", f"{where}[")) for old in before):
            found.setdefault(where, text)


def _keys(location: Location) -> list[str]:
    model = _MODELS.get(tuple(key for key in location if isinstance(key, str)))
    return [k for k in model.model_fields if k != "path" or location] if model else []


def _sentence(error: ErrorDetails) -> str:
    location, came = error["loc"], error["input"]
    key = str(location[-1])
    if error["type"] == "extra_forbidden":
        hint = "; the password comes from the environment" if key == "password" else ""
        return unknown(key, _keys(location[:-1])) + hint
    if error["type"] == "missing":
        return "missing"
    if error["type"] == "literal_error":
        words = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        if isinstance(came, str):
            return f'"{came}" is {unknown(came, words)}'
        return f"came: {_shown(came)}; needed: one of {', '.join(words)}"
    if "columns" in location[:-1]:
        needed = "the name of a column, or a list of names"
    else:
        needed = _NEEDED.get(error["type"]) or re.sub(r"^Input should be ", "", error["msg"])
    secret = "neo4j" in location  # what stands there may be a password
    return f"needed: {needed}" if secret else f"came: {_shown(came)}; needed: {needed}"


def _shown(value: Any) -> str:
    """A value as its job file wrote it, cut where it runs on."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value[:40]}..."' if len(value) > 40 else f'"{value}"'
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value)


def _real(location: Location) -> Location:
    """A location without what pydantic appends where a column may be a text or a list of texts."""
    end = location.index("columns") + 2 if "columns" in location else len(location)
    return location[:end]


def _path(location: Location) -> str:
    text = ""
    for key in _real(location):
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            plain = re.fullmatch(r"[A-Za-z0-9_-]+", key) is not None
            text += ("." if text else "") + (key if plain else f'"{key}"')
    return text


def _mend(data: dict[str, Any], error: ErrorDetails) -> None:
    location = _real(error["loc"])
    parent: Any = data
    for step in location[:-1]:
        parent = parent[step]
    last: Any = location[-1]
    if error["type"] == "missing":
        if last in _PLACEHOLDERS:
            parent[last] = copy.deepcopy(_PLACEHOLDERS[last])
        return
    if isinstance(parent, list):
        parent.pop(last)
        return
    came = parent.pop(last)
    misnamed = error["type"] == "extra_forbidden"
    if misnamed and "neo4j" not in location:  # a password is not moved to where it could be shown
        meant = re.search(r'"(.*)"', did_you_mean(str(last), _keys(location[:-1])))
        if meant and meant[1] not in parent:
            parent[meant[1]] = came
    elif "columns" in location[:-1]:
        parent[last] = "?"  # the column is named, only not by a text


def _source_name(where: str, data: dict[str, Any]) -> str:
    """Which source a path is about, in the job's own words."""
    match = re.match(r"sources\[(\d+)\](?!\.name)", where)
    sources = data.get("sources")
    if match is None or not isinstance(sources, list):
        return ""
    source = sources[int(match[1])]
    name = source.get("name") if isinstance(source, dict) else None
    return f' (source "{name}")' if isinstance(name, str) else ""

"""A damaged log says which file, and nothing is computed from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.log_rows import feed

from graphengine.errors import ConfigurationError, InputError
from graphengine.eventlog import EventLog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    log = EventLog(tmp_path / "log")
    feed(log, "interactions", {"event_id": "a", "at": 0})
    feed(log, "interactions", {"event_id": "b", "at": 0})
    return log.root


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        (flip, "has changed since it was written"),
        (cut, "has changed since it was written"),
        (lambda path: path.write_bytes(b""), "has changed since it was written"),
        (lambda path: path.unlink(), "is missing"),
    ],
)
def test_a_damaged_part_is_named(root: Path, harm: Callable[[Path], object], what: str) -> None:
    part = root / "interactions" / "1970-01-01" / "000002.parquet"
    harm(part)
    log = EventLog(root)
    assert log.verify() == [f"{part} {what}"]
    with pytest.raises(InputError, match="The event log is damaged") as raised:
        log.interactions()
    assert str(part) in str(raised.value)
    with pytest.raises(InputError):
        feed(log, "interactions", {"event_id": "c"})
    assert log.last_batch == 2


def test_a_missing_entry(root: Path) -> None:
    (root / "ledger" / "000001.json").unlink()
    with pytest.raises(InputError, match=r"no entry 000001\.json, but 000002\.json"):
        EventLog(root).batches()
    assert len(EventLog(root).verify()) == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": "x"}', "\x00"])
def test_a_damaged_entry(root: Path, text: str) -> None:
    (root / "ledger" / "000002.json").write_text(text)
    with pytest.raises(InputError, match=r"000002\.json is damaged"):
        EventLog(root).interactions()


def test_an_entry_of_a_newer_format(root: Path) -> None:
    entry = root / "ledger" / "000002.json"
    entry.write_text(json.dumps({**json.loads(entry.read_text()), "format": 2, "novelty": 1}))
    with pytest.raises(ConfigurationError, match="has format 2"):
        EventLog(root).batches()

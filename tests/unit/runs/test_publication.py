"""Which run each store is meant to serve, and what was taken back."""

from __future__ import annotations

import errno
import json
import os
from typing import TYPE_CHECKING

import pytest

from graphengine.errors import CannotWriteError, ConfigurationError
from graphengine.runs import (
    Publication,
    is_rolled_back,
    protected_runs,
    read_publication,
    record_published,
    record_rollback,
)
from graphengine.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = (f"2014-07-1{n}-{str(n) * 12}" for n in range(3))


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_nothing_published(ws: Workspace) -> None:
    assert read_publication(ws) == {}
    assert not is_rolled_back(ws, "embedded", A)
    assert protected_runs(ws) == frozenset()


def test_publishing_moves_on(ws: Workspace) -> None:
    assert record_published(ws, "embedded", A) == Publication(published=A)
    assert record_published(ws, "embedded", B) == Publication(published=B, previous=A)
    assert record_published(ws, "neo4j", A) == Publication(published=A)
    assert read_publication(ws) == {
        "embedded": Publication(published=B, previous=A),
        "neo4j": Publication(published=A),
    }


def test_repeating_a_publication_changes_no_byte(ws: Workspace) -> None:
    record_published(ws, "embedded", A)
    record_published(ws, "embedded", B)
    before = (ws.root / "publication.json").read_bytes()
    record_published(ws, "embedded", B)
    assert (ws.root / "publication.json").read_bytes() == before


def test_a_rollback_is_remembered_per_store(ws: Workspace) -> None:
    for run in (A, B):
        record_published(ws, "embedded", run)
    record_published(ws, "neo4j", B)
    state = record_rollback(ws, "embedded", rolled_back=B, published=A)
    assert state == Publication(published=A, rolled_back=(B,))
    assert is_rolled_back(ws, "embedded", B)
    assert not is_rolled_back(ws, "embedded", A)
    assert not is_rolled_back(ws, "neo4j", B)
    assert record_rollback(ws, "embedded", rolled_back=B, published=A) == state


def test_publishing_by_hand_forgives(ws: Workspace) -> None:
    for run in (A, B):
        record_published(ws, "embedded", run)
    record_rollback(ws, "embedded", rolled_back=B, published=A)
    assert record_published(ws, "embedded", C) == Publication(
        published=C, previous=A, rolled_back=(B,)
    )
    assert is_rolled_back(ws, "embedded", B)
    assert record_published(ws, "embedded", B) == Publication(published=B, previous=C)
    assert not is_rolled_back(ws, "embedded", B)


def test_protected_are_the_served_and_those_before(ws: Workspace) -> None:
    record_published(ws, "embedded", A)
    record_published(ws, "neo4j", B)
    record_published(ws, "neo4j", C)
    assert protected_runs(ws) == {A, B, C}
    record_rollback(ws, "neo4j", rolled_back=C, published=B)
    assert protected_runs(ws) == {A, B}


def test_the_file_is_readable(ws: Workspace) -> None:
    record_published(ws, "embedded", A)
    assert json.loads((ws.root / "publication.json").read_text()) == {
        "embedded": {"published": A, "previous": "", "rolled_back": [], "accepted": {}}
    }


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"embedded": 3}', b'{"embedded": {"published": 1}}', b"\xff"]
)
def test_a_broken_file(ws: Workspace, content: bytes) -> None:
    (ws.root / "publication.json").write_bytes(content)
    for use in (
        lambda: read_publication(ws),
        lambda: is_rolled_back(ws, "embedded", A),
        lambda: record_published(ws, "embedded", A),
    ):
        with pytest.raises(ConfigurationError, match=r"publication\.json cannot be read"):
            use()
    assert (ws.root / "publication.json").read_bytes() == content


def test_a_full_disk_leaves_the_old_state(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    record_published(ws, "embedded", A)

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(CannotWriteError, match="No space left"):
        record_published(ws, "embedded", B)
    monkeypatch.undo()
    assert read_publication(ws) == {"embedded": Publication(published=A)}
    assert [p.name for p in ws.root.iterdir()] == ["publication.json"]

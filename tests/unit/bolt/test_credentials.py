"""Where a password comes from, and what is said when it does not."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING

import pytest

from graphengine.bolt import Address, password_of
from graphengine.errors import ConfigurationError, GraphengineError, NotPermittedError

if TYPE_CHECKING:
    from pathlib import Path

WHERE = Address("bolt://db:7687", "ann", "neo4j")
SECRET = " correct horse "


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)


def _password(**environment: str) -> str:
    return password_of(WHERE, "DB", environment=environment)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_from_the_environment_or_a_file(tmp_path: Path, end: str) -> None:
    file = tmp_path / "secret"
    file.write_bytes(f"{SECRET}{end}".encode())
    assert _password(DB=SECRET) == SECRET
    assert _password(DB_FILE=str(file)) == SECRET


def test_both_is_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Unset one") as said:
        _password(DB=SECRET, DB_FILE=str(tmp_path / "secret"))
    assert SECRET not in str(said.value)


def test_nowhere_names_both_variables() -> None:
    with pytest.raises(ConfigurationError, match=r'"ann".*Export DB.*DB_FILE'):
        _password()


@pytest.mark.parametrize("text", [b"", b"\n", b"one\ntwo\n", b"\xff\xfe", b"x" * 5000])
def test_a_file_without_one_line_of_text(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "secret"
    file.write_bytes(text)
    with pytest.raises(ConfigurationError) as said:
        _password(DB_FILE=str(file))
    assert "two" not in str(said.value)
    assert "xxx" not in str(said.value)
    assert said.value.__cause__ is None


def test_a_file_that_is_not_there_or_is_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(ConfigurationError, match="DB_FILE"):
            _password(DB_FILE=str(path))


def test_a_file_that_anybody_may_write(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET, "utf-8")
    file.chmod(0o666)
    with pytest.raises(NotPermittedError, match="chmod 600"):
        _password(DB_FILE=str(file))


class Keyring(types.ModuleType):
    """Stands in for the library."""

    def __init__(self, kept: dict[tuple[str, str], str], *, locked: bool = False) -> None:
        super().__init__("keyring")
        self.kept, self.locked = kept, locked
        self.errors = types.ModuleType("keyring.errors")
        error = type("KeyringError", (Exception,), {})
        self.errors.KeyringError = error  # type: ignore[attr-defined]
        self.errors.NoKeyringError = type("NoKeyringError", (error,), {})  # type: ignore[attr-defined]

    def get_password(self, service: str, name: str) -> str | None:
        """The password, unless the keyring is locked."""
        if self.locked:
            raise self.errors.KeyringError(SECRET)
        return self.kept.get((service, name))


def _install(monkeypatch: pytest.MonkeyPatch, keyring: Keyring) -> None:
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", keyring.errors)


def test_from_the_keyring_last(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, Keyring({("graphengine", "ann@bolt://db:7687"): SECRET}))
    assert _password() == SECRET
    assert _password(DB="another") == "another"


def test_a_keyring_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, Keyring({}))
    with pytest.raises(ConfigurationError):
        _password()


def test_a_locked_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, Keyring({}, locked=True))
    with pytest.raises(NotPermittedError, match="does not open") as said:
        _password()
    assert SECRET not in str(said.value)
    assert isinstance(said.value, GraphengineError)
    assert said.value.__cause__ is None

"""What the driver raises, in our words."""

from __future__ import annotations

import pytest
from neo4j import exceptions as bolt

from graphengine.bolt.faults import Address, StandsInTheWayError, TooLargeError, named, naming
from graphengine.errors import (
    BusyError,
    CannotWriteError,
    ConfigurationError,
    GraphengineError,
    InputError,
    NotPermittedError,
    StoreUnavailableError,
)

WHERE = Address("bolt://db:7687", "ann", "neo4j")

BY_CODE = {
    "Neo.ClientError.Security.Unauthorized": NotPermittedError,
    "Neo.ClientError.Security.AuthenticationRateLimit": NotPermittedError,
    "Neo.ClientError.Security.Forbidden": NotPermittedError,
    "Neo.ClientError.Statement.AccessMode": NotPermittedError,
    "Neo.ClientError.Statement.SyntaxError": InputError,
    "Neo.ClientError.Statement.ArithmeticError": InputError,
    "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration": BusyError,
    "Neo.ClientError.Database.DatabaseNotFound": ConfigurationError,
    "Neo.ClientError.Schema.IndexAlreadyExists": ConfigurationError,
    "Neo.DatabaseError.Schema.ConstraintCreationFailed": ConfigurationError,
    "Neo.ClientError.Schema.ConstraintValidationFailed": StandsInTheWayError,
    "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase": NotPermittedError,
    "Neo.DatabaseError.Transaction.TransactionCommitFailed": CannotWriteError,
    "Neo.TransientError.General.DatabaseUnavailable": StoreUnavailableError,
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError": TooLargeError,
    "Neo.TransientError.Transaction.DeadlockDetected": BusyError,
    "Neo.DatabaseError.Statement.ExecutionFailed": GraphengineError,
}


def _server_says(code: str, text: str) -> bolt.Neo4jError:
    return bolt.Neo4jError._hydrate_neo4j(code=code, message=text)


@pytest.mark.parametrize(("code", "kind"), BY_CODE.items())
def test_a_code_has_its_error(code: str, kind: type[GraphengineError]) -> None:
    error = named(_server_says(code, "first {line}\nsecond line"), WHERE, timeout_s=3)
    assert type(error) is kind
    assert "second line" not in str(error)
    if kind is InputError:
        assert "first {line}" in str(error)


def test_a_time_limit_names_the_option() -> None:
    code = "Neo.ClientError.Transaction.TransactionTimedOut"
    assert "after 0.5 s" in str(named(_server_says(code, "x"), WHERE, timeout_s=0.5))
    assert "--timeout" in str(named(_server_says(code, "x"), WHERE, timeout_s=0.5))
    assert "too long" in str(named(_server_says(code, "x"), WHERE))


@pytest.mark.parametrize("kind", [bolt.ServiceUnavailable, bolt.SessionExpired])
def test_a_lost_server_is_unavailable(kind: type[bolt.DriverError]) -> None:
    with (
        pytest.raises(StoreUnavailableError, match=r"bolt://db:7687 does not answer \(gone\)"),
        naming(WHERE),
    ):
        raise kind("gone\nmore")


def test_our_own_errors_pass_as_they_are() -> None:
    with pytest.raises(InputError, match=r"^mine$"), naming(WHERE):
        raise InputError("mine")

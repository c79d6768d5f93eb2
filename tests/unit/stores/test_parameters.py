"""Parameters are checked before either engine sees them."""

from __future__ import annotations

import pytest

from graphengine.errors import UsageError
from graphengine.stores.parameters import given_parameters


def test_only_named_parameters_are_sent() -> None:
    text = "MATCH (a {key: $who}) RETURN '$text' AS t, $`odd name` AS o // $note"
    assert given_parameters(text, {"who": 1, "odd name": [1.5], "more": 2}) == {
        "who": 1, "odd name": [1.5],
    }  # fmt: skip


@pytest.mark.parametrize("value", [2**63, object(), b"x", [{"a": {1}}]])
def test_values_that_cannot_be_sent_are_the_askers_mistake(value: object) -> None:
    with pytest.raises(UsageError, match=r"\$n"):
        given_parameters("RETURN $n AS n", {"n": value})


def test_what_is_not_given_is_asked_for() -> None:
    with pytest.raises(UsageError, match=r"\$a, \$b.*--param a=… --param b=…"):
        given_parameters("RETURN $a AS a, $b AS b, $c AS c", {"c": 1})

"""Names that stand in Cypher text: the one place where a name from outside becomes part of it."""

from __future__ import annotations

import unicodedata

from graphengine.errors import ConfigurationError

__all__ = ["quoted"]

_LONGEST = 200  # characters; labels and properties of people are far shorter


def quoted(name: str, *, what: str) -> str:
    r"""``name`` between backticks; ``what`` says in the message which setting it came from.

    A backtick inside is doubled. Refused are the empty name, one of more than 200 characters, one
    with control, format or unassigned characters, and one with a backslash: Cypher reads \u0060 as
    a backtick before it reads anything else.

    Raises:
        ConfigurationError: the name is none that a label, type or property should have.

    >>> quoted("Twitter user", what="label"), quoted("a`b", what="label")
    ('`Twitter user`', '`a``b`')
    >>> quoted("a\\u0060) DETACH DELETE n //", what="publish.pinned.label")
    Traceback (most recent call last):
        ...
    graphengine.errors.ConfigurationError: publish.pinned.label: 'a\\u0060) DETACH DELETE n //' ...
    """
    strange = any(c == "\\" or unicodedata.category(c)[0] == "C" for c in name)
    if not name.strip() or len(name) > _LONGEST or strange:
        raise ConfigurationError(
            f"{what}: {name[:80]!r} is no name for a label, a relationship type or a property. "
            f"1 to {_LONGEST} characters are needed, without control characters and backslashes. "
            "Correct it in the job file, or give it another name in the database."
        )
    return f"`{name.replace('`', '``')}`"

"""The clause guard: a statement is known to be read-only before it is sent to either engine.

Neither engine's read-only mode is a sandbox (LOAD CSV and LOAD FROM read files, COPY TO writes
them, CALL changes settings), so nothing passes that is not known. The statement is cut into
tokens; a walk over them always knows whether a clause, a value or the continuation of a value must
come next. Where a clause can begin, only the words of ``CLAUSES`` pass, whatever an engine may
invent; where a function is called, only the names of ``FUNCTIONS``.
"""

from __future__ import annotations

from .clauses import CLAUSES, FUNCTIONS, Walk
from .tokens import check_characters, cut

__all__ = ["CLAUSES", "FUNCTIONS", "check_read_only"]


def check_read_only(statement: str) -> str:
    r"""The statement to send: comments blanked, a last semicolon gone, all else as it was.

    Send what this returns, not what was given: the engines disagree on where some comments end.
    Positions in an engine's own messages still fit the given text.

    Raises:
        NotPermittedError: naming the word and its line and column, unless the statement is one
            read-only statement of the clauses in ``CLAUSES``.

    >>> check_read_only("MATCH (a) RETURN a.key AS account /* all */ LIMIT 3;")
    'MATCH (a) RETURN a.key AS account           LIMIT 3'
    >>> check_read_only("MATCH (a) SET a.name = 'x'")
    Traceback (most recent call last):
    graphengine.errors.NotPermittedError: SET at line 1, column 11 is not allowed: ...
    """
    check_characters(statement)
    tokens, text = cut(statement)
    Walk(statement, tokens).run()
    return text.rstrip().removesuffix(";").rstrip()

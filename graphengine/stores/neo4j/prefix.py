"""Labels and types of ours with a prefix, for a database that has an :Account or a :Run of its own.

All that graphengine sends of its own accord goes through a `PrefixedLink`, which rewrites the
statements on their way: the only place that knows of the prefix, the rules' names apart.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from graphengine.bolt import Link
from graphengine.model import BOOKKEEPING, NODES, RELATIONSHIPS
from graphengine.stores.guard.tokens import Token, cut

if TYPE_CHECKING:
    from collections.abc import Callable

    import neo4j

__all__ = ["PrefixedLink", "prefix_of", "prefixed", "with_prefix"]

T = TypeVar("T")

_OURS = frozenset(n.label for n in (*NODES, *BOOKKEEPING)) | {r.type for r in RELATIONSHIPS}
_TYPE_OF = ("type", "(", None, ")")  # None: any word


@dataclass(frozen=True)
class PrefixedLink(Link):
    """A link that puts ``prefix`` before every label and type of ours in what it sends."""

    prefix: str = ""

    def rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        """See Link."""
        return super().rows(prefixed(statement, self.prefix), **parameters)

    def write(self, work: Callable[[neo4j.Transaction], T]) -> T:
        """See Link."""

        def rewriting(tx: neo4j.Transaction) -> T:
            return work(cast("neo4j.Transaction", _Rewriting(tx, self.prefix)))

        return super().write(rewriting)


@dataclass(frozen=True, slots=True)
class _Rewriting:
    """A transaction as those who write use it: they send statements, and nothing else."""

    tx: neo4j.Transaction
    prefix: str

    def run(
        self, query: str, parameters: dict[str, Any] | None = None, **more: Any
    ) -> neo4j.Result:
        return self.tx.run(prefixed(query, self.prefix), parameters, **more)


def with_prefix(link: Link, prefix: str) -> Link:
    """``link``, or the same connection with ``prefix`` where there is one."""
    if not prefix:
        return link
    return PrefixedLink(**{f.name: getattr(link, f.name) for f in fields(link)}, prefix=prefix)


def prefix_of(link: Link) -> str:
    """What ``link`` puts before labels and types; "" for nothing."""
    return link.prefix if isinstance(link, PrefixedLink) else ""


@lru_cache(maxsize=1024)
def prefixed(text: str, prefix: str) -> str:
    """``text`` with ``prefix`` before the labels and types of the model, and nothing else changed.

    A name counts where it follows ``:`` or ``|``, outside of texts, comments and `quoted names`.
    ``type(r)`` gives the type without the prefix, so that a query compares and returns the
    model's words.

    >>> prefixed("MATCH (a:Account)-[r:LIKED|SAW]->(:User) RETURN 'x:Run', type(r)", "GE_")
    "MATCH (a:GE_Account)-[r:GE_LIKED|GE_SAW]->(:User) RETURN 'x:Run', substring(type(r), 3)"
    """
    if not prefix:
        return text
    tokens, _ = cut(text)
    done, parts = 0, []
    for begin, end, new in _changes(tokens, prefix):
        parts += [text[done:begin], new]
        done = end
    return "".join([*parts, text[done:]])


def _changes(tokens: list[Token], prefix: str) -> list[tuple[int, int, str]]:
    """Begin, end and new text of what is rewritten, in order."""
    found = []
    for i, token in enumerate(tokens):
        before = tokens[i - 1].text if i else ""
        if token.kind == "word" and token.text in _OURS and before in (":", "|"):
            found.append((token.at, token.at, prefix))
        elif _is_type_of(tokens[i : i + 4]) and before != ".":
            end = tokens[i + 3].at + 1
            call = f"substring(type({tokens[i + 2].text}), {len(prefix)})"
            found.append((token.at, end, call))
    return found


def _is_type_of(four: list[Token]) -> bool:
    if len(four) < 4 or four[2].kind != "word":
        return False
    texts = (four[0].text.lower(), *(token.text for token in four[1:]))
    return all(want in (None, text) for want, text in zip(_TYPE_OF, texts, strict=True))

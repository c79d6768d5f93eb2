"""A topic as people name it: by its key, its slug, its name, or what has that slug."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphengine.errors import InputError, did_you_mean
from graphengine.model import NO_TOPIC, OVERALL, slug

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["named_topic"]


def named_topic(
    topics: Iterable[tuple[str, str, str]], text: str, *, job: str
) -> tuple[str, str, str]:
    """Key, slug and name of the one of ``topics`` (each of these three) that ``text`` names.

    Raises:
        InputError: none is called so; the message names the nearest one and lists them.

    >>> named_topic([("mail/a-b", "a-b", "A & B")], "a b", job="mail")[0]
    'mail/a-b'
    """
    known = list(topics)
    for topic in known:
        if text in topic or slug(text) == topic[1]:
            return topic
    slugs = [short for _, short, _ in known]
    listed = [short for short in slugs if short not in (OVERALL, NO_TOPIC)]
    raise InputError(
        f'There is no topic "{text}" in the job "{job}".{did_you_mean(text, slugs)} '
        f"Topics: {', '.join([*listed, OVERALL])}."
    )

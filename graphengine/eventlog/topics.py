"""The topics of a log: the sources' own words, each with its slug and its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from graphengine.errors import ConfigurationError
from graphengine.model import NO_TOPIC, OVERALL, slug, topic_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graphengine.eventlog.log import EventLog

__all__ = ["topic_table", "topics_of"]

_SCHEMA = {"key": pl.String(), "slug": pl.String(), "name": pl.String(), "scheme": pl.String()}


def topics_of(log: EventLog, scheme: str) -> pl.DataFrame:
    """[key, slug, name, scheme] of every topic that the log ever named, and of none and overall.

    Raises:
        ConfigurationError: two words that cannot be told apart, or one that is reserved.
    """
    words = {word for batch in log.batches() for word in batch.topics_touched if word}
    return topic_table(words, scheme)


def topic_table(words: Iterable[str], scheme: str) -> pl.DataFrame:
    """[key, slug, name, scheme] of these words and of the reserved none and overall, by key.

    Raises:
        ConfigurationError: two words with one slug, a reserved one, or one without a letter.

    >>> topic_table({"Calif_enron"}, "mail")["key"].to_list()
    ['mail/calif-enron', 'mail/none', 'mail/overall']
    """
    slugs = {NO_TOPIC: NO_TOPIC, OVERALL: OVERALL}
    for word in sorted(words):
        short = slug(word)
        if short in (NO_TOPIC, OVERALL, ""):
            _refuse_reserved(word, short)
        if short in slugs:
            raise ConfigurationError(
                f"The topics {slugs[short]!r} and {word!r} would both be {short!r} in a topic's "
                f"key. Every topic needs a name of its own in small letters, digits and hyphens. "
                f"Write one word for both in the source, or list one under `no_topic`."
            )
        slugs[short] = word
    rows = [(topic_key(scheme, short), short, word, scheme) for short, word in slugs.items()]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row").sort("key")


def _refuse_reserved(word: str, short: str) -> None:
    if short:
        raise ConfigurationError(
            f"The topic {word!r} would be {short!r} in a topic's key, like the engine's own topic "
            f"{short!r}. That name is taken: {NO_TOPIC!r} holds events without a topic, "
            f"{OVERALL!r} all events. Rename it in the source, or list {word!r} under `no_topic`."
        )
    raise ConfigurationError(
        f"The topic {word!r} has no letter and no digit. A topic's key needs one. "
        f"Rename it in the source, or list {word!r} under `no_topic`."
    )

"""What the log knows of each topic up to a moment, as the score takes it: events, posts, credit.

The events are those of the topic's graph: the strongest of each act, weighed by kind and by share.
An original post has no parent and is no repost, quote, reply or comment in any interaction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.eventlog.topics import topics_of
from graphengine.graph.endorsements import (
    exposure_as_interactions,
    influence_events,
    topic_events,
    weighted,
)
from graphengine.graph.plans import exposure_kinds
from graphengine.model import NO_TOPIC, OVERALL, POST_LINK_TYPES, topic_key
from graphengine.pipeline.told import told
from graphengine.scoring.model import load_model
from graphengine.scoring.parts import Evidence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from graphengine.eventlog import EventLog
    from graphengine.eventlog.view import View
    from graphengine.job import Job
    from graphengine.pipeline.told import Told
    from graphengine.scoring.model import ScoreModel

__all__ = ["bare_evidence", "evidence_of", "model_of", "topic_evidence"]

_WORDS = {"topic": pl.String, "word": pl.String}
_EVENT = (
    "event_id", "actor", "target", "at", "weight", "kind", "post", "parent", "original", "cascade",
)  # fmt: skip


def model_of(job: Job) -> ScoreModel:
    """The bundled model with the job's κ, α, damping, and half-life of every part but R.

    The ladder of half-lives of R is the model's own.
    """
    model, method = load_model(), job.method
    days = np.inf if method.half_life_days is None else method.half_life_days
    weights = {
        key if key.name == "R" else key._replace(half_life=days): beta
        for key, beta in model.weights.items()
    }
    passing = replace(model.passing, alpha=method.alpha, kappa=method.kappa, damping=method.damping)
    return replace(model, weights=weights, passing=passing)


def topic_evidence(
    log: EventLog,
    *,
    job: Job,
    as_of: int | None,
    keys: Collection[str] | None = None,
    view: View | None = None,
    known: Told | None = None,
) -> dict[str, Evidence]:
    """The evidence of each topic of ``keys`` (None: all with events, and overall) up to ``as_of``.

    events [event_id, actor, target, at, weight, kind, post, parent, original, cascade], the last
    the root of the tree that the event's post is in; posts [account, at, post]; credit [account,
    at, amount]: faded already at the job's half-life, so without a time.
    ``view``: the log as it stood at some batch. ``known``: what was read of it already.
    """
    # what explains one person alone needs no cascade, and not the half second of its libraries
    from graphengine.pipeline.cascades import (
        faded_credit,
        links_of,
        roots_of,
        topic_forests,
    )

    if known is None:
        known = told(log, as_of=as_of, view=view)
    elif as_of is not None:
        known = known.until(as_of)
    words, wanted = _asked(log, job=job, keys=keys)
    links = links_of(known.posts, known.interactions, as_of=as_of)
    forests = dict(topic_forests(links, job=job, keys=wanted))
    credit = {
        key: faded_credit(forest, links, job=job, as_of=as_of)
        for key, forest in forests.items()
        if key in wanted
    }
    roots = roots_of(forests[topic_key(job.topic_scheme, OVERALL)])
    found = evidence_of(known, job=job, words=words, credit=credit, roots=roots, keys=wanted)
    return _with_events(found)


def bare_evidence(
    log: EventLog, known: Told, *, job: Job, keys: Collection[str] | None = None
) -> dict[str, Evidence]:
    """The evidence of ``topic_evidence`` without what trees say: no credit, no event's cascade."""
    words, wanted = _asked(log, job=job, keys=keys)
    roots = pl.DataFrame(schema={"post": pl.String, "cascade": pl.String})
    found = evidence_of(known, job=job, words=words, credit={}, roots=roots, keys=wanted)
    return _with_events(found)


def _asked(
    log: EventLog, *, job: Job, keys: Collection[str] | None
) -> tuple[dict[str, str], set[str]]:
    """The names of all topics by key, and the keys that are asked for (None: all)."""
    words = dict(topics_of(log, job.topic_scheme).select("key", "name").iter_rows())
    return words, set(words) if keys is None else set(keys)


def _with_events(found: Iterable[tuple[str, Evidence]]) -> dict[str, Evidence]:
    return {key: evidence for key, evidence in found if evidence.events.height}


def evidence_of(
    known: Told,
    *,
    job: Job,
    words: Mapping[str, str],
    credit: Mapping[str, pl.DataFrame],
    roots: pl.DataFrame,
    keys: Collection[str] | None = None,
) -> Iterator[tuple[str, Evidence]]:
    """Topic and evidence, one after the other; ``words`` maps topic keys to the source's words.

    All topics must be in ``words``: an event of k of them weighs 1/k in each. ``keys``: those that
    are asked for (None: all). ``credit`` [account, amount] by topic key; a topic without is one
    without posts. ``roots`` [post, cascade] of all posts.
    """
    none, overall = (topic_key(job.topic_scheme, name) for name in (NO_TOPIC, OVERALL))
    asked = sorted(key for key in words if key != none and (keys is None or key in keys))
    told_of = known if overall in asked else _about(known, [words[key] for key in asked])
    events = _with_parents(told_of).join(roots, on="post", how="left", maintain_order="left")
    originals = _originals(known)
    shared = _shared(events, words, job=job) if asked != [overall] else pl.DataFrame()
    for key in asked:
        if key == overall:
            counted, posts = _counted(events, known, job=job), originals
        else:
            counted = shared.filter(pl.col("topic") == key)
            posts = originals.filter(pl.col("topics").list.contains(words[key]))
        yield key, _evidence(counted, posts, credit.get(key))


def _about(known: Told, words: Iterable[str]) -> Told:
    """Of the interactions those with any of the topics."""
    named = pl.any_horizontal(
        pl.lit(value=False), *(pl.col("topics").list.contains(word) for word in words)
    )
    return replace(known, interactions=known.interactions.filter(named))


def _shared(events: pl.DataFrame, words: Mapping[str, str], *, job: Job) -> pl.DataFrame:
    """The events that count in each topic, weighed by their share."""
    topics = pl.DataFrame(
        {"topic": list(words), "word": list(words.values())}, schema=_WORDS
    ).filter(~pl.col("topic").is_in([topic_key(job.topic_scheme, w) for w in (NO_TOPIC, OVERALL)]))
    weighed = weighted(
        events, weights=job.method.weights, endorsements=set(job.method.endorsements)
    )
    return topic_events(weighed, topics).with_columns(pl.col("weight") * pl.col("share"))


def _counted(events: pl.DataFrame, known: Told, *, job: Job) -> pl.DataFrame:
    """The events that count in overall."""
    if exposure_kinds(job):
        follows = exposure_as_interactions(known.exposure)
        events = pl.concat([events, follows], how="diagonal")
    return influence_events(
        events, weights=job.method.weights, endorsements=set(job.method.endorsements)
    )


def _evidence(counted: pl.DataFrame, posts: pl.DataFrame, credit: pl.DataFrame | None) -> Evidence:
    others = counted.filter(pl.col("actor") != pl.col("target"))
    flag = (pl.col("author") == pl.col("target")).fill_null(value=False)
    events = others.join(
        posts.select(pl.col("post").alias("parent"), "author").unique("parent"),
        on="parent", how="left", maintain_order="left",
    ).with_columns(flag.alias("original"))  # fmt: skip
    return Evidence(
        events.select(_EVENT),
        posts=posts.select(pl.col("author").alias("account"), "at", "post"),
        credit=None if credit is None else credit.with_columns(at=pl.lit(None, pl.Int64)),
    )


def _with_parents(known: Told) -> pl.DataFrame:
    """The interactions; where one names no parent, the earliest that its post names."""
    named = known.posts.filter(pl.col("parent").is_not_null()).sort("at", "parent", nulls_last=True)
    first = named.unique("post", keep="first", maintain_order=True)
    joined = known.interactions.join(
        first.select("post", pl.col("parent").alias("_parent")),
        on="post", how="left", maintain_order="left",
    )  # fmt: skip
    return joined.with_columns(pl.coalesce("parent", "_parent").alias("parent")).drop("_parent")


def _originals(known: Told) -> pl.DataFrame:
    """[post, author, at, topics] of every original post whose author is known, once each."""
    told_as = known.interactions.filter(
        pl.col("post").is_not_null() & pl.col("kind").is_in(list(POST_LINK_TYPES))
    )
    answers = pl.concat(
        [known.posts.filter(pl.col("parent").is_not_null())["post"], told_as["post"]]
    ).unique()
    return (
        known.posts.filter(
            pl.col("kind").fill_null("post") == "post", pl.col("author").is_not_null()
        )
        .join(answers.to_frame("post"), on="post", how="anti")
        .sort("at", "author", nulls_last=True)
        .unique("post", keep="first", maintain_order=True)
        .select("post", "author", "at", "topics")
    )

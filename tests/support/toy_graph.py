"""A graph small enough to check by hand: twelve people, three topics, two runs, three cascades."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from graphengine.model import slug
from graphengine.stores.ports import GraphTables, RunScores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.stores.ports import Publisher

__all__ = ["JOB", "PREVIOUS", "PUBLISHED", "ToyGraph", "publish_toy", "toy_run", "toy_tables"]

JOB = "toy"
PREVIOUS = "2026-01-01-000000000001"
PUBLISHED = "2026-01-02-000000000002"

_PEOPLE = "ada ben cleo dan eve finn gus hana ivo jun kim lou"  # lou has no handle
_TOPICS = ("Storms", "Elections", "Music", "None", "Overall")

# type, event, actor, target, topics joined by +, time, post
_EVENTS = """
RETWEETED e01 ben  ada  storms           100   p2
RETWEETED e02 cleo ada  storms           110   p5
QUOTED    e03 dan  ada  storms+elections 120   p3
REPLIED   e04 eve  ada  storms           130   p4
LIKED     e05 ben  ada  storms           140   -
MENTIONED e06 ada  ben  storms           150   -
LIKED     e07 finn ben  elections        160   -
REPLIED   e08 gus  ben  elections        170   -
RETWEETED e09 cleo ben  elections        180   p7
MENTIONED e10 hana hana none             190   -
MESSAGED  e11 ivo  jun  none             -     -
RETWEETED e12 finn cleo music            200   -
RETWEETED e13 gus  cleo music            210   -
RETWEETED e14 eve  cleo music            220   -
COMMENTED e15 jun  dan  elections        230   -
CLICKED   e16 kim  dan  elections        240   -
RETWEETED e17 ada  ada  storms           250   p9
ENDORSED  e18 lou  eve  music            86500 -
"""

# post, author, time, root, depth, link and parent
_POSTS = """
p1 ada  90  p1 0 - -
p2 ben  100 p1 1 RESHARE_OF p1
p3 dan  120 p1 2 RESHARE_OF p2
p4 eve  130 p1 3 REPLY_TO   p3
p5 cleo 110 p1 1 RESHARE_OF p1
p6 ben  95  p6 0 - -
p7 cleo 180 p6 1 RESHARE_OF p6
p8 ada  245 p8 0 - -
p9 ada  250 p8 1 RESHARE_OF p8
"""

_EXPOSURE = """
FOLLOWED ben  ada  10
FOLLOWED cleo ada  11
FOLLOWED hana ada  12
FOLLOWED ivo  ada  -
FOLLOWED kim  ada  14
FOLLOWED finn ben  15
FOLLOWED ada  ben  16
SAW      jun  ada  99
SAW      hana ada  98
"""

# topic: person/rank/score/endorsers ...
_SCORES = {
    PREVIOUS: """
storms    ada/1/60/4 ben/2/30/3 cleo/3/20/3 dan/4/10/3
elections ben/1/50/3 dan/2/25.5/3 ada/3/12/3
music     cleo/1/40/3
overall   ada/1/62/4 cleo/2/41/3 ben/3/40/3 dan/4/20/3
""",
    PUBLISHED: """
storms    ada/1/64/4 cleo/2/32/3 ben/3/30/3 eve/4/8/3
elections ben/1/55/3 dan/2/25.5/3 ada/3/12/3
music     cleo/1/44/3 eve/2/11/3
overall   ada/1/66/4 ben/2/45/3 cleo/3/43/3 dan/4/21/3 eve/5/9/3
""",
}
# of the published run: topic, person, cascades, median size, passed on, reach, low, high
_FIGURES = """
storms    ada  2 3.5 4 6.5  5.0 8.0
storms    eve  1 1.0 0 7.25 6.0 8.5
storms    cleo 1 2.0 1 -    -   -
elections dan  0 -   0 1.5  1.0 2.0
"""
# topic, person, interval of the score, of the rank, rank group, events received, sub-scores
_INTERVALS = {
    PREVIOUS: """
storms    ada  55   65 1 1 1 5 3.5  0.5  4.25
storms    ben  24   36 2 3 2 2 2.0  0.25 2.5
storms    cleo 15   25 2 4 2 2 1.5  0.0  2.25
overall   ben  38.5 44 2 3 2 5 3.0  0.5  3.5
""",
    PUBLISHED: """
storms    ada  61   67 1 1 1 6 3.75 1.25 4.5
storms    cleo 26   38 2 3 2 3 2.25 0.0  3.5
storms    ben  24   37 2 3 2 2 2.0  0.25 2.5
storms    eve  -    -  - - - 1 0.5  0.0  1.25
elections dan  20.5 30 2 3 2 3 1.5  0.0  2.0
overall   ben  44.5 46 2 2 2 7 3.25 0.5  3.75
overall   cleo 40   44 3 3 3 6 3.0  0.25 3.25
""",
}
# of the published run: topic, person, place, endorser, part, events, points
_REASONS = """
storms    ada 1 cleo 0.5   1 2.5
storms    ada 2 ben  0.25  2 1.5
storms    ada 3 dan  0.125 1 -
elections ben 1 finn 0.5   1 8
"""
# of the published run: topic, place, person, gain
_SEEDS = """
storms 1 eve 7.25
storms 2 ada 4.5
storms 3 lou 0.25
music  1 gus 2.0
"""
_UNRATED = {
    PREVIOUS: "storms eve/1 music eve/1",
    PUBLISHED: "storms dan/2 storms jun/1 elections cleo/2 music finn/1 overall jun/1",
}


class ToyGraph:
    """The toy as a GraphSource: one batch."""

    @property
    def last_batch(self) -> int:
        return 1

    def identity(self, batch: int) -> str:
        """The name that stands for every state of this graph."""
        return f"toy {batch}"

    def since(self, batch: int, *, upto: int | None = None) -> Iterator[GraphTables]:
        if batch < 1 and upto != 0:
            yield toy_tables()


def publish_toy(store: Publisher) -> None:
    """The toy's two runs in an empty store, one after the other."""
    store.publish(toy_run(PREVIOUS), ToyGraph(), previous=None, keep=2)
    store.publish(toy_run(PUBLISHED), ToyGraph(), previous=toy_run(PREVIOUS), keep=2)


def toy_tables() -> GraphTables:
    """All elements of the toy graph."""
    posts, exposure = _lines(_POSTS), _lines(_EXPOSURE)
    return GraphTables(
        batch=1,
        accounts=_accounts(),
        topics=pl.DataFrame(
            [(_topic(slug(name)), slug(name), name, JOB) for name in _TOPICS],
            schema=["key", "slug", "name", "scheme"],
            orient="row",
        ),
        posts=_frame(
            [(_post(p), JOB, int(at), _post(root), int(depth)) for p, _, at, root, depth, *_ in posts],
            key=pl.String, network=pl.String, at=pl.Int64, root=pl.String, depth=pl.Int64,
        ),
        interactions=_interactions(),
        outdated=_frame([], type=pl.String, event_id=pl.String),
        exposure=_frame(
            [(kind, _account(a), _account(b), _at(at)) for kind, a, b, at in exposure],
            type=pl.String, actor=pl.String, target=pl.String, at=pl.Int64,
        ),
        posted=_frame(
            [(_account(author), _post(p), int(at)) for p, author, at, *_ in posts],
            account=pl.String, post=pl.String, at=pl.Int64,
        ),
        post_links=_frame(
            [
                (link, _post(p), _post(parent), int(at))
                for p, _, at, _, _, link, parent in posts
                if link != "-"
            ],
            type=pl.String, child=pl.String, parent=pl.String, at=pl.Int64,
        ),
        about=_frame(
            [
                (_post("p1"), _topic("storms"), 1.0),
                (_post("p3"), _topic("storms"), 0.5),
                (_post("p3"), _topic("elections"), 0.5),
                (_post("p6"), _topic("elections"), 1.0),
            ],
            post=pl.String, topic=pl.String, weight=pl.Float64,
        ),
    )  # fmt: skip


def toy_run(run: str) -> RunScores:
    """The scores of PREVIOUS or PUBLISHED; the percentile of a rank r of n is 100·(1 − (r−1)/n)."""
    scores = []
    for topic, *people in _lines(_SCORES[run]):
        for person in people:
            who, rank, score, endorsers = person.split("/")
            percentile = 100 * (1 - (int(rank) - 1) / len(people))
            base = float(score)
            scores.append((_account(who), _topic(topic), int(rank), base, percentile,
                           int(endorsers), base / 10, base / 1000, base / 20,
                           *_said(_INTERVALS[run], topic, who, 9),
                           *_figures(run, topic, who)))  # fmt: skip
    words = _UNRATED[run].split()
    unrated = [
        (_account(person.split("/")[0]), _topic(topic), int(person.split("/")[1]))
        for topic, person in zip(words[::2], words[1::2], strict=True)
    ]
    properties = {
        "key": run, "job": JOB, "method_version": "m1", "anchors_version": "a1",
        "params_json": "{}", "as_of": 86500, "data_from": 90, "data_to": 86500,
    }  # fmt: skip
    return RunScores(
        job=JOB,
        run=run,
        properties=properties,
        scores=_frame(
            scores,
            account=pl.String, topic=pl.String, rank=pl.Int64, score=pl.Float64, pct=pl.Float64,
            endorsers=pl.Int64, raw=pl.Float64, pagerank=pl.Float64, credit=pl.Float64,
            low=pl.Float64, high=pl.Float64, rank_low=pl.Int64, rank_high=pl.Int64,
            rank_group=pl.Int64, evidence=pl.Int64, reach=pl.Float64, amplification=pl.Float64,
            network=pl.Float64, cascades=pl.Int64, cascade_size=pl.Float64, passed_on=pl.Int64, spread=pl.Float64,
            spread_low=pl.Float64, spread_high=pl.Float64,
        ),
        unrated=_frame(unrated, account=pl.String, topic=pl.String, endorsers=pl.Int64),
        seeds=_seeds() if run == PUBLISHED else None,
        reasons=_reasons() if run == PUBLISHED else None,
    )  # fmt: skip


def _figures(run: str, topic: str, who: str) -> list[float | None]:
    return _said(_FIGURES, topic, who, 6) if run == PUBLISHED else [None] * 6


def _said(text: str, topic: str, who: str, columns: int) -> list[float | None]:
    """What a line of ``text`` says of somebody in a topic; nulls where none does."""
    for of, person, *values in _lines(text):
        if (of, person) == (topic, who):
            return [_number(value) for value in values]
    return [None] * columns


def _number(text: str) -> float | None:
    return None if text == "-" else float(text)


def _reasons() -> pl.DataFrame:
    rows = [
        (_account(who), _topic(topic), int(place), _account(endorser), float(part), int(events),
         _number(points))
        for topic, who, place, endorser, part, events, points in _lines(_REASONS)
    ]  # fmt: skip
    return _frame(
        rows,
        account=pl.String, topic=pl.String, place=pl.Int64, endorser=pl.String, part=pl.Float64,
        events=pl.Int64, points=pl.Float64,
    )  # fmt: skip


def _seeds() -> pl.DataFrame:
    """Three were asked for in each topic; in music a single one was found to add anything."""
    rows = [
        (_topic(topic), int(place), _account(who), float(gain), 3,
         *((0.875, "certified", 12.0, 10.5, 13.5) if topic == "storms" else
           (0.5, "flat", 2.0, 1.5, 2.5)))
        for topic, place, who, gain in _lines(_SEEDS)
    ]  # fmt: skip
    return _frame(
        rows,
        topic=pl.String, place=pl.Int64, account=pl.String, gain=pl.Float64, k=pl.Int64,
        share=pl.Float64, stop=pl.String, spread=pl.Float64, low=pl.Float64, high=pl.Float64,
    )  # fmt: skip


def _accounts() -> pl.DataFrame:
    rows = []
    for i, who in enumerate(_PEOPLE.split(), start=1):
        handle = None if who == "lou" else who.capitalize()
        lowered = None if who == "lou" else who
        rows.append((_account(who), JOB, who, handle, lowered, f"{who.capitalize()} Toy",
                     1000 * i if i < 12 else None, None))  # fmt: skip
    return _frame(
        rows,
        key=pl.String, network=pl.String, uid=pl.String, handle=pl.String, handle_lc=pl.String,
        name=pl.String, followers=pl.Int64, created_at=pl.Int64,
    )  # fmt: skip


def _interactions() -> pl.DataFrame:
    rows = []
    for kind, event, actor, target, topics, at, post in _lines(_EVENTS):
        names = topics.split("+")
        rows += [
            (kind, f"toy:{event}", _account(actor), _account(target), _topic(name),
             1 / len(names), _at(at), 1.0, None if post == "-" else _post(post))
            for name in names
        ]  # fmt: skip
    return _frame(
        rows,
        type=pl.String, event_id=pl.String, actor=pl.String, target=pl.String, topic=pl.String,
        share=pl.Float64, at=pl.Int64, weight=pl.Float64, post=pl.String,
    )  # fmt: skip


def _frame(rows: list[tuple[object, ...]], **schema: type[pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row")


def _lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.strip().splitlines()]


def _account(name: str) -> str:
    return f"toy:{name}"


def _post(name: str) -> str:
    return f"toy:{name}"


def _topic(name: str) -> str:
    return f"{JOB}/{name}"


def _at(text: str) -> int | None:
    return None if text == "-" else int(text)

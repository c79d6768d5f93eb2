"""Records of runs for the page, with everything in them or with little; the same every time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graphengine.report import InputFile, Movement, Quality, RunRecord, TopicRecord
from support.hostile import hostile_names

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "EVIL",
    "SAID",
    "evil_record",
    "full_record",
    "old_record",
    "score_rows",
    "validation_rows",
]

EVIL = (  # names that a page could take for more than names
    "<script>document.title = 'taken'</script>",
    "<script src=http://127.0.0.1:9/x.js></script>",
    '"><img src="http://127.0.0.1:9/x.png" onerror="document.title = 1">',
    "' onmouseover='document.title = 1",
    "</style><style>body{display:none}",
    "</title></head><body><h1>no",
    "</table></section>",
    "<!-- ",
    "]]>",
    "&lt;b&gt;&amp;",
    "<svg onload=console.error(1)>",
    "javascript:alert(1)",
    "<b",
    "line\nend\tand\rtab",
    "nul\x00bell\x07",
    "half \ud800 pair",
    *hostile_names(),
)
_FIGURES = ("low", "high", "rank_low", "rank_high", "rank_group", "evidence", "reach",
            "amplification", "network")  # fmt: skip


SAID = {  # what a run notes down of a topic
    "model": {
        "learned": False, "why_not": "the published weights are asked for", "cut": None, "people": 0,
        "with_outcome": 0, "weights": [["h", 8.0, 0.6], ["R", None, 0.35], ["A", 8.0, 0.05]],
    },
    "intervals": {"draws": 200, "widened": 3, "unknown": 4, "pooled": True, "error": 0.1234},
}  # fmt: skip


def score_rows(topic: str, accounts: Sequence[str], *, seed: int = 7) -> pl.DataFrame:
    """A score table with intervals; each seventh person has none."""
    n, draw = len(accounts), np.random.default_rng(seed)
    score = np.sort(draw.uniform(2.0, 95.0, n))[::-1]
    known = np.arange(n) % 7 != 6
    wide = draw.uniform(0.5, 9.0, n)
    return pl.DataFrame(
        {
            "account": list(accounts),
            "topic": [topic] * n,
            "rank": np.arange(1, n + 1),
            "score": score,
            "pct": 100.0 * (np.arange(n)[::-1] + 0.5) / max(n, 1),
            "endorsers": draw.integers(3, 900, n),
            "raw": np.exp(score / 10.0),
            "pagerank": np.full(n, 1.0 / max(n, 1)),
            "credit": draw.uniform(0.0, 50.0, n),
            "low": np.maximum(score - wide, 1.0),
            "high": np.minimum(score + wide, 100.0),
            "rank_low": np.maximum(np.arange(1, n + 1) - 2, 1),
            "rank_high": np.arange(1, n + 1) + 3,
            "rank_group": np.arange(n) // 3 + 1,
            "evidence": draw.integers(3, 5000, n),
            "reach": draw.uniform(1.0, 500.0, n),
            "amplification": draw.uniform(0.1, 80.0, n),
            "network": draw.uniform(1.0, 900.0, n),
        }
    ).with_columns(pl.when(pl.Series(known)).then(pl.col(name)) for name in _FIGURES[:4])


def validation_rows(topic: str, *, judged: bool = True) -> pl.DataFrame:
    """Three cuts; at each all measures, or the verdict alone."""
    measures = ("score", "in-degree", "PageRank", "log followers")
    rows: list[dict[str, Any]] = []
    for i, cut in enumerate((0.5, 0.7, 0.85)):
        base = {
            "topic": topic, "cut": cut, "at": 1_400_000_000 + i, "people": 900,
            "with_outcome": 300 if judged else 12,
            "verdict": "judged" if judged else "too few to judge",
        }  # fmt: skip
        figures = (
            [(m, f) for m in measures for f in ("spearman", "NDCG@100")]
            if judged
            else [(None, None)]
        )
        for j, (measure, metric) in enumerate(figures):
            value = 0.8 - 0.05 * j if judged else None
            ends = (
                {"low": value - 0.1, "high": value + 0.05} if value else {"low": None, "high": None}
            )
            rows.append({**base, "measure": measure, "metric": metric, "value": value, **ends})
    if judged:
        extra = (("score less in-degree", "spearman", -0.1), ("score", "R² by log followers", 0.31))
        for measure, metric, value in extra:
            ends = {"value": value, "low": value - 0.05, "high": value + 0.05}
            rows.append({**rows[0], "measure": measure, "metric": metric, **ends})
    kinds = {"measure": pl.String, "metric": pl.String, "value": pl.Float64, "low": pl.Float64,
             "high": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema_overrides=kinds)


def _topic(key: str, name: str, accounts: Sequence[str], *, n: int = 20) -> TopicRecord:
    rows = score_rows(key, accounts)
    scores = rows["score"].to_numpy()
    return TopicRecord(
        key=key, name=name, scores=scores, top=rows.head(n), people=10 * len(accounts),
        unrated=len(accounts) // 2, said=SAID, before=np.clip(scores + 3.0, 1.0, 100.0),
    )  # fmt: skip


def _quality(**changes: Any) -> Quality:
    files = (
        InputFile("events", "monday.csv", "interactions", 100, 80, 15, 5, 2, 1),
        InputFile("posts", "posts.jsonl", "posts", 40, 40, 0, 0, 0, 0),
    )
    plain: dict[str, Any] = {
        "files": files, "why": "", "unexplained": 1,
        "reasons": pl.DataFrame({"reason": ["no time", "no actor"], "rows": [3, 1]}),
        "repairs": {"posts": 40, "missing": 7, "cut": 1, "untimed": 0},
        "missing": {"posts": 4, "of": 9, "counted": 1234}, "unknown": ("No exposures known.",),
    }  # fmt: skip
    return Quality(**{**plain, **changes})


def _movement(topic: str, accounts: Sequence[str], *, broken: tuple[str, ...]) -> Movement:
    n = len(accounts)
    movers = pl.DataFrame({
        "topic": [topic] * n, "account": list(accounts), "change": [9.5 - i for i in range(n)],
        "score_before": [40.0] * n, "score": [49.5 - i for i in range(n)],
        "rank_before": [9] * n, "rank": [2] * n, "raw_before": [5.0] * n, "raw": [8.25] * n,
        "sure": [(True, False, None)[i % 3] for i in range(n)],
    })  # fmt: skip
    topics = pl.DataFrame({
        "topic": [topic], "both": [30], "came": [4], "left": [2], "moved": [3],
        "correlation": [0.91234], "churn": [0.07],
    })  # fmt: skip
    return Movement("2026-11-21-0123456789ab", 5.0, ("1", "1"), topics, movers, broken)


def full_record(*, names: Sequence[str] = (), topics: int = 3) -> RunRecord:
    """A run with everything; ``names`` are put wherever the data can put a name."""
    called = list(names) or [f"Person {i}" for i in range(30)]
    accounts = [f"x:{i}" for i in range(len(called))]
    subjects = [called[i % len(called)] if names else f"subject {i}" for i in range(topics)]
    keys = [f"demo/{i}" for i in range(topics)]
    seeds = pl.DataFrame({
        "topic": keys[0], "place": [1, 2], "account": accounts[:2], "gain": [9.0, 4.5], "k": 2,
        "share": 0.71, "stop": "certified", "spread": 13.5, "low": 12.0, "high": 15.0,
    })  # fmt: skip
    return RunRecord(
        run="2026-11-22-89ab01234567", job=called[0],
        facts={"run": "2026-11-22-89ab01234567", "as of": "2026-11-22 23:59:59 UTC"},
        parameters={"method": {"damping": 0.85, "words": called[:5]}, "empty": {}},
        topics=tuple(
            _topic(key, name, accounts, n=20 if place else len(accounts))
            for place, (key, name) in enumerate(zip(keys, subjects, strict=True))
        ),
        quality=_quality(unknown=tuple(called)),
        names=dict(zip(accounts, called, strict=True)),
        movement=_movement(keys[0], accounts[:5], broken=tuple(called[:3])),
        validation=pl.concat([validation_rows(keys[0]), validation_rows(keys[-1], judged=False)]),
        seeds=seeds,
    )  # fmt: skip


def evil_record() -> RunRecord:
    """A run in which every name is one that nobody should have chosen."""
    return full_record(names=EVIL, topics=40)


def old_record() -> RunRecord:
    """A run as they were before there were intervals, validation, and a run before; one topic is empty."""
    full = full_record()
    plain = [
        replace(
            topic, top=topic.top.drop(_FIGURES), before=None, people=None, unrated=None, said={}
        )
        for topic in full.topics[:2]
    ]
    none = plain[0].scores[:0]
    empty = replace(
        plain[1], key="demo/empty", name="nothing", scores=none, top=plain[1].top.clear()
    )
    bare = _quality(
        files=None, why="The log is elsewhere.", reasons=pl.DataFrame(schema={"reason": pl.String, "rows": pl.Int64}),
        unexplained=0, repairs={}, missing=None, unknown=(),
    )  # fmt: skip
    return replace(
        full, topics=(*plain, empty), quality=bare, movement=None, validation=None, seeds=None
    )

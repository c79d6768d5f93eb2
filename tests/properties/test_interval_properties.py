"""Laws of intervals over generated worlds: the score inside, ranks that exist, groups in order."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from graphengine.scoring import load_anchors
from graphengine.scoring.intervals import Sampling, Scoring, score_intervals
from graphengine.scoring.model import load_model
from graphengine.scoring.parts import DAY, Evidence, score_parts

MODEL, NOW = load_model(), int(20 * DAY)
SCORING = Scoring(MODEL, load_anchors(), min_endorsers=1)
HOURS = st.one_of(st.none(), st.integers(0, 20 * 24))
EVENTS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), HOURS, st.sampled_from([0.0, 0.5, 3.0]), st.integers(0, 3)),
    min_size=1, max_size=20,
)  # fmt: skip
SEEN = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), HOURS), max_size=20)


@settings(max_examples=25)
@given(EVENTS, SEEN)
def test_score_and_rank_are_inside_and_groups_go_down(events: list, seen: list) -> None:
    frame = pl.DataFrame(
        [(f"x:{u}", f"x:{v}", None if h is None else h * 3600, w, None if c == 0 else f"c{c}")
         for u, v, h, w, c in events],
        schema={"actor": pl.String, "target": pl.String, "at": pl.Int64, "weight": pl.Float64,
                "cascade": pl.String}, orient="row",
    )  # fmt: skip
    exposure = pl.DataFrame(
        [(f"x:{u}", f"x:{v}", None if h is None else h * 3600) for u, v, h in seen],
        schema={"source": pl.String, "target": pl.String, "since": pl.Int64}, orient="row",
    )  # fmt: skip
    evidence = Evidence(frame.with_columns(original=pl.lit(value=True)))
    parts = score_parts(evidence, as_of=NOW, wanted=MODEL.wanted, passing=MODEL.passing)
    found = score_intervals(
        evidence, parts=parts, scoring=SCORING, as_of=NOW, exposure=exposure,
        sampling=Sampling(draws=16),
    )  # fmt: skip
    scored = parts.endorsers >= 1
    raw = np.exp(MODEL.log_score(parts.values))[scored]
    score = SCORING.anchors.score(pl.Series(raw).round_sig_figs(10).to_numpy())
    low, high = found.table["low"].to_numpy(), found.table["high"].to_numpy()
    assert ((low <= score) & (score <= high)).all()
    assert (found.table["rank_low"] <= found.table["rank_high"]).all()
    order = np.argsort(-score, kind="stable")
    group = found.table["rank_group"].to_numpy()
    if len(group):
        assert group[order][0] == 1
        assert set(group) == set(range(1, group.max() + 1))
        assert found.widened <= len(group)

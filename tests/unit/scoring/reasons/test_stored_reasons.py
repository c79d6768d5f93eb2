"""Reasons of many people at once: within what they state of the exact ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from support.reason_worlds import MODEL, NOW, REACH_ALONE, world

from graphengine.scoring import load_anchors
from graphengine.scoring.parts import Evidence, PartKey, score_parts
from graphengine.scoring.reasons import (
    REASON_COLUMNS,
    explain_numbered,
    number_evidence,
    stored_reasons,
)

ANCHORS = load_anchors()


def _stored(evidence: Evidence, model: object, people: list[str] | None = None) -> pl.DataFrame:
    numbered = number_evidence(evidence, model=model, as_of=NOW)  # type: ignore[arg-type]
    parts = score_parts(
        evidence, as_of=NOW, wanted=numbered.model.wanted, passing=numbered.model.passing
    )
    some = parts.accounts if people is None else pl.Series("account", people, pl.String)
    return stored_reasons(numbered, parts, topic="t", anchors=ANCHORS, people=some)


def _without_credit(seed: int, **sizes: int) -> Evidence:
    return replace(world(seed, **sizes), credit=None)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("model", [MODEL, REACH_ALONE])
def test_points_and_parts_are_within_their_bounds(seed: int, model: object) -> None:
    evidence = _without_credit(seed, people=25, events=260)
    numbered = number_evidence(evidence, model=model, as_of=NOW)  # type: ignore[arg-type]
    found = _stored(evidence, model)
    assert dict(found.schema) == REASON_COLUMNS
    assert found["topic"].unique().to_list() == ["t"]
    for (who,), own in found.partition_by("account", as_dict=True).items():
        reasons = explain_numbered(numbered, str(who), anchors=ANCHORS)
        exact = {
            u: reasons.score - reasons.without(endorsers=[u]).score
            for u in reasons.by_endorser()["account"]
        }
        reached = dict(zip(numbered.accounts, reasons.trails[8.0].reached, strict=True))
        events = dict(reasons.by_endorser().select("account", "events").iter_rows())
        assert own["place"].to_list() == list(range(1, own.height + 1))
        assert own.height <= 10
        assert own["points"].is_sorted(descending=True)
        best = sorted(exact.values(), reverse=True)
        for row in own.iter_rows(named=True):
            u = row["endorser"]
            assert row["points"] == pytest.approx(exact[u], abs=0.051)
            assert exact[u] >= best[row["place"] - 1] - 0.11
            assert row["part"] == pytest.approx(reached[u], abs=0.0005 + 1e-6)
            assert row["events"] == events[u]
    assert found["account"].n_unique() > 10


def test_in_the_order_asked_for_and_of_nobody_else() -> None:
    evidence = _without_credit(0)
    found = _stored(evidence, MODEL, people=["x:03", "x:99", "x:01"])
    assert found["account"].unique(maintain_order=True).to_list() == ["x:03", "x:01"]
    everybody = _stored(evidence, MODEL)
    one, same = (f.filter(pl.col("account") == "x:01") for f in (found, everybody))
    assert one.drop("part", "points").equals(same.drop("part", "points"))
    assert one["points"].to_list() == pytest.approx(same["points"].to_list(), abs=0.05)


def test_without_h_there_are_no_parts() -> None:
    found = _stored(_without_credit(1), replace(MODEL, weights={PartKey("R", 8.0): 1.0}))
    assert found["part"].null_count() == found.height > 0
    assert found["points"].min() > 0.0


def test_nobody_and_nothing() -> None:
    evidence = _without_credit(0)
    assert _stored(evidence, MODEL, people=[]).is_empty()
    nothing = Evidence(evidence.events.clear())
    assert dict(_stored(nothing, MODEL, people=["x:01"]).schema) == REASON_COLUMNS


def test_the_order_of_events_changes_nothing_that_is_shown() -> None:
    evidence = _without_credit(2)
    turned = replace(evidence, events=evidence.events.sample(fraction=1.0, shuffle=True, seed=3))
    one, two = (_stored(e, MODEL) for e in (evidence, turned))
    assert one.drop("part", "points").equals(two.drop("part", "points"))
    assert np.abs((one["points"] - two["points"]).to_numpy()).max() < 1e-6

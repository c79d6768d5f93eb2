"""The benchmarks against Neo4j on a small set: every peer's answers are the same as ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.bench.neo4j.__main__ import MEMORY, NAMES, measure
from tests.bench.neo4j.bed import laid
from tests.support.neo4j_server import NoNeo4j


@pytest.mark.soak
def test_every_comparison_compares_equal_answers() -> None:
    try:
        with laid("small", memory=MEMORY["small"]) as bed:
            parts = dict(measure(replace(bed, repeats=1), NAMES))
    except NoNeo4j as missing:
        pytest.skip(str(missing))
    rows = [row for name in NAMES for row in parts[name]]
    compared = [row for row in rows if row.agree is not None]
    assert len(compared) >= 10
    assert [row.work for row in compared if not row.agree] == []
    assert all(row.ours > 0 for row in rows)

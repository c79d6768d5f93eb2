"""100,000 answers to several readers while 1,000 runs go out: none of two runs, none with a gap."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from support.neo4j_cases import large_graph, sent, store_of
from support.publications import publish_runs, reading, small_run

if TYPE_CHECKING:
    from support.neo4j_server import Neo4jServer

PUBLICATIONS, ANSWERS, READERS, ATONCE = 1_000, 100_000, 3, 50
GRACE_S = 5.0  # a reader that passes a run on takes milliseconds


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_a_thousand_publications_under_a_hundred_thousand_reads(empty_neo4j: Neo4jServer) -> None:
    with closing(store_of(empty_neo4j)) as store:
        store.publish(small_run(1), large_graph(), previous=None, keep=2)
    began, done, seconds = time.monotonic(), 0, 0.0
    with reading(empty_neo4j, readers=READERS) as readers:
        while done < PUBLICATIONS or readers.total().answers < ANSWERS:
            seconds += ATONCE * publish_runs(
                empty_neo4j, readers, first=2 + done, count=ATONCE, grace_s=GRACE_S
            )
            done += ATONCE
    total = readers.total()
    kept = sent(empty_neo4j, "MATCH (r:Run) RETURN count(r)")[0][0]
    print(
        f"{total.answers:,} answers to {READERS} readers over {done:,} publications "
        f"({seconds / done:.3f} s each) in {time.monotonic() - began:.0f} s: "
        f"{total.mixed} mixed, {total.empty} with a gap; one reader saw {total.runs} runs; "
        f"{kept} runs are left"
    )
    assert (total.mixed, total.empty) == (0, 0)
    assert total.runs > PUBLICATIONS / 4
    assert kept < 10 * GRACE_S / (seconds / done)

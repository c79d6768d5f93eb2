"""kill -9 while the embedded store publishes: the old run is served, the same publish succeeds."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from support.store_cases import Parts, run_scores

from graphengine.stores.embedded import EmbeddedStore

if TYPE_CHECKING:
    from pathlib import Path

SEED, KILLS = 20_260_101, 5

_CHILD = """
import sys
from pathlib import Path
from support.store_cases import Parts, run_scores
from graphengine.stores.embedded import EmbeddedStore
store, number = EmbeddedStore(Path(sys.argv[1])), int(sys.argv[2])
print("ready", flush=True)
store.publish(run_scores(number), Parts(), previous=None, keep=2)
print("done", flush=True)
"""


def _start(folder: Path, number: int) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(folder), str(number)],
        stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def test_killed_at_any_instant(tmp_path: Path) -> None:
    """Instants are drawn between the start of a publication and its usual end."""
    store = EmbeddedStore(tmp_path / "store")
    draw = random.Random(SEED)
    started = time.monotonic()
    with _start(store.folder, 1) as first:
        assert first.wait() == 0
    usual = time.monotonic() - started
    served = 1
    for number in range(2, 2 + KILLS):
        with _start(store.folder, number) as child:
            time.sleep(draw.uniform(0, usual))
            child.kill()
        after = store.published("j")
        assert after is not None
        assert after.run in (run_scores(served).run, run_scores(number).run)
        assert _served_numbers(store) == {served if after.run == run_scores(served).run else number}
        store.publish(run_scores(number), Parts(), previous=None, keep=2)
        assert store.published("j").previous == run_scores(served).run  # type: ignore[union-attr]
        assert _served_numbers(store) == {number}
        assert store.verify() == []
        assert len(list(store.folder.iterdir())) == 4
        served = number


def _served_numbers(store: EmbeddedStore) -> set[int]:
    rows = store.top("j", "t/overall", 5).rows
    assert len(rows) == 2
    return {round((100 - 10 * row[0] - row[4]) * 8) for row in rows}

"""kill -9 at any instant of `graphengine run`, then the same command: as if never killed.

An instant is a moment of the process's life, drawn over its usual length, or its n-th call that
changes the disk. A story is one job that is killed once, twice or three times, then left alone;
half of the stories are a job's first run, half the run after a further file came in.
"""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from support.outcome import prepared
from support.unharmed import DONE, RUN, wrong_at_the_end, wrong_meanwhile

if TYPE_CHECKING:
    from pathlib import Path

    from support.outcome import Outcome
    from support.warm import Ended, Warm

SEED = 20_261_124
INSTANTS, SOAK_INSTANTS = 15, 200


@dataclass
class Tally:
    """What was killed where, and what came out otherwise than undisturbed."""

    landed: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    stories: int = 0
    mismatches: list[str] = field(default_factory=list)

    @property
    def instants(self) -> int:
        return self.landed.total()

    def __str__(self) -> str:
        return (
            f"{self.instants} instants in {self.stories} stories "
            f"({', '.join(f'{n} in {stage}' for stage, n in sorted(self.landed.items()))}; "
            f"{', '.join(f'{n} {kind}' for kind, n in sorted(self.kinds.items()))}), "
            f"{len(self.mismatches)} mismatches"
        )


def tell(warm: Warm, ends: tuple[Outcome | None, Outcome], folder: Path, *,
         draw: random.Random, place: float, tally: Tally) -> None:  # fmt: skip
    """One story; ``place`` (0 to 1) says where in its life the first process dies."""
    before, end = ends
    prepared(folder, before=before)
    tally.stories += 1
    for kill in range(draw.choice((1, 1, 2, 2, 3))):
        share = place if kill == 0 else draw.random() * 0.6
        by_call = draw.random() < 0.5
        ended = killed(warm, folder, end, share=share, by_call=by_call, draw=draw)
        if ended.code in DONE:
            break
        where = f"story {tally.stories}, kill {kill + 1} in {ended.stage} ({share:.4f})"
        tally.landed[ended.stage] += 1
        tally.kinds["at calls" if by_call else "at moments"] += 1
        if ended.code != -signal.SIGKILL:
            tally.mismatches.append(f"{where}: ended with {ended.code}: {ended.err}")
        tally.mismatches += [f"{where}: {wrong}" for wrong in wrong_meanwhile(folder, ends)]
    last = warm.run(*RUN, cwd=folder)
    if last.code not in DONE:
        tally.mismatches.append(f"story {tally.stories}: {last.code}: {last.err}")
    tally.mismatches += [f"story {tally.stories}: {w}" for w in wrong_at_the_end(folder, end)]


def killed(warm: Warm, folder: Path, end: Outcome, *, share: float, by_call: bool,
           draw: random.Random) -> Ended:  # fmt: skip
    """Run the job until a share of its calls or of its usual time has passed."""
    if by_call:
        return warm.run(*RUN, cwd=folder, die_at=1 + int(share * end.calls))
    child = warm.start(*RUN, cwd=folder)
    time.sleep(share * end.seconds)
    child.kill(group=draw.random() < 0.5)  # with its own children, or leaving them orphaned
    return child.wait()


def many(warm: Warm, ends: tuple[Outcome, Outcome], root: Path, *, instants: int) -> Tally:
    """Stories until so many kills have landed; their first kills go evenly over a run's life."""
    draw, tally = random.Random(SEED), Tally()
    first, second = ends
    parts = max(1, instants // 2)  # a story has about two kills
    while tally.instants < instants:
        place = ((tally.stories * 7) % parts + draw.random()) / parts
        both = ((None, first), (first, second))[tally.stories % 2]
        folder = root / f"{tally.stories:03d}"
        tell(warm, both, folder, draw=draw, place=place, tally=tally)
    print(f"seed {SEED}: {tally}")
    return tally


def test_killed_at_seeded_instants(
    warm: Warm, first: Outcome, second: Outcome, tmp_path: Path
) -> None:
    tally = many(warm, (first, second), tmp_path, instants=INSTANTS)
    assert not tally.mismatches
    assert {"ingest", "score", "publish"} <= tally.landed.keys()


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_soak_killed_at_many_instants(
    warm: Warm, first: Outcome, second: Outcome, tmp_path: Path
) -> None:
    tally = many(warm, (first, second), tmp_path, instants=SOAK_INSTANTS)
    assert not tally.mismatches
    assert min(tally.landed[stage] for stage in ("ingest", "score", "publish")) >= 20

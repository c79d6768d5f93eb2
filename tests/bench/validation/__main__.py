"""python -m tests.bench.validation [--endorsers N] [SET ...]: the tables of docs/methods/score.md."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np

from graphengine.scoring.model import load_model
from graphengine.scoring.validation.judged import FEWEST, followers_explained
from tests.bench.validation.sets import PRIMARY, SECONDARY, load
from tests.bench.validation.study import (
    EVIDENCE,
    Option,
    candidates,
    cuts_of,
    differences,
    learned_options,
    left_out,
)

if TYPE_CHECKING:
    from tests.bench.validation.study import Cut

DRAWS, DIFFERENCES = 200, 1000
BASES = ("in-degree", "log followers")


def main(names: list[str], fewest: int) -> None:
    cuts: dict[str, list[Cut]] = {}
    for name in names:
        cuts[name] = cuts_of(load(name), fewest=fewest)
        _print_people(cuts[name])
    good = {n: [c for c in cuts[n] if c.people.some >= FEWEST] for n in names}
    tuned = [n for n in names if n in PRIMARY and good[n]]
    learned = learned_options()
    fixed = {name: Option(weights) for name, weights in candidates().items()}
    chosen = {}
    for options, told in ((learned, learned), (fixed, None)):
        table = {
            name: {n: float(np.mean([c.metric(option.score(c)) for c in good[n]])) for n in tuned}
            for name, option in options.items()
        }
        _print_candidates(table, tuned)
        print(f"\nChosen on all sets: {left_out(table, '', options=told)}\n", flush=True)
        for n in names:
            chosen[n] = (*chosen.get(n, ()), left_out(table, n, options=told))
    choice = {n: (learned[one], fixed[other]) for n, (one, other) in chosen.items()}
    for n, (one, other) in chosen.items():
        print(f"- {n}: chosen without it: {one}; published weights alone: {other}")
    _print_cuts(cuts, choice)
    _print_differences(good, {n: option for n, (option, _) in choice.items()})


def _print_people(cuts: list[Cut]) -> None:
    told = (
        f"{c.share}: {len(c.people.accounts)} people, {c.people.some} with outcome, "
        f"{c.moment.sides.straddling} straddling events, {c.people.newcomers} newcomers"
        for c in cuts
    )
    print(f"- {cuts[0].name}: " + "; ".join(told), flush=True)


def _print_candidates(table: dict[str, dict[str, float]], tuned: list[str]) -> None:
    print("\n| candidate | " + " | ".join(tuned) + " | mean |")
    print("|---|" + "---:|" * (len(tuned) + 1))
    for option, row in table.items():
        values = [*row.values(), float(np.mean(list(row.values())))]
        print(f"| {option} | " + " | ".join(f"{v:.3f}" for v in values) + " |")


def _print_cuts(cuts: dict[str, list[Cut]], choice: dict[str, tuple[Option, Option]]) -> None:
    released = Option(load_model().weights)
    print(
        "\n| set | cut | ours | published alone | model 2 alone | in-degree | best single | which |\n"
        "|---|---|---:|---:|---:|---:|---:|---|"
    )
    for n, list_ in cuts.items():
        for c in list_:
            found = {m: c.metric(v) for m, v in c.measures.items() if np.isfinite(v).all()}
            best = max(found, key=lambda m: found[m])
            few = "" if c.people.some >= FEWEST else " (too few to judge)"
            told = (c.metric(option.score(c)) for option in (*choice[n], released))
            print(
                f"| {n} | {c.share}{few} | {' | '.join(f'{value:.3f}' for value in told)} | "
                f"{found['in-degree']:.3f} | {found[best]:.3f} | {best} |"
            )
            _print_fame(c, choice[n][0].score(c))
    print(flush=True)


def _print_fame(c: Cut, score: np.ndarray) -> None:
    fame = c.moment.log_followers
    if fame is None:
        return
    rng = np.random.default_rng(7)
    r2, more = followers_explained(score, fame, c.people.reactors, draws=DRAWS, rng=rng)
    told = (f"{e.value:.3f} ({e.low:.3f} to {e.high:.3f})" for e in (r2, more))
    print(
        f"| | | R² of the score by, and partial R² above, log followers | {' | '.join(told)} | | | |"
    )


def _print_differences(good: dict[str, list[Cut]], options: dict[str, Option]) -> None:
    print("| set | ours less | mean over cuts | 95 % |\n|---|---|---:|---|")
    for base in BASES:
        draws = []
        for n, usable in good.items():
            number = [*PRIMARY, *SECONDARY].index(n)
            if not usable or not all(base in c.measures for c in usable):
                continue
            mine = [options[n].score(c) for c in usable]
            found = differences(usable, mine, base, draws=DIFFERENCES, seed=number)
            _print_difference(n, base, found)
            if n in PRIMARY:
                draws.append(found)
        if draws:
            _print_difference("mean of the primary sets", base, np.mean(draws, axis=0))


def _print_difference(name: str, base: str, found: np.ndarray) -> None:
    low, high = np.percentile(found[1:], [2.5, 97.5])
    print(f"| {name} | {base} | {found[0]:+.3f} | {low:+.3f} to {high:+.3f} |", flush=True)


if __name__ == "__main__":
    known = [*PRIMARY, *SECONDARY]
    parser = argparse.ArgumentParser(prog="python -m tests.bench.validation", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="SET", help=", ".join(known))
    parser.add_argument("--endorsers", type=int, default=EVIDENCE, help="the fewest of a score")
    given = parser.parse_args()
    if unknown := sorted(set(given.names) - set(known)):
        parser.error(f"no set {', '.join(unknown)}; there are {', '.join(known)}")
    main(given.names or known, given.endorsers)

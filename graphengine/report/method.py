"""How one topic was scored: its weights and why these, and what stands behind its intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphengine.plots.markup import element
from graphengine.report.blocks import Column, count, fold, number, table, utc

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from collections.abc import Mapping

    from graphengine.plots.markup import Content

__all__ = ["how_scored"]

_PARTS = {
    "h": "network: people whose trail of reactions leads here (h)",
    "R": "reach: different people who reacted (R)",
    "S": "selective endorsers: reactions of people who react to few (S)",
    "C": "total credit in cascades (C)",
    "A": "amplification: reactions to each post written oneself (A)",
}


def how_scored(said: Mapping[str, Any]) -> ET.Element | None:
    """A fold with what a run notes down of a topic's model and intervals; None where it does not.

    ``said`` may have ``model`` {learned, why_not, cut, people, with_outcome, weights} and
    ``intervals`` {draws, widened, unknown, pooled, error}.

    >>> how_scored({}) is None
    True
    """
    model, intervals = said.get("model"), said.get("intervals")
    parts: list[Content] = []
    if model:
        parts += [element("p", _weights_told(model)), _weights(model)]
    if intervals:
        parts.append(element("p", _intervals_told(intervals)))
    return fold("How this topic was scored", parts) if parts else None


def _weights_told(model: Mapping[str, Any]) -> str:
    if not model.get("learned"):
        why = model.get("why_not")
        return f"The published weights are used{f' ({why})' if why else ''}."
    return (
        f"Weights learned from what followed the cut at {utc(model.get('cut'))}: "
        f"{count(model.get('people'))} people, {count(model.get('with_outcome'))} of them with an "
        "outcome."
    )


def _weights(model: Mapping[str, Any]) -> ET.Element | None:
    rows = [
        {"part": part, "days": days, "weight": weight}
        for part, days, weight in model.get("weights", [])
    ]
    columns = [
        Column("part", lambda r: _PARTS.get(r["part"], r["part"]), numeric=False, head=True),
        Column("half-life in days", lambda r: "none" if r["days"] is None else number(r["days"])),
        Column("weight", lambda r: number(r["weight"])),
    ]
    return table("What the score is made of", columns, rows) if rows else None


def _intervals_told(said: Mapping[str, Any]) -> str:
    if not said.get("draws"):
        return "No intervals were drawn."
    told = (
        f"Intervals from {count(said['draws'])} draws, each end within about "
        f"{number(said.get('error'), 2)} points (Monte-Carlo error, median). "
        f"{count(said.get('unknown', 0))} people have none: not enough evidence. Of "
        f"{count(said.get('widened', 0))} the interval was widened to hold the score."
    )
    pooled = " Pairs of people showed no differences beyond those of the people themselves."
    return told + (pooled if said.get("pooled") else "")

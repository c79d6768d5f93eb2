"""What the ledger of the log and a run's manifest say of the data: counts, reasons, gaps, names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.errors import GraphengineError
from graphengine.report import InputFile, Quality
from graphengine.report.quality import COUNTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graphengine.eventlog import Batch, EventLog

__all__ = ["Known", "people_shown", "quality_of"]

_OTHER_LOG = (
    "The event log is not the one that this run was made of (it was rewritten, or lies elsewhere), "
    "so what went in is not shown."
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the log says of the accounts that are shown: ``names`` by key, and who is ``gone``."""

    names: dict[str, str]
    gone: frozenset[str]


def people_shown(log: EventLog, accounts: Iterable[pl.Series], *, as_of: int | None) -> Known:
    """The latest handle, else name, that was known at ``as_of`` of each; who was taken back since.

    A log that cannot be read names nobody.
    """
    asked = pl.concat([pl.Series("account", [], pl.String), *accounts]).unique()
    try:
        view = log.view()
        gone = view.retracted.accounts["account"]
        rows = view.select(
            "accounts", ["account", "at", "handle", "name"],
            where=pl.col("account").is_in(asked.implode()),
        )  # fmt: skip
    except GraphengineError:  # verify says what is wrong with it
        return Known({}, frozenset())
    if as_of is not None:
        rows = rows.filter(pl.col("at").is_null() | (pl.col("at") <= as_of))
    last = (
        rows.sort("account", "at", nulls_last=False)
        .group_by("account")
        .agg(pl.col("handle", "name").drop_nulls().last())
        .select("account", called=pl.coalesce("handle", "name"))
        .drop_nulls()
    )
    return Known(dict(last.iter_rows()), frozenset(asked) & frozenset(gone))


def quality_of(manifest: dict[str, Any], log: EventLog) -> Quality:
    """The account of the batches that the run was made of, where the log still holds them."""
    batches, why = _batches(manifest, log)
    reasons, unexplained = _reasons(log, batches or ())
    return Quality(
        files=None if batches is None else tuple(_file(batch) for batch in batches),
        why=why,
        reasons=reasons,
        unexplained=unexplained,
        repairs=manifest.get("cascades", {}).get("repairs", {}),
        missing=manifest.get("missing_reshares"),
        unknown=_unknown(manifest),
    )


def _batches(manifest: dict[str, Any], log: EventLog) -> tuple[tuple[Batch, ...] | None, str]:
    """The batches of the run, or None and why not."""
    last = manifest.get("last_batch", 0)
    try:
        ours = log.watermark_at(last) == manifest["watermark"]
        return (log.batches()[:last], "") if ours else (None, _OTHER_LOG)
    except GraphengineError as damaged:
        return None, f"What went in is not shown. {damaged}"


def _file(batch: Batch) -> InputFile:
    return InputFile(
        source=batch.source, file=batch.file, table=batch.table,
        **{name: getattr(batch, name) for name in COUNTS},
    )  # fmt: skip


def _reasons(log: EventLog, batches: Iterable[Batch]) -> tuple[pl.DataFrame, int]:
    """How many rows were rejected for each reason, and of how many the reason is not there."""
    frames = [pl.DataFrame(schema={"reason": pl.String})]
    unexplained = 0
    for batch in batches:
        if batch.rejected:
            found = _read_rejects(log, batch)
            frames.append(found)
            unexplained += max(batch.rejected - found.height, 0)
    counted = pl.concat(frames).group_by("reason").agg(rows=pl.len().cast(pl.Int64))
    return counted.sort("rows", "reason", descending=[True, False]), unexplained


def _read_rejects(log: EventLog, batch: Batch) -> pl.DataFrame:
    path = log.rejects / f"{batch.number:06d}-{batch.file}.csv"
    try:
        return pl.read_csv(path, columns=["reason"], infer_schema=False)
    except (OSError, pl.exceptions.PolarsError):  # deleted or cut: the count alone is known
        return pl.DataFrame(schema={"reason": pl.String})


def _unknown(manifest: dict[str, Any]) -> tuple[str, ...]:
    told = [f"Figures of cascades: {what}." for what in manifest.get("missing_for_cascades", [])]
    told += [
        f"Reach in {topic.rpartition('/')[2]}: {said['unknown']}."
        for topic, said in manifest.get("diffusion", {}).items()
        if "unknown" in said
    ]
    return tuple(told)

"""``graphengine rank``: an edge file alone, without a job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphengine.cli.console import complain, printable, say, say_json
from graphengine.cli.options import examples, json_option
from graphengine.errors import CannotWriteError, InputError, UsageError

if TYPE_CHECKING:
    import polars as pl

    from graphengine.edges import Edges, Estimate, Ranking

__all__ = ["rank"]

INPUTS = ("csv", "tsv", "space", "parquet", "mtx")
OUTPUTS = (".csv", ".parquet")
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    epilog=examples(
        "graphengine rank follows.csv",
        "graphengine rank web.mtx.gz --method article-rank --out ranks.parquet",
        "graphengine rank mails.parquet --source sender --target recipient --method hits",
        "graphengine rank follows.csv --method trust-rank --seed 17 --seed 23 --top 50",
        "graphengine rank follows.csv --estimate",
    )
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--method",
    default="pagerank",
    show_default=True,
    metavar="NAME",
    help="pagerank, article-rank, katz, hits, eigenvector, personalised, trust-rank, spam-mass, "
    "first-visit-reach, trail-visits, contributions, topic-sensitive, twitterrank, in-strength, "
    "out-strength.",
)
@click.option("--source", metavar="COLUMN", help="Who endorses; default: source, src, from, ...")
@click.option("--target", metavar="COLUMN", help="Who is endorsed; default: target, dst, to, ...")
@click.option("--weight", metavar="COLUMN", help="How much; default: weight, where there is one.")
@click.option(
    "--format",
    "form",
    type=click.Choice(INPUTS),
    help="What FILE is; default: as its name ends (.csv, .tsv, .txt, .parquet, .mtx, also .gz, "
    ".zst).",
)
@click.option(
    "--header/--no-header",
    default=None,
    help="Whether the first row names columns; default: as it looks.",
)
@click.option("--damping", type=float, help="Chance to go on, between 0 and 1; default .85.")
@click.option("--tolerance", type=float, help="Most L1 error of the answer; default 1e-9.")
@click.option("--sweeps", type=int, help="pagerank: exactly so many power iterations.")
@click.option("--alpha", type=float, help="Power of the weights (saturation); katz: of a step.")
@click.option("--kappa", type=float, help="Weight at which a person passes on half; fades silence.")
@click.option("--restart", type=FILE, metavar="FILE", help="Where trails start: id and weight.")
@click.option(
    "--dangling", type=FILE, metavar="FILE", help="Where they go from a dead end: the same."
)
@click.option(
    "--start", type=FILE, metavar="FILE", help="A warm start: what --out wrote yesterday."
)
@click.option("--seed", "seed", multiple=True, metavar="ID", help="A person (may be repeated).")
@click.option("--seeds", type=FILE, metavar="FILE", help="The same, one id a line.")
@click.option("--topics", type=FILE, metavar="FILE", help="Who writes on what: id, topic, weight.")
@click.option("--topic", metavar="NAME", help="The topic of --topics to rank by.")
@click.option("--exact", type=int, help="first-visit-reach: people solved one by one; default 100.")
@click.option(
    "--precision", type=float, help="first-visit-reach: the others' bracket; default .01."
)
@click.option(
    "--top",
    "number",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    metavar="N",
    help="How many to show.",
)
@click.option(
    "--out",
    type=FILE,
    metavar="FILE",
    help="Write everyone there, in the order of the ids: .csv or .parquet.",
)
@click.option(
    "--estimate",
    "only_estimate",
    is_flag=True,
    help="Print the memory that it needs, and rank nothing.",
)
@click.option(
    "--memory", metavar="SIZE", help="What may be used, such as 4GiB; default: what is free."
)
@json_option
def rank(
    file: Path, *, method: str, source: str | None, target: str | None, weight: str | None,
    form: str | None, header: bool | None, seed: tuple[str, ...], number: int, out: Path | None,
    only_estimate: bool, memory: str | None, as_json: bool, **options: Any,
) -> None:  # fmt: skip
    """Rank the people of an edge file, with a certificate.

    FILE holds one edge a row, from who endorses to who is endorsed: CSV, TSV, space-separated,
    Parquet or Matrix Market. Ids are whole numbers or text. Needs no job and keeps nothing. Exits
    with 65 where the memory is too small, before anything is read.
    """
    from graphengine import edges as room

    _check_out(out)
    name, how = room.method_named(method)
    allowed = None if memory is None else room.bytes_of(memory)
    needed = _needed(file, form, cost=how.cost)
    if only_estimate:
        _tell(needed, as_json=as_json)
    room.refuse_if_too_large(needed, memory=allowed)
    if only_estimate:
        return
    try:
        listed = room.read_edges(
            file, columns=room.Columns(source, target, weight), form=form, header=header
        )
        ranking = room.rank_edges(listed, name, _options(options, seed, listed), memory=allowed)
    except MemoryError as error:
        raise InputError(
            f"The memory ran out while {file} was ranked, which was estimated to take up to "
            f"{room.shown_bytes(needed.peak)}. Free some, or take a machine with more."
        ) from error
    if out is not None:
        _write(ranking.to_polars(), out)
    if as_json:
        say_json(_object(ranking, number))
    else:
        _print(ranking, number)


def _check_out(out: Path | None) -> None:
    if out is not None and out.suffix.lower() not in OUTPUTS:
        raise UsageError(f"{out} ends in neither of {', '.join(OUTPUTS)}. Let it end in one.")
    if out is not None and not out.parent.is_dir():
        raise CannotWriteError(
            f"There is no folder {out.parent} to write {out.name} into. Make it, or name another."
        )


def _needed(file: Path, form: str | None, *, cost: str) -> Estimate:
    """From the head of the file; where it does not say how many people, two edges a person."""
    from graphengine import edges as room

    people, edges = room.file_size(file, form=form)
    text = not file.name.lower().endswith((".parquet", ".pq"))
    return room.estimate(edges // 2 + 1 if people is None else people, edges, cost=cost, text=text)


def _options(options: dict[str, Any], seed: tuple[str, ...], listed: Edges) -> dict[str, Any]:
    """The options of the command line as those of ``rank``: files read, ids of the graph's kind."""
    from graphengine.edges import read_table

    given = {name: value for name, value in options.items() if value is not None}
    for name, least in (("restart", 1), ("dangling", 1), ("start", 2), ("seeds", 1), ("topics", 2)):
        if name in given:
            given[name] = _same_ids(read_table(given[name], least=least), listed)
    if seed:
        import polars as pl

        one_by_one = _same_ids(pl.DataFrame({"id": list(seed)}), listed)
        more = given.get("seeds")
        given["seeds"] = (
            one_by_one
            if more is None
            else pl.concat([one_by_one.select("id"), more.select(id=pl.nth(0))])
        )
    return given


def _same_ids(table: pl.DataFrame, listed: Edges) -> pl.DataFrame:
    """The table with its ids as numbers where those of the graph are numbers, else as text."""
    import polars as pl

    name = "id" if "id" in table.columns else table.columns[0]
    column = table[name]
    if listed.ids.dtype == object:
        return table.with_columns(column.cast(pl.String))
    if column.dtype != pl.String:
        return table
    numbers = column.str.strip_chars().cast(pl.Int64, strict=False)
    return table if numbers.null_count() else table.with_columns(numbers.alias(name))


def _tell(needed: Estimate, *, as_json: bool) -> None:
    from graphengine.edges import shown_bytes

    if as_json:
        say_json(needed)
        return
    say(f"about {needed.edges:,} edges, {needed.people:,} people")
    say(f"structure  {shown_bytes(needed.structure)}  ({needed.structure:,} bytes)")
    say(f"peak       {shown_bytes(needed.peak)}  ({needed.peak:,} bytes)")


def _write(frame: pl.DataFrame, out: Path) -> None:
    import io

    from graphengine.cli.output import save

    data = io.BytesIO()
    if out.suffix.lower() == ".csv":
        frame.write_csv(data)
    else:
        frame.write_parquet(data)
    save(out, data.getvalue())
    complain(f"{len(frame):,} rows in {out}")


def _certificate(ranking: Ranking) -> str:
    if ranking.error_bound is not None:
        swept = "" if ranking.sweeps is None else f", {ranking.sweeps} sweeps"
        return f"within {ranking.error_bound:.2g} of exact (L1){swept}"
    if "gap" in ranking.facts:
        return f"residual {ranking.facts['residual']:.2g}, spectral gap {ranking.facts['gap']:.4g}"
    return "plain sums"


def _object(ranking: Ranking, number: int) -> dict[str, Any]:
    return {
        "method": ranking.method,
        "people": len(ranking.ids),
        "edges": ranking.edges,
        "error_bound": ranking.error_bound,
        "sweeps": ranking.sweeps,
        "facts": dict(ranking.facts),
        "top": ranking.top(number).to_dicts(),
    }


def _print(ranking: Ranking, number: int) -> None:
    from graphengine.cli.tables import counted, print_table

    if number:
        top = ranking.top(number)
        print_table(top.columns, top.rows())
        say()
    people, edges = (
        counted(len(ranking.ids), "person", "people"),
        counted(ranking.edges, "edge", "edges"),
    )
    say(f"{ranking.method} of {people}, {edges}")
    say(f"certificate  {_certificate(ranking)}")
    for name, value in ranking.facts.items():
        if name not in ("residual", "gap"):
            say(printable(f"{name:<11}  {value:.6g}"))

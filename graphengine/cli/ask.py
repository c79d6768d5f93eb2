"""Questions to the published run: top, show, query."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from graphengine.cli.console import say
from graphengine.cli.find_job import find_job
from graphengine.cli.options import examples, job_option, store_option
from graphengine.cli.output import Output, output_options
from graphengine.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.stores.ports import Answer
    from graphengine.stores.queries import Parameter

__all__ = ["query", "show", "top"]


@click.command(
    epilog=examples(
        "graphengine top ferguson",
        "graphengine top overall -n 50 --format csv --output top.csv",
    )
)
@click.argument("topic")
@click.option(
    "-n", "number", type=click.IntRange(1, 10_000), default=10, show_default=True,
    help="How many ranks.",
)  # fmt: skip
@store_option
@job_option
@output_options
def top(
    topic: str, *, number: int, store: str | None, job_file: Path | None, output: Output
) -> None:
    """List who moves others most in TOPIC.

    TOPIC is a topic's slug or its name in the source; `overall` is all events together.
    """
    from graphengine import pipeline
    from graphengine.cli.people import print_top

    answer = pipeline.top(find_job(job_file), topic=topic, n=number, store=store)
    output.write(answer, table=print_top)


@click.command(
    epilog=examples(
        "graphengine show pheme:1234",
        "graphengine show some_handle --format json",
    )
)
@click.argument("person")
@store_option
@job_option
@output_options
def show(person: str, store: str | None, job_file: Path | None, output: Output) -> None:
    """Show one PERSON's card over all topics.

    PERSON is a handle, an id in the job's network, or a key (network:id).
    """
    from graphengine import pipeline
    from graphengine.cli.people import print_card

    answer = pipeline.show(find_job(job_file), person=person, store=store)
    output.write(answer, table=lambda a: print_card(a, person=person))


@click.command(
    epilog=examples(
        "graphengine query --list",
        "graphengine query top --param topic=ferguson --param n=20",
        "graphengine query 'MATCH (t:Topic) RETURN t.name AS name ORDER BY name'",
        "graphengine query top --param topic=overall --output top.parquet",
        "graphengine query top --explain",
    )
)
@click.argument("name_or_cypher", required=False, metavar="NAME|CYPHER")
@click.option(
    "--list", "listing", is_flag=True, help="List the named queries and their parameters."
)
@click.option(
    "--param", "parameters", multiple=True, metavar="NAME=VALUE",
    help="A parameter of the query (may be repeated); statements read it as $NAME.",
)  # fmt: skip
@click.option(
    "--timeout", type=click.FloatRange(0, 86_400, min_open=True), default=60.0, show_default=True,
    metavar="SECONDS", help="Give up after that long.",
)  # fmt: skip
@click.option(
    "--limit", type=click.IntRange(min=1), default=10_000, show_default=True, metavar="ROWS",
    help="At most that many rows; it says so when more were there.",
)  # fmt: skip
@click.option("--explain", is_flag=True, help="Show how the store would answer it; ask nothing.")
@store_option
@job_option
@output_options
def query(
    name_or_cypher: str | None,
    *,
    listing: bool,
    explain: bool,
    parameters: tuple[str, ...],
    timeout: float,
    limit: int,
    store: str | None,
    job_file: Path | None,
    output: Output,
) -> None:
    """Ask a named query, or one read-only Cypher statement.

    Only clauses that read pass: MATCH, OPTIONAL MATCH, WHERE, WITH, UNWIND, RETURN, UNION,
    ORDER BY, SKIP, LIMIT. Values belong into --param, never into the text. In a statement of your
    own, $job is the job's name and a number given with --param arrives as a number.
    """
    from graphengine import pipeline

    if listing:
        output.write(_named(), table=_print_list)
        return
    if not name_or_cypher or not name_or_cypher.strip():
        raise UsageError("Which query? Give a name (see graphengine query --list) or Cypher text.")
    from graphengine.cli.tables import print_answer

    if explain:
        plan = pipeline.explain(
            find_job(job_file), name_or_text=name_or_cypher, parameters=_values(parameters),
            store=store,
        )  # fmt: skip
        output.write(plan, table=lambda found: _print_plan(found, name_or_cypher.strip()))
        return
    answer = pipeline.query(
        find_job(job_file),
        name_or_text=name_or_cypher,
        parameters=_values(parameters),
        store=store,
        timeout_s=timeout,
        row_limit=limit,
    )
    output.write(answer, table=print_answer)


def _values(parameters: tuple[str, ...]) -> dict[str, str]:
    """NAME=VALUE texts as a dictionary; the use case gives each value its type."""
    values: dict[str, str] = {}
    for text in parameters:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise UsageError(f'--param needs NAME=VALUE, such as --param n=20; got "{text}".')
        if name.strip() in values:
            raise UsageError(
                f'The parameter "{name.strip()}" was given twice; keep one of the two.'
            )
        values[name.strip()] = value
    return values


def _named() -> Answer:
    from graphengine import pipeline
    from graphengine.stores.ports import Answer

    rows = []
    for named in pipeline.named_queries():
        taken = [f"{p.name} ({p.type}{_default(p)}): {p.meaning}" for p in named.parameters]
        rows.append((named.name, named.question, taken, list(named.columns)))
    return Answer(columns=("name", "question", "parameters", "columns"), rows=tuple(rows))


def _print_plan(plan: Answer, name: str) -> None:
    """What a named query is, then its plan: a table, or the engine's own drawing."""
    from graphengine import pipeline
    from graphengine.cli.tables import print_answer

    for named in pipeline.named_queries():
        if named.name == name:
            say(named.question)
            for p in named.parameters:
                say(f"  --param {p.name} ({p.type}{_default(p)}): {p.meaning}")
            say(f"  columns: {', '.join(named.columns)}")
            say(f"  cost: {named.cost}")
            say(f"  hits on Neo4j: at most {named.hits}")
            say()
    if plan.columns == ("plan",):
        for (line,) in plan.rows:
            say(line)
    else:
        print_answer(plan)


def _default(parameter: Parameter) -> str:
    if parameter.default is None:
        return ""
    return f", default {parameter.default}" if parameter.default != "" else ", optional"


def _print_list(answer: Answer) -> None:
    """A paragraph a query: a table would squeeze its sentences."""
    for name, question, parameters, columns in answer.rows:
        say(name)
        say(f"  {question}")
        for text in parameters:
            say(f"  --param {text}")
        say(f"  columns: {', '.join(columns)}")
        say()

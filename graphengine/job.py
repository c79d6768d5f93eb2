"""The job file: what to read, which methods, where to publish. Mistakes are reported all at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Job",
    "MethodSettings",
    "Neo4jSettings",
    "PublishSettings",
    "SourceSettings",
    "TimeSettings",
    "WindowSettings",
    "load_job",
]

Kind = Literal[
    "retweet", "quote", "reply", "comment", "endorse", "message", "mention", "like", "click",
    "follow", "seen", "post",
]
TableName = Literal["interactions", "posts", "exposure", "accounts", "retractions"]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class TimeSettings(_Settings):
    """How a source writes times.

    ``format``: "iso", "epoch_s", "epoch_ms", "minutes" or "seconds" (since ``start``), or a
    strptime pattern. ``zone`` applies where the text carries none.
    """

    format: str = "iso"
    zone: str = "UTC"
    start: str | None = None


class SourceSettings(_Settings):
    """One source: some files of one shape, and which column is what.

    ``columns`` maps our names to the source's: a name, or several names joined with "/" into one
    id. ``constants`` gives a fixed value. Names per table: interactions actor, target, kind, at,
    topic, post, parent, weight, event, op, network; posts post, parent, kind, author, at, root,
    topic; exposure actor, target, kind, at; accounts account, at, handle, name, followers,
    created_at; retractions event_id or account.
    """

    name: str
    table: TableName = "interactions"
    files: Annotated[list[str], Field(min_length=1)]
    format: Literal["csv", "tsv", "space", "jsonl", "parquet"] | None = None  # None: by file name
    reader: Literal["table", "congress"] = "table"
    header: bool = True
    column_names: list[str] | None = None  # of a file without a header
    comment: str | None = None  # lines that start with this are no rows
    network: str | None = None  # default: the job's
    columns: dict[str, str | list[str]] = {}
    constants: dict[str, str] = {}
    kinds: dict[str, Kind] = {}  # the source's word -> kind; a word that is a kind needs no entry
    identity: Literal["event", "post", "time"] | None = None  # None: event if mapped, post, time
    topic_separator: str | None = None  # one cell naming several topics
    null_words: list[str] = []  # cell texts that mean "nothing here", beside the empty cell
    skip: dict[str, list[str]] = {}  # column -> texts: such rows are no rows of this table
    time: TimeSettings = TimeSettings()


class WindowSettings(_Settings):
    """The window of sanity: events outside it are rejected. ISO dates; ``latest`` is exclusive."""

    earliest: str | None = None
    latest: str | None = None


class MethodSettings(_Settings):
    """The method's parameters; all are part of a run's id. See docs/method.md."""

    damping: Annotated[float, Field(gt=0, lt=1)] = 0.85
    kappa: Annotated[float, Field(ge=0)] = 1.0
    alpha: Annotated[float, Field(gt=0, le=1)] = 0.5
    half_life_days: Annotated[float, Field(gt=0)] | None = None  # None: no decay
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 1e-9
    min_endorsers: Annotated[int, Field(ge=1)] = 3
    endorsements: list[Kind] = [
        "retweet", "quote", "reply", "comment", "endorse", "message", "mention", "like", "click",
    ]
    weights: dict[str, Annotated[float, Field(ge=0)]] = {}  # kind, or the source's word -> weight
    credit: Literal["first", "last", "split", "decay"] = "last"
    credit_decay_seconds: Annotated[float, Field(gt=0)] = 3600.0
    anchors: str | None = None  # a file beside the job, else the package's own


class Neo4jSettings(_Settings):
    """Where Neo4j answers. The password comes from the environment, never from a file."""

    uri: str = "bolt://127.0.0.1:7687"
    user: str = "neo4j"
    database: str = "neo4j"
    password_env: str = "NEO4J_PASSWORD"


class PublishSettings(_Settings):
    """Which stores get the published run; ``keep`` is how many runs stay in each."""

    to: list[Literal["embedded", "neo4j"]] = ["embedded"]
    keep: Annotated[int, Field(ge=2)] = 2


class Job(_Settings):
    """A whole job file. ``path`` is where it was read from; relative paths start beside it."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    network: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")] = "x"
    workspace: str | None = None
    scheme: str | None = None  # of its topics' keys; default: the job's name
    no_topic: list[str] = []
    sources: Annotated[list[SourceSettings], Field(min_length=1)]
    window: WindowSettings = WindowSettings()
    method: MethodSettings = MethodSettings()
    publish: PublishSettings = PublishSettings()
    neo4j: Neo4jSettings = Neo4jSettings()
    path: Path = Field(default=Path("job.toml"), exclude=True)

    @property
    def topic_scheme(self) -> str:
        """The scheme of this job's topic keys."""
        return self.scheme or self.name

    @property
    def folder(self) -> Path:
        """The folder that relative paths of the job file start from."""
        return self.path.parent

    @property
    def workspace_path(self) -> Path:
        """The job's workspace."""
        return self.folder / (self.workspace or f".graphengine/{self.name}")


def load_job(path: Path) -> Job:
    """Read and check a job file; raises ConfigurationError listing every mistake."""
    import tomllib

    return Job.model_validate({**tomllib.loads(path.read_text("utf-8")), "path": path})

"""What a job file may say: one frozen class a table of the file, unknown keys refused."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from graphengine.errors import ConfigurationError

__all__ = [
    "Job",
    "MethodSettings",
    "Neo4jSettings",
    "PublishSettings",
    "SourceSettings",
    "TimeSettings",
    "WindowSettings",
]

Kind = Literal[
    "retweet", "quote", "reply", "comment", "endorse", "message", "mention", "like", "click",
    "follow", "seen", "post",
]  # fmt: skip
TableName = Literal["interactions", "posts", "exposure", "accounts", "retractions"]
NAME = r"^[a-z0-9][a-z0-9_-]*$"


def _as_text(value: Any) -> Any:
    """TOML's own dates and times as the ISO text that the settings hold."""
    return value.isoformat() if isinstance(value, date | datetime) else value


IsoText = Annotated[str, BeforeValidator(_as_text)]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class TimeSettings(_Settings):
    """How a source writes times.

    ``format``: "iso", "epoch_s", "epoch_ms", "minutes" or "seconds" (since ``start``), or a
    strptime pattern. ``zone`` applies where the text carries none.
    """

    format: str = "iso"
    zone: str = "UTC"
    start: IsoText | None = None


class SourceSettings(_Settings):
    """One source: some files of one shape, and which column is what.

    ``columns`` maps our names to the source's: a name, or several names joined with "/" into one
    id. ``constants`` gives a fixed value. Names per table: interactions actor, target, kind, at,
    topic, post, parent, weight, event, op, network; posts post, parent, kind, author, at, root,
    topic, reshares (how many the source counts); exposure actor, target, kind, at; accounts account, at, handle, name, followers,
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
    network: Annotated[str, Field(pattern=NAME)] | None = None  # default: the job's
    columns: dict[str, str | list[str]] = {}
    constants: dict[str, str] = {}
    kinds: dict[str, Kind] = {}  # the source's word -> kind; a word that is a kind needs no entry
    identity: Literal["event", "post", "time"] | None = None  # None: event if mapped, post, time
    topic_separator: str | None = None  # one cell naming several topics
    null_words: list[str] = []  # cell texts that mean "nothing here", beside the empty cell
    skip: dict[str, list[str]] = {}  # column -> texts: such rows are no rows of this table
    time: TimeSettings = TimeSettings()

    def fingerprint(self, job: Job) -> str:
        """SHA-256 (hex) of all that decides how a row becomes an event; not of the files' names.

        What the job adds to every source is in it: the network, the words for "no topic", the
        window of sanity. A file taken in under one fingerprint is not the same under another.
        """
        mapping = self.model_dump(mode="json", exclude={"files", "name"})
        mapping["network"] = self.network or job.network
        mapping["no_topic"] = sorted(set(job.no_topic))
        mapping["null_words"] = sorted(set(self.null_words))
        mapping["skip"] = {column: sorted(set(texts)) for column, texts in self.skip.items()}
        mapping["window"] = job.window.model_dump(mode="json")
        return hashlib.sha256(_canonical(mapping)).hexdigest()


class WindowSettings(_Settings):
    """The window of sanity: events outside it are rejected. ISO dates; ``latest`` is exclusive."""

    earliest: IsoText | None = None
    latest: IsoText | None = None


class MethodSettings(_Settings):
    """The method's parameters; all are part of a run's id. See docs/method.md."""

    damping: Annotated[float, Field(gt=0, lt=1)] = 0.85
    kappa: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0
    alpha: Annotated[float, Field(gt=0, le=1)] = 0.5
    half_life_days: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None  # no decay
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 1e-9
    min_endorsers: Annotated[int, Field(ge=1)] = 3
    endorsements: list[Kind] = [
        "retweet", "quote", "reply", "comment", "endorse", "message", "mention", "like", "click",
    ]  # fmt: skip
    weights: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = {}  # kind or word
    credit: Literal["first", "last", "split", "decay"] = "last"
    credit_decay_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 3600.0
    anchors: str | None = None  # a file beside the job, else the package's own


class Neo4jSettings(_Settings):
    """Where Neo4j answers. The password comes from the environment, never from a file."""

    uri: str = "bolt://127.0.0.1:7687"
    user: str = "neo4j"
    database: str = "neo4j"
    password_env: str = "NEO4J_PASSWORD"  # noqa: S105  (the name of a variable, not a password)


class PublishSettings(_Settings):
    """Which stores get the published run; ``keep`` is how many runs stay in each."""

    to: list[Literal["embedded", "neo4j"]] = ["embedded"]
    keep: Annotated[int, Field(ge=2)] = 2


class Job(_Settings):
    """A whole job file. ``path`` is where it was read from; relative paths start beside it.

    ``${NAME}`` stands for an environment variable in workspace, files, method.anchors and neo4j's
    uri, user and database.
    """

    name: Annotated[str, Field(pattern=NAME)]
    network: Annotated[str, Field(pattern=NAME)] = "x"
    workspace: str | None = None
    scheme: Annotated[str, Field(pattern=NAME)] | None = None  # of topic keys; default: the name
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

    def method_parameters(self) -> dict[str, Any]:
        """All of the job that changes scores, in JSON's types and one spelling per meaning.

        Together with the job's name, the versions and the watermark it makes a run's id. Where
        files lie, where the workspace is and where runs are published are not in it. Anchors of
        the job's own count by their content (SHA-256), not by the name of their file.
        """
        method = self.method.model_dump(mode="json")
        method["endorsements"] = sorted(set(self.method.endorsements))
        method["anchors"] = self._anchors_sha256()
        return {
            "method": method,
            "no_topic": sorted(set(self.no_topic)),
            "scheme": self.topic_scheme,
            "window": self.window.model_dump(mode="json"),
        }

    def _anchors_sha256(self) -> str | None:
        if self.method.anchors is None:
            return None
        file = self.folder / self.method.anchors
        try:
            return hashlib.sha256(file.read_bytes()).hexdigest()
        except OSError as error:
            raise ConfigurationError(
                f"The job {self.path} names the anchors {file}, which cannot be read "
                f"({error.strerror}). Correct method.anchors, or leave it out for the package's own."
            ) from error


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()

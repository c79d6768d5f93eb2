"""What a job file may say: one frozen class a table of the file, unknown keys refused."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from graphengine.errors import ConfigurationError

__all__ = [
    "DiffusionSettings",
    "GateSettings",
    "GraphSettings",
    "Job",
    "MethodSettings",
    "Neo4jSettings",
    "PinnedSettings",
    "PublishSettings",
    "SourceSettings",
    "TimeSettings",
    "ValidationSettings",
    "WindowSettings",
]

Kind = Literal[
    "retweet", "quote", "reply", "comment", "endorse", "message", "mention", "like", "click",
    "follow", "seen", "post",
]  # fmt: skip
TableName = Literal["interactions", "posts", "exposure", "accounts", "retractions"]
NAME = r"^[a-z0-9][a-z0-9_-]*$"
PREFIX = r"^([A-Z][A-Za-z0-9]*_)?$"


def _as_text(value: Any) -> Any:
    """TOML's own dates and times as the ISO text that the settings hold."""
    return value.isoformat() if isinstance(value, date | datetime) else value


def _lasting(value: Any) -> Any:
    """A half-life without end is none at all."""
    return None if value == math.inf else value


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


class GraphSettings(_Settings):
    """A Neo4j that is read as a source: what a row is there, and how much of it is read.

    ``path`` is the pattern of which every match is a row; ``optional`` a further one, starting at
    a node of it, whose columns are empty where there is none. The element called ``id`` is walked
    in ranges of its internal ids: it should be the one that is one per row. ``watermark`` is a
    property that only grows: later reads begin there. With ``compare`` "full", which is what a
    source of interactions without a watermark does unless told otherwise, events that have
    vanished there are taken back. Where it answers is the job's [neo4j], unless said here.
    """

    path: str
    optional: str | None = None
    id: str | None = None  # a variable of the path; None: the last named relationship
    watermark: str | None = None  # variable.property
    compare: Literal["full", "never"] | None = None  # None: full, where that can be
    uri: str | None = None
    user: str | None = None
    database: str | None = None
    password_env: str | None = None


class SourceSettings(_Settings):
    """One source: some files of one shape, or a path in a Neo4j, and which column is what.

    ``columns`` maps our names to the source's: a name, or several names joined with "/" into one
    id. ``constants`` gives a fixed value. Names per table: interactions actor, target, kind, at,
    topic, post, parent, weight, event, op, network; posts post, parent, kind, author, at, root,
    topic, reshares (how many the source counts); exposure actor, target, kind, at; accounts account, at, handle, name, followers,
    created_at; retractions event_id or account.
    """

    name: str
    table: TableName = "interactions"
    files: Annotated[list[str], Field(min_length=1)] = []  # the reader neo4j has none
    format: Literal["csv", "tsv", "space", "jsonl", "parquet"] | None = None  # None: by file name
    reader: Literal["table", "congress", "neo4j"] = "table"
    neo4j: GraphSettings | None = None  # of the reader neo4j
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

    @property
    def compares(self) -> bool:
        """Whether events that have vanished from its graph are taken back."""
        if self.neo4j is None or self.neo4j.compare is not None:
            return self.neo4j is not None and self.neo4j.compare == "full"
        return self.neo4j.watermark is None and self.table == "interactions"

    def fingerprint(self, job: Job) -> str:
        """SHA-256 (hex) of all that decides how a row becomes an event; not of the files' names.

        What the job adds to every source is in it: the network, the words for "no topic", the
        window of sanity. A file taken in under one fingerprint is not the same under another.
        """
        mapping = self.model_dump(mode="json", exclude={"files", "name", "neo4j"})
        if self.neo4j is not None:  # not where it lies, nor how much of it is read at a time
            mapping["neo4j"] = {"path": self.neo4j.path, "optional": self.neo4j.optional}
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
    """The method's parameters; all are part of a run's id. See docs/method.md.

    ``half_life_days`` is that of ranking and of every part of the score but its ladder (inf: no
    decay). ``score_weights`` "learned": fitted to the job's own past where it is long enough.
    ``draws`` make the intervals (0: none), seeded by ``random_state``.
    """

    damping: Annotated[float, Field(gt=0, lt=1)] = 0.85
    kappa: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0
    alpha: Annotated[float, Field(gt=0, le=1)] = 0.5
    half_life_days: Annotated[float | None, BeforeValidator(_lasting)] = Field(8.0, gt=0)
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 1e-9
    min_endorsers: Annotated[int, Field(ge=1)] = 3
    endorsements: list[Kind] = [
        "retweet", "quote", "reply", "comment", "endorse", "message", "mention", "like", "click",
    ]  # fmt: skip
    weights: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = {}  # kind or word
    credit: Literal["first", "last", "split", "decay"] = "last"
    credit_decay_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 3600.0
    anchors: str | None = None  # a file beside the job, else the package's own
    score_weights: Literal["published", "learned"] = "learned"
    draws: Annotated[int, Field(ge=0)] = 200
    reasons: Annotated[int, Field(ge=0)] = 1000  # people of each topic whose reasons are stored
    random_state: Annotated[int, Field(ge=0)] = 0


class DiffusionSettings(_Settings):
    """What cascades are to teach; all of it is part of a run's id.

    ``exposure`` says what shows that somebody sees somebody: rows of the exposure table, and
    ``past`` reactions. ``estimator`` "auto" is the one that predicts later cascades best.
    ``spread``: how far each person reaches is estimated. ``seeds`` people to ask in each topic are
    chosen and published with the run (0: none), aiming at the certified ``share`` of the optimum.
    """

    exposure: list[Literal["follow", "seen", "past"]] = ["follow", "seen", "past"]
    estimator: Literal[
        "auto", "uniform",
        "bernoulli", "bernoulli_towards_source", "bernoulli_towards_target",
        "bernoulli_credit", "bernoulli_credit_towards_source", "bernoulli_credit_towards_target",
        "jaccard", "jaccard_towards_source", "jaccard_towards_target",
        "jaccard_credit", "jaccard_credit_towards_source", "jaccard_credit_towards_target",
        "em", "em_towards_source", "em_towards_target",
    ] = "auto"  # fmt: skip
    spread: bool = True
    seeds: Annotated[int, Field(ge=0)] = 0
    share: Annotated[float, Field(gt=0, lt=1)] = 0.9
    random_state: Annotated[int, Field(ge=0)] = 0


class ValidationSettings(_Settings):
    """Where time is cut in each run to see what the score foretold; no cuts: not at all."""

    cuts: list[Annotated[float, Field(gt=0, lt=1)]] = [0.5, 0.7, 0.85]


class GateSettings(_Settings):
    """How far a run may go from the published one before somebody has to say why.

    At most ``moved_share`` of a topic's people move by more than ``moved_points``; of its top 100
    at most the share ``churn`` is gone; its scores correlate by ``correlation`` or more. Topics
    with fewer than ``people`` scores in both runs are not judged. The last day has at least
    ``volume`` of a usual day's events and weight. ``hold`` false: nothing is held back.
    """

    hold: bool = True
    moved_points: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 5.0
    moved_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    churn: Annotated[float, Field(ge=0, le=1)] = 0.3
    correlation: Annotated[float, Field(ge=-1, le=1)] = 0.9
    volume: Annotated[float, Field(ge=0, le=1)] = 0.1
    people: Annotated[int, Field(ge=2)] = 100


class Neo4jSettings(_Settings):
    """Where Neo4j answers. The password never stands in the job file: see bolt.credentials.

    ``load`` is the road that the graph takes into it. ``edges``: one relationship an event and
    topic; or, where many events lie between two accounts, their sums by day or in total.
    """

    uri: str = "bolt://127.0.0.1:7687"
    user: str = "neo4j"
    database: str = "neo4j"
    password_env: str = "NEO4J_PASSWORD"  # noqa: S105  (the name of a variable, not a password)
    load: Literal["stream", "files", "bulk"] = "stream"
    import_directory: str | None = None  # of the road files: one that we write and the server reads
    import_url: str = "file:///"  # how the server names it, below its own import directory
    admin: str | None = (
        None  # of the road bulk: neo4j-admin, where neither NEO4J_HOME nor PATH has it
    )
    edges: Literal["event", "day", "total"] = "event"
    writers: Literal[1, 2] = 2  # transactions at once


class PinnedSettings(_Settings):
    """Nodes that also get the published scores as properties: influence_<slug> and influence_run.

    ``key`` is their property that holds an account's key, or the native id where ``network`` says
    of which network.
    """

    label: str | None = None  # None: our own accounts
    key: str = "key"
    network: Annotated[str, Field(pattern=NAME)] | None = None
    topics: list[str] = []  # slugs; none: every topic that is scored


class PublishSettings(_Settings):
    """Which stores get the published run; ``keep`` is how many runs stay in each.

    In Neo4j a run stays for ``grace_minutes`` after it stopped being served, whatever ``keep``
    says. ``verify``: what was written is read back before the pointer moves. ``prefix`` stands
    there before every label and type of ours, for a database that has its own of these names.
    """

    to: list[Literal["embedded", "neo4j"]] = ["embedded"]
    keep: Annotated[int, Field(ge=2)] = 2
    grace_minutes: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    verify: bool = False
    prefix: Annotated[str, Field(pattern=PREFIX)] = ""
    pinned: PinnedSettings | None = None


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
    diffusion: DiffusionSettings = DiffusionSettings()
    publish: PublishSettings = PublishSettings()
    validation: ValidationSettings = ValidationSettings()
    gate: GateSettings = GateSettings()
    neo4j: Neo4jSettings = Neo4jSettings()
    threads: Annotated[int, Field(ge=1)] | None = None  # that rank; default: one a processor
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
            "diffusion": {
                **self.diffusion.model_dump(mode="json"),
                "exposure": sorted(set(self.diffusion.exposure)),
            },
            "validation": sorted(set(self.validation.cuts)),
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

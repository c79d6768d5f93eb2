"""The job file: what to read, which methods, where to publish. Mistakes are reported all at once."""

from graphengine.job.load import load_job
from graphengine.job.settings import (
    GraphSettings,
    Job,
    MethodSettings,
    Neo4jSettings,
    PinnedSettings,
    PublishSettings,
    SourceSettings,
    TimeSettings,
    WindowSettings,
)
from graphengine.job.times import iso_seconds

__all__ = [
    "GraphSettings",
    "Job",
    "MethodSettings",
    "Neo4jSettings",
    "PinnedSettings",
    "PublishSettings",
    "SourceSettings",
    "TimeSettings",
    "WindowSettings",
    "iso_seconds",
    "load_job",
]

"""Where the tests find the published data sets, which do not ship with the product."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

__all__ = ["data_root", "dataset"]


def data_root() -> Path:
    """The folder of the data sets: GRAPHENGINE_DATA, else shared/data beside the repository."""
    given = os.environ.get("GRAPHENGINE_DATA")
    return Path(given) if given else Path(__file__).resolve().parents[3] / "shared" / "data"


def dataset(name: str) -> Path:
    """The folder of one data set; the test is skipped where it is not there."""
    folder = data_root() / name
    if not folder.is_dir():
        pytest.skip(f"the data set {name} is not there; GRAPHENGINE_DATA names another folder")
    return folder

"""Edge files of three formats build the same structure, and say what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from graphengine.errors import InputError
from graphengine.graph.build import build_structure
from graphengine.graph.edge_files import edge_chunks

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ("u", "v", "w")


def test_three_formats_one_structure(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    frame = pl.DataFrame(
        {"u": random.integers(0, 90, 900), "v": random.integers(0, 90, 900),
         "w": random.integers(1, 9, 900).astype(float)}
    )  # fmt: skip
    frame.write_parquet(tmp_path / "e.parquet", row_group_size=100)
    frame.write_ipc(tmp_path / "e.arrow", compression="uncompressed", record_batch_size=70)
    np.savez(tmp_path / "e.npz", **{name: frame[name].to_numpy() for name in COLUMNS})
    made = []
    for name in ("e.parquet", "e.arrow", "e.npz"):
        folder = tmp_path / name.replace(".", "-")
        folder.mkdir()
        build_structure(lambda n=name: edge_chunks([tmp_path / n], COLUMNS), folder, nodes=90)
        made.append({p.name: p.read_bytes() for p in folder.iterdir()})
    assert made[0] == made[1] == made[2]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    pl.DataFrame({"u": [1, None], "v": [0, 1]}).write_parquet(tmp_path / "null.parquet")
    with pytest.raises(InputError, match="1 empty cells"):
        list(edge_chunks([tmp_path / "null.parquet"], ("u", "v")))
    np.savez(tmp_path / "e.npz", u=np.arange(3))
    for name in ("e.npz", "absent.npz", "absent.parquet", "e.csv"):
        with pytest.raises(InputError, match="needs the columns u, v"):
            list(edge_chunks([tmp_path / name], ("u", "v")))
    whole = (tmp_path / "null.parquet").read_bytes()
    for name in ("torn.parquet", "torn.arrow"):
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(InputError, match="is it whole"):
            list(edge_chunks([tmp_path / name], ("u", "v")))

"""Edge files read chunk by chunk, as often as a build asks: Parquet, Arrow IPC, NumPy .npz."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from graphengine.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["edge_chunks"]

_CHUNK = 1 << 20  # rows


def edge_chunks(
    paths: Sequence[Path], columns: Sequence[str] = ("source", "target")
) -> Iterator[tuple[NDArray[Any], ...]]:
    """The named columns of edge files, a chunk of rows at a time, one file after the other.

    ``columns`` are endorser, endorsed and, if named, weight. A .npz file holds an array a column
    and is read whole, a Parquet file a row group's part at a time, an Arrow file mapped.

    Raises:
        InputError: A file cannot be read, lacks a column, or has an empty cell in one.
    """
    for path in paths:
        try:
            for chunk in _chunks(path, list(columns)):
                yield tuple(_array(column, path) for column in chunk)
        except (OSError, ValueError, EOFError, KeyError, pa.ArrowException) as e:
            raise InputError(
                f"{path} cannot be read as edges: {e}. It needs the columns "
                f"{', '.join(columns)}; is it whole, and what its name says?"
            ) from e


def _chunks(path: Path, columns: list[str]) -> Iterator[Sequence[Any]]:
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as file:
            yield [file[name] for name in columns]
    elif path.suffix == ".parquet":
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_CHUNK, columns=columns):
                yield [batch.column(name) for name in columns]
    elif path.suffix in {".arrow", ".feather"}:
        with pa.memory_map(str(path)) as source:
            file = pa.ipc.open_file(source)
            for number in range(file.num_record_batches):
                batch = file.get_batch(number)
                yield [batch.column(name) for name in columns]
    else:
        raise ValueError(f'"{path.suffix}" is none of .parquet, .arrow, .feather and .npz')


def _array(column: Any, path: Path) -> NDArray[Any]:
    if isinstance(column, np.ndarray):
        return column
    if column.null_count:
        raise InputError(
            f"{path} has {column.null_count} empty cells among its edges; every edge needs both "
            "ends. Leave such rows out."
        )
    return np.asarray(column.to_numpy(zero_copy_only=False))

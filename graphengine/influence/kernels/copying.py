"""One array written over another, of the same length, in loops whose first run should not take long.

numba compares the shapes at ``target[:] = values`` and words an error about them, which takes two
seconds of every first run to compile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphengine.influence.kernels.compiled import inlined

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["copy_into"]


@inlined
def copy_into(target: NDArray[Any], values: NDArray[Any]) -> None:
    """Set every entry of ``target`` to that of ``values``, which has as many.

    >>> import numpy as np
    >>> row = np.zeros(2)
    >>> copy_into(row, np.array([1.0, 2.0]))
    >>> row.tolist()
    [1.0, 2.0]
    """
    for i in range(target.size):
        target[i] = values[i]

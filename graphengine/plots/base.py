"""A figure, and how it becomes bytes: the same input gives the same PNG and SVG, without a date.

Everything is black, white and grey: lines differ by dash, points by marker, areas by hatch (Tufte
1983; matplotlib: Hunter 2007), so a plot reads on paper, by people who see few colours, and by
those who see all.
"""

from __future__ import annotations

import io
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from graphengine.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "DASHES",
    "GREYS",
    "HATCHES",
    "MARKERS",
    "figure",
    "label",
    "panels",
    "png_of",
    "save",
    "svg_of",
]

MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">", "h", "d")
DASHES: Final = ("-", "--", ":", "-.")
HATCHES: Final = ("", "////", "....", "xxxx")
GREYS: Final = ("0.0", "0.45", "0.7", "0.85")
_DPI = 150  # of the PNG: 7 inches are 1,050 pixels


def figure(width: float = 7.0, height: float = 4.0) -> tuple[Figure, Axes]:
    """An empty figure of ``width`` × ``height`` inches with one plot in it.

    >>> fig, axes = figure()
    >>> fig.get_size_inches().tolist()
    [7.0, 4.0]
    """
    fig, ((axes,),) = panels(1, 1, width=width, height=height)
    return fig, axes


def panels(
    rows: int, columns: int, *, width: float = 7.0, height: float = 4.0
) -> tuple[Figure, list[list[Axes]]]:
    """A figure of ``width`` × ``height`` inches with plots in ``rows`` and ``columns``.

    >>> fig, plots = panels(2, 3)
    >>> len(plots), len(plots[0])
    (2, 3)
    """
    from matplotlib.figure import Figure  # noqa: PLC0415  (half a second: only who draws waits)

    with _drawing():
        fig = Figure(figsize=(width, height), layout="constrained", facecolor="white")
        plots = fig.subplots(rows, columns, squeeze=False)
        for axes in plots.flat:
            axes.spines[["top", "right"]].set_visible(False)
            axes.tick_params(labelsize=8)
    return fig, [list(row) for row in plots]


def label(text: str, *, most: int = 40) -> str:
    r"""``text`` of the data as a plot can show it: printable, short, and never read as a formula.

    >>> label("a" + chr(7) + "$x$"), label("abcdef", most=4)
    ('a\\$x\\$', 'abc…')
    """
    shown = "".join(c for c in text if c.isprintable())
    cut = shown if len(shown) <= most else shown[: most - 1] + "…"
    return cut.replace("$", r"\$")


def svg_of(fig: Figure) -> str:
    """The figure as SVG, from ``<svg`` on; text is drawn as paths, so it needs no font.

    >>> fig, _ = figure(1, 1)
    >>> svg_of(fig).startswith("<svg") and svg_of(fig) == svg_of(fig)
    True
    """
    text = _svg(fig)
    return text[text.index("<svg") :]


def png_of(fig: Figure) -> bytes:
    """The figure as PNG, 150 dots an inch.

    >>> fig, _ = figure(1, 1)
    >>> png_of(fig)[1:4]
    b'PNG'
    """
    made = io.BytesIO()
    with _drawing():
        fig.savefig(made, format="png", dpi=_DPI, metadata={"Software": None})
    return made.getvalue()


def save(fig: Figure, path: Path) -> list[Path]:
    """Write ``path`` (a name without an ending) as .png and as .svg, and give the two files.

    Raises:
        CannotWriteError: the disk refuses.
    """
    whole = path.with_name
    files = {
        whole(f"{path.name}.png"): png_of(fig),
        whole(f"{path.name}.svg"): _svg(fig).encode("utf-8"),
    }
    for file, data in files.items():
        try:
            Path(file).write_bytes(data)
        except OSError as error:
            raise CannotWriteError(
                f"The plot {file} cannot be written ({error.strerror}). Make room there, or name "
                "another folder."
            ) from error
    return list(files)


def _svg(fig: Figure) -> str:
    made = io.StringIO()
    with _drawing():
        fig.savefig(made, format="svg", metadata={"Date": None, "Creator": None})
    return made.getvalue()


@contextmanager
def _drawing() -> Iterator[None]:
    """Matplotlib's own defaults and ours, whatever this machine's settings say."""
    import matplotlib as mpl  # noqa: PLC0415

    with warnings.catch_warnings(), mpl.rc_context():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # a box stands for it
        mpl.rcdefaults()
        mpl.rcParams.update({"svg.hashsalt": "graphengine", "svg.fonttype": "path"})
        yield

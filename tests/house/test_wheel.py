"""What users install holds everything that runs: queries and anchors beside the code."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_wheel_holds_code_queries_and_anchors(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("graphengine-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "graphengine"
    wanted = [
        path.relative_to(ROOT).as_posix()
        for pattern in ("*.py", "*.cypher", "*.grass", "*.toml", "py.typed")
        for path in package.rglob(pattern)
    ]
    assert len(wanted) > 100
    assert set(wanted) <= names
    assert not [name for name in names if name.startswith("tests")]
    entry = next(name for name in names if name.endswith("entry_points.txt"))
    assert "graphengine = graphengine.cli:main" in zipfile.ZipFile(wheel).read(entry).decode()

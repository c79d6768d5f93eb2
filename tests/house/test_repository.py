"""What a fresh clone must hold, and what it must not name."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).is_file()]


def test_the_lock_is_exact_hashed_and_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in lock
    pins = re.findall(r"^([a-z0-9._-]+)(\S*)", lock, re.MULTILINE)
    assert len(pins) > 20
    assert all(version.startswith("==") for _, version in pins)
    assert lock.count("--hash=sha256:") >= len(pins)


def test_runtime_dependencies_are_few_and_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = [re.split(r"[<>=~\[ ]", line)[0] for line in project["dependencies"]]
    assert len(names) <= 14
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert all(re.search(rf"^{re.escape(name)}==", lock, re.MULTILINE) for name in names)


def test_no_path_of_a_machine_is_named() -> None:
    pattern = re.compile(r"(?<![\w.$}])/(?:work|root|home/(?!graphengine)\w+)/")
    for path in _tracked():
        if path.suffix in (".gz", ".parquet", ".lock") or path == Path(__file__):
            continue
        found = pattern.search(path.read_text("utf-8", errors="ignore"))
        assert found is None, f"{path.relative_to(ROOT)} names {found.group() if found else ''}"


def test_ci_calls_make_test_and_nothing_hidden() -> None:
    lines = [
        line for line in (ROOT / ".ci/run").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]  # fmt: skip
    assert lines == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "make test"]


def test_no_network_address_but_citations() -> None:
    """Code reaches nothing but what a job file or the environment names."""
    for path in (ROOT / "graphengine").rglob("*.py"):
        hosts = re.findall(r"https?://([\w.]+)", path.read_text("utf-8"))
        assert not hosts, f"{path.name} names {hosts}"

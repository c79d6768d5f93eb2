"""docker-compose.yml's settings of Neo4j as lines of neo4j.conf, without a YAML parser."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["COMPOSE", "neo4j_settings"]

COMPOSE = Path(__file__).parents[2] / "docker-compose.yml"


def neo4j_settings() -> tuple[str, ...]:
    """Every setting with the value that holds where the environment says nothing.

    The image's rule: NEO4J_, then the setting with "_" for "." and "__" for "_".
    """
    found = re.findall(r"^ {6}NEO4J_(\w+): (.+)$", COMPOSE.read_text("utf-8"), re.MULTILINE)
    lines = []
    for name, value in found:
        if name[0].isupper():  # of graphengine's own container
            continue
        setting = re.sub(r"(?<!_)_(?!_)", ".", name).replace("__", "_")
        default = re.sub(r"\$\{\w+:-(.*)\}", r"\1", value).strip('"')
        lines.append(f"{setting}={default}")
    return tuple(lines)

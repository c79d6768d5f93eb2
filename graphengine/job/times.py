"""Times as people write them in job files and on the command line."""

from __future__ import annotations

import math
from datetime import UTC, datetime

__all__ = ["iso_seconds"]


def iso_seconds(text: str) -> int:
    """Epoch seconds of an ISO date or time; without a zone it is UTC, a date is its first second.

    Fractions of a second are dropped. Raises ``ValueError`` when the text is neither.

    >>> iso_seconds("1970-01-02"), iso_seconds("1970-01-01T01:00:00+01:00")
    (86400, 0)
    """
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return math.floor(moment.timestamp())

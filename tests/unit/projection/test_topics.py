"""Topic keys, and words that cannot become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.log_rows import feed

from graphengine.errors import ConfigurationError
from graphengine.eventlog import EventLog
from graphengine.projection import topics_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return EventLog(tmp_path / "log")


def test_every_word_the_log_named_and_the_reserved_ones(log: EventLog) -> None:
    feed(log, "interactions", {"topics": ["Women's Issues"]}, {"topics": ["Jobs"]})
    feed(log, "posts", {"topics": ["Ελλάδα"]}, {})
    assert topics_of(log, "gop").rows() == [
        ("gop/jobs", "jobs", "Jobs", "gop"),
        ("gop/none", "none", "none", "gop"),
        ("gop/overall", "overall", "overall", "gop"),
        ("gop/women-s-issues", "women-s-issues", "Women's Issues", "gop"),
        ("gop/ελλάδα", "ελλάδα", "Ελλάδα", "gop"),
    ]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["Calif Enron", "calif_enron"], ["'Calif Enron'", "'calif_enron'", "no_topic"]),
        (["None"], ["'None'", "'none'", "no_topic"]),
        (["Overall!"], ["'Overall!'", "'overall'", "no_topic"]),
        (["?!"], ["'?!'", "no letter", "no_topic"]),
    ],
)
def test_words_that_cannot_be_keyed(log: EventLog, words: list[str], named: list[str]) -> None:
    feed(log, "interactions", *({"event_id": word, "topics": [word]} for word in words))
    with pytest.raises(ConfigurationError) as raised:
        topics_of(log, "s")
    assert all(name in str(raised.value) for name in named)

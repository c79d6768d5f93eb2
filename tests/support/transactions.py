"""The transactions that write, as this process begins them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from graphengine.bolt.link import Link

if TYPE_CHECKING:
    import pytest

__all__ = ["Transactions"]


class Transactions:
    """Counts the transactions of this process, and tells when a certain one begins."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen, self._at, self._reached = 0, 0, threading.Event()
        write = Link.write

        def counted(link: Link, work: Any) -> Any:
            self.seen += 1
            if self.seen == self._at:
                self._reached.set()
            return write(link, work)

        monkeypatch.setattr(Link, "write", counted)

    def at(self, transaction: int) -> threading.Event:
        """Set when so many more have begun."""
        self.seen, self._at, self._reached = 0, transaction, threading.Event()
        return self._reached

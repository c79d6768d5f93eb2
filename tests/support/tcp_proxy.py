"""A wire between client and server that can be made slow, silent or short.

One proxy, many connections, each with a thread a direction. What the wire does is set while it runs
and holds for the bytes that come after.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["COMMIT", "TcpProxy", "proxied"]

COMMIT = b"\x00\x02\xb0\x12\x00\x00"  # Bolt's message, framed
_POLL_S = 0.02
_PIECE = 65_536


@dataclass
class Wire:
    """What happens to bytes. cut_after: so many more bytes of both directions pass, then no more."""

    delay_s: float = 0.0
    bytes_per_s: float = 0.0  # 0: as fast as may be
    cut_after: int | None = None
    silent: bool = False
    refuse: bool = False


class TcpProxy:
    """Listens on loopback and passes everything on to ``host:port``."""

    def __init__(self, host: str, port: int) -> None:
        self.wire = Wire()
        self.connections = 0  # ever made
        self.passed = 0  # bytes of both directions
        self.seen: Callable[[bytes, bool], bool] = lambda _data, _from_client: True
        self._to = (host, port)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_POLL_S)
        self._start(self._accept)

    @property
    def address(self) -> str:
        """host:port of the client's side."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """End all connections now; new ones are made as before."""
        with self._lock:
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """End everything."""
        self._ended.set()
        self.cut()
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._ended.is_set():
            with suppress(TimeoutError):
                client, _ = self._listener.accept()
                self.connections += 1
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        if self.wire.refuse:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset
            client.close()
            return
        try:
            server = socket.create_connection(self._to, timeout=5)
        except OSError:
            client.close()
            return
        both = (client, server)
        for one in both:
            one.settimeout(_POLL_S)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open.update(both)
        ends = threading.Barrier(2, action=lambda: self._close(both))
        self._start(self._pass, client, server, True, ends)
        self._start(self._pass, server, client, False, ends)

    def _close(self, both: tuple[socket.socket, socket.socket]) -> None:
        with self._lock:
            self._open.difference_update(both)
        for one in both:
            one.close()

    def _pass(
        self, source: socket.socket, target: socket.socket, asked: bool, ends: threading.Barrier
    ) -> None:
        with suppress(OSError):
            while not self._ended.is_set():
                try:
                    data = source.recv(_PIECE)
                except TimeoutError:
                    continue
                if not data or not self._forward(data, target, asked=asked):
                    break
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        with suppress(threading.BrokenBarrierError):
            ends.wait(10)

    def _forward(self, data: bytes, target: socket.socket, *, asked: bool) -> bool:
        """Do to the bytes what the wire does; False when the connection is to end."""
        wire = self.wire
        if wire.delay_s or wire.bytes_per_s:
            slow = len(data) / wire.bytes_per_s if wire.bytes_per_s else 0.0
            self._ended.wait(wire.delay_s + slow)
        if wire.silent:
            return True  # swallowed
        if not self.seen(data, asked):
            return False
        with self._lock:
            left = len(data) if wire.cut_after is None else min(len(data), wire.cut_after)
            if wire.cut_after is not None:
                wire.cut_after -= left
            self.passed += left
        target.settimeout(5)
        target.sendall(data[:left])
        target.settimeout(_POLL_S)
        if left == len(data):
            return True
        wire.cut_after = None  # one cut; whoever comes again passes
        return False


@contextmanager
def proxied(uri: str) -> Iterator[TcpProxy]:
    """A proxy before the server at ``uri`` (bolt://host:port), stopped at the end."""
    host, _, port = uri.partition("://")[2].rpartition(":")
    proxy = TcpProxy(host, int(port))
    try:
        yield proxy
    finally:
        proxy.stop()


def wait_until(true: Callable[[], bool], *, seconds: float = 10.0) -> None:
    """Poll; AssertionError when it does not come true."""
    last = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < last, f"not within {seconds} s"
        time.sleep(_POLL_S)

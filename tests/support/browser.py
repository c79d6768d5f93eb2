"""A real Chromium without a window, spoken to through a pipe (Chrome DevTools Protocol 1.3).

What a page asks for, what it complains of, what it shows and what a screen reader hears of it can
all be asked of it. The browser is the one that GRAPHENGINE_CHROMIUM names, else the first of the
usual names on the PATH.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["ADVICE", "Browser", "Page", "find_browser", "running_browser"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ADVICE = (
    "No Chromium was found (looked for GRAPHENGINE_CHROMIUM, then "
    f"{', '.join(NAMES)} on the PATH). Install one: apt-get install chromium."
)
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync",
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
_PATIENCE = 30.0  # seconds for any one answer


def find_browser() -> str | None:
    """The program to start, or None."""
    given = os.environ.get("GRAPHENGINE_CHROMIUM")
    return given or next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def running_browser(folder: Path) -> Iterator[Browser]:
    """A fresh browser that keeps all it writes in ``folder``; it has ended when the block ends."""
    program = find_browser()
    assert program is not None, ADVICE
    browser = Browser.start(program, folder)
    try:
        yield browser
    finally:
        browser.close()


@dataclass
class Browser:
    """One process and the two ends of its pipe."""

    process: subprocess.Popen[bytes]
    to: int
    of: int
    _number: int = 0
    _rest: bytes = b""
    _events: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def start(cls, program: str, folder: Path) -> Browser:
        """Start it; it reads file 3 and writes file 4."""
        (reads, to), (of, writes) = (_far_pipe() for _ in range(2))
        started = ["bash", "-c", f'exec "$0" "$@" 3<&{reads} 4>&{writes}', program, *_FLAGS]
        process = subprocess.Popen(
            [*started, f"--user-data-dir={folder}", "about:blank"], pass_fds=(reads, writes),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(folder)},
        )  # fmt: skip
        os.close(reads)
        os.close(writes)
        return cls(process, to, of)

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """The result of one call."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            asked["sessionId"] = session
        os.write(self.to, json.dumps(asked).encode() + b"\0")
        while True:
            said = self._next()
            if said.get("id") != self._number:
                self._events.append(said)
            elif "error" in said:
                raise AssertionError(f"{method}: {said['error']}")
            else:
                return dict(said["result"])

    def await_event(self, method: str) -> None:
        """Read on until the event has come; what came on the way is kept."""
        while not any(event.get("method") == method for event in self._events):
            self._events.append(self._next())

    def events(self, *methods: str) -> list[dict[str, Any]]:
        """The parameters of all events of these names so far."""
        return [dict(e["params"]) for e in self._events if e.get("method") in methods]

    def open(self, address: str) -> Page:
        """Load ``address`` in a page of its own, and give it a quarter of a second to go on asking."""
        self._events.clear()
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.ask(f"{domain}.enable")
        page.ask("Page.navigate", url=address)
        self.await_event("Page.loadEventFired")
        page.run("new Promise(done => setTimeout(done, 250))")
        return page

    def close(self) -> None:
        """Ask it to end; end it where it does not."""
        with suppress(OSError, AssertionError):
            self.ask("Browser.close")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        os.close(self.to)
        os.close(self.of)

    def _next(self) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self.of], [], [], max(until - time.monotonic(), 0.0))
            more = os.read(self.of, 1 << 20) if ready else b""
            assert more, "the browser says nothing more"
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(message))


@dataclass(frozen=True)
class Page:
    """A page that is open."""

    browser: Browser
    session: str

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of one call about this page."""
        return self.browser.ask(method, self.session, **parameters)

    def run(self, script: str) -> Any:
        """The value of an expression, in the page."""
        said = self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in said, said
        return said["result"].get("value")

    @property
    def requests(self) -> list[str]:
        """Every address that the page asked for, itself first."""
        sent = self.browser.events("Network.requestWillBeSent")
        return [event["request"]["url"] for event in sent]

    @property
    def complaints(self) -> list[str]:
        """What the console says: errors, warnings, whatever a script wrote there."""
        logged = [e["entry"]["text"] for e in self.browser.events("Log.entryAdded")]
        spoken = [str(e["args"]) for e in self.browser.events("Runtime.consoleAPICalled")]
        thrown = [
            str(e["exceptionDetails"]) for e in self.browser.events("Runtime.exceptionThrown")
        ]
        return [*logged, *spoken, *thrown]

    def heard(self) -> list[dict[str, Any]]:
        """What a screen reader is told: role, name and level of everything that is not hidden."""
        nodes = self.ask("Accessibility.getFullAXTree")["nodes"]
        return [
            {
                "role": node["role"]["value"],
                "name": node.get("name", {}).get("value", ""),
                **{p["name"]: p["value"].get("value") for p in node.get("properties", [])},
            }
            for node in nodes
            if not node["ignored"]
        ]

    def picture(self, file: Path, *, width: int = 1200, height: int = 1600) -> Path:
        """A screenshot of the top of the page."""
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height,
            deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        taken = self.ask("Page.captureScreenshot", format="png")["data"]
        file.write_bytes(base64.b64decode(taken))
        return file

    def as_new(self) -> None:
        """Shut what was opened and see it again as it was at first."""
        self.emulate()
        self.ask("Emulation.clearDeviceMetricsOverride")
        self.run("document.querySelectorAll('details').forEach(d => { d.open = false })")
        self.run("document.activeElement.blur()")

    def emulate(self, media: str = "", **features: str) -> None:
        """Another medium ("print"), or what a reader prefers (prefers_color_scheme="dark")."""
        wished = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
        self.ask("Emulation.setEmulatedMedia", media=media, features=wished)


def _far_pipe() -> tuple[int, int]:
    """A pipe whose numbers are none of those that the browser wants."""
    near = os.pipe()
    far = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in near)
    for end in near:
        os.close(end)
    return far[0], far[1]

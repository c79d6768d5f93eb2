"""The two ways to a Neo4j server of our own: a JVM with jars from Maven, or a container.

Whatever starts here ends with the test process, also when that is killed with SIGKILL.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import neo4j
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from .neo4j_jars import LTS, DidNotStartError, Release, checked, said, tail

if TYPE_CHECKING:
    from collections.abc import Callable

USER = DATABASE = "neo4j"
START_SECONDS = 180.0  # seven on an idle machine; two cores that many share take a minute
STOP_SECONDS = 20.0
HEAP = "512m"
PAGE_CACHE = "128m"

_JVM_FLAGS = (
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dfile.encoding=UTF-8",
)
# a test's server ends before the second compiler pays, and its heap is too small for collectors
# beside it: a sixth less processor time. Benchmarks, which have plugins, get what servers get.
_SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_LONG_LIVED = ("-XX:+UseG1GC",)


@dataclass(frozen=True)
class Setup:
    """What a JVM of our own runs beside the defaults.

    plugins: a folder of jars that the server loads. settings: further lines of neo4j.conf, such as
    "server.databases.read_only=neo4j"; a line takes the place of ours of the same name.
    """

    release: Release = LTS
    plugins: Path | None = None
    settings: tuple[str, ...] = ()
    heap: str = HEAP
    page_cache: str = PAGE_CACHE


class _Guard:
    """A shell that cleans up if this process dies without saying good-bye.

    Not PR_SET_PDEATHSIG: that fires when the *thread* that started the child ends.
    """

    def __init__(self, script: str) -> None:
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", f"read -r _ || {{ {script}; }}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def release(self) -> None:
        """End the guard without cleaning up."""
        self._process.communicate(b"released\n")


class Jvm:
    """A Community server in a JVM and a home of its own; Bolt on 127.0.0.1 only."""

    def __init__(self, java: str, jars: Path, setup: Setup = Setup()) -> None:
        self.setup = setup
        self.home = Path(tempfile.mkdtemp(prefix="graphengine-neo4j-"))
        self.uri = f"bolt://127.0.0.1:{_free_port()}"
        self.password = secrets.token_hex(12)
        plugins = [] if setup.plugins is None else [setup.plugins]
        path = os.pathsep.join(f"{folder}/*" for folder in [jars, *plugins])
        start = (java, *_JVM_FLAGS, f"-Xmx{setup.heap}")
        self._java = (*start, *(_LONG_LIVED if plugins else _SHORT_LIVED), "-cp", path)
        self._admin = (*start, *_SHORT_LIVED, "-cp", f"{jars}/*", "org.neo4j.cli.AdminTool")
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: _Guard | None = None
        atexit.register(self.stop)

    @property
    def pid(self) -> int | None:
        """Process id, None while it is stopped."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start (again) and wait for Bolt; DidNotStartError if it does not answer."""
        if self._process is not None:
            raise RuntimeError("the server runs already; kill it first")
        self.prepare()
        conf, log = self.home / "conf", self.home / "server.log"
        entry = (self.setup.release.main, f"--home-dir={self.home}")
        with log.open("ab") as out:
            self._process = process = subprocess.Popen(
                (*self._java, *entry, f"--config-dir={conf}"),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for pytest, which then stops it in order
            )
        pid = process.pid
        self._guard = _Guard(
            f"kill -TERM {pid}; n=0; while kill -0 {pid} && [ $n -lt {STOP_SECONDS:.0f} ]; "
            f"do sleep 1; n=$((n+1)); done; kill -KILL {pid}; rm -rf {shlex.quote(str(self.home))}"
        )
        _wait_until_bolt_answers(
            (self.uri, self.password),
            ended=lambda: process.poll() is not None,
            log=lambda: log.read_text(errors="replace"),
        )

    def kill(self) -> None:
        """SIGKILL; the home stays as it is."""
        self._end(signal.SIGKILL)

    def halt(self) -> None:
        """SIGTERM, SIGKILL after STOP_SECONDS; the home stays as it is."""
        self._end(signal.SIGTERM)

    def stop(self) -> None:
        """SIGKILL, then remove the home: what nobody keeps need not be written down. May be called again."""
        atexit.unregister(self.stop)
        self._end(signal.SIGKILL)
        shutil.rmtree(self.home, ignore_errors=True)

    def prepare(self) -> None:
        """Write the settings and the first password, once; both must precede the first start."""
        conf = self.home / "conf"
        if conf.exists():
            return
        conf.mkdir()
        address = self.uri.removeprefix("bolt://")
        (conf / "neo4j.conf").write_text(_settings(address, self.setup))
        if self.setup.plugins is not None:
            (self.home / "plugins").symlink_to(self.setup.plugins)
        self.admin("dbms", "set-initial-password", self.password)

    def admin(self, *arguments: str) -> str:
        """What neo4j-admin prints for ``arguments``; the server must not run, for most of them.

        Raises:
            DidNotStartError: it failed; the text ends with what it said last.
        """
        return checked((*self.admin_words, *arguments), {})

    @property
    def admin_words(self) -> tuple[str, ...]:
        """The words that start neo4j-admin beside this server's jars."""
        places = (f"NEO4J_HOME={self.home}", f"NEO4J_CONF={self.home / 'conf'}")
        return ("env", *places, *self._admin)

    def _end(self, how: signal.Signals) -> None:
        process, guard = self._process, self._guard
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if guard is not None:
            guard.release()
        self._process = self._guard = None


class Container:
    """A Community server in a Docker container; Bolt on a free port of 127.0.0.1."""

    def __init__(self, docker: str, image: str = LTS.image) -> None:
        self._docker = docker
        self._image = image
        self._name = f"graphengine-tests-{secrets.token_hex(6)}"
        self.uri = f"bolt://127.0.0.1:{_free_port()}"
        self.password = secrets.token_hex(12)
        self._guard: _Guard | None = None
        atexit.register(self.stop)

    def start(self) -> None:
        """Run the container (the image is pulled if need be) and wait for Bolt."""
        remove = shlex.join((self._docker, "rm", "--force", "--volumes", self._name))
        self._guard = _Guard(remove)
        environment = (
            f"NEO4J_AUTH={USER}/{self.password}",
            f"NEO4J_server_bolt_advertised__address={self.uri.removeprefix('bolt://')}",
            "NEO4J_dbms_usage__report_enabled=false",
            f"NEO4J_server_memory_heap_max__size={HEAP}",
            f"NEO4J_server_memory_pagecache_size={PAGE_CACHE}",
        )
        settings = [part for setting in environment for part in ("--env", setting)]
        publish = ("--publish", f"{self.uri.removeprefix('bolt://')}:7687")
        run = (self._docker, "run", "--detach", "--name", self._name, *publish)
        checked((*run, *settings, self._image), {})
        state = (self._docker, "inspect", "--format", "{{.State.Running}}", self._name)
        _wait_until_bolt_answers(
            (self.uri, self.password),
            ended=lambda: said(state).strip() != "true",
            log=lambda: said((self._docker, "logs", "--tail", "30", self._name)),
        )

    def stop(self) -> None:
        """Remove the container and its volumes. May be called again."""
        atexit.unregister(self.stop)
        if self._guard is not None:
            said((self._docker, "rm", "--force", "--volumes", self._name))
            self._guard.release()
            self._guard = None


def docker_engine() -> str | None:
    """The docker command if an engine answers it; a client alone is not enough."""
    docker = shutil.which("docker")
    if docker is None:
        return None
    try:
        answer = subprocess.run((docker, "info"), capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return docker if answer.returncode == 0 else None


def _settings(address: str, setup: Setup) -> str:
    """neo4j.conf: Bolt on ``address`` alone, little memory, few transaction logs."""
    lines = (
        "dbms.security.auth_enabled=true",
        "dbms.usage_report.enabled=false",
        f"server.bolt.listen_address={address}",
        f"server.bolt.advertised_address={address}",
        "server.http.enabled=false",
        "server.https.enabled=false",
        "server.directories.import=import",  # unset, LOAD CSV reads the whole file system
        f"server.memory.pagecache.size={setup.page_cache}",
        "db.tx_log.preallocate=false",
        "db.tx_log.rotation.size=32m",
        "db.tx_log.rotation.retention_policy=64M size",
        *setup.settings,
    )
    named = {line.partition("=")[0]: line for line in lines}
    return "\n".join(named.values()) + "\n"


def _wait_until_bolt_answers(
    where: tuple[str, str], ended: Callable[[], bool], log: Callable[[], str]
) -> None:
    """Poll (uri, password) for START_SECONDS at most; DidNotStartError with the log's last lines."""
    uri, password = where
    deadline = time.monotonic() + START_SECONDS
    gone = False
    # connection_timeout bounds the connect only; the acquisition's also bounds the handshake.
    with neo4j.GraphDatabase.driver(
        uri, auth=(USER, password), connection_timeout=2.0, connection_acquisition_timeout=5.0
    ) as driver:
        while not (gone := ended()) and time.monotonic() < deadline:
            try:
                # A query, not verify_connectivity: Bolt answers before the database recovered.
                with driver.session(database=DATABASE) as session:
                    session.run("RETURN 1").consume()
                return
            except AuthError:
                raise
            except (DriverError, Neo4jError):
                time.sleep(0.2)
    what = "ended" if gone else f"did not answer within {START_SECONDS:.0f} s"
    raise DidNotStartError(f"the Neo4j server {what}; its last lines:\n{tail(log())}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port

"""The two ways to a Neo4j server of our own: a JVM with jars from Maven, or a container.

Whatever starts here ends with the test process, also when that is killed with SIGKILL.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import neo4j
from filelock import FileLock
from neo4j.exceptions import AuthError, DriverError, Neo4jError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

POM = Path(__file__).resolve().parent.parent / "neo4j" / "pom.xml"
IMAGE = "neo4j:5.26-community"
USER = DATABASE = "neo4j"
START_SECONDS = 60.0
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
    "-XX:+UseG1GC",
    f"-Xmx{HEAP}",
)


class DidNotStartError(RuntimeError):
    """Something needed for a server failed; the text ends with what it said last."""


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

    def __init__(self, java: str, jars: Path) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="graphengine-neo4j-"))
        self.uri = f"bolt://127.0.0.1:{_free_port()}"
        self.password = secrets.token_hex(12)
        self._java = (java, *_JVM_FLAGS, "-cp", f"{jars}/*")
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
        conf, log = self.home / "conf", self.home / "server.log"
        if not conf.exists():
            self._prepare(conf)
        entry = ("org.neo4j.server.CommunityEntryPoint", f"--home-dir={self.home}")
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

    def stop(self) -> None:
        """SIGTERM, SIGKILL after STOP_SECONDS, then remove the home. May be called again."""
        atexit.unregister(self.stop)
        self._end(signal.SIGTERM)
        shutil.rmtree(self.home, ignore_errors=True)

    def _prepare(self, conf: Path) -> None:
        """Write the settings and the first password; both must precede the first start."""
        conf.mkdir()
        (conf / "neo4j.conf").write_text(_settings(self.uri.removeprefix("bolt://")))
        admin = ("org.neo4j.cli.AdminTool", "dbms", "set-initial-password", self.password)
        _checked((*self._java, *admin), {"NEO4J_HOME": str(self.home), "NEO4J_CONF": str(conf)})

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

    def __init__(self, docker: str) -> None:
        self._docker = docker
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
        _checked((*run, *settings, IMAGE), {})
        state = (self._docker, "inspect", "--format", "{{.State.Running}}", self._name)
        _wait_until_bolt_answers(
            (self.uri, self.password),
            ended=lambda: _said(state).strip() != "true",
            log=lambda: _said((self._docker, "logs", "--tail", "30", self._name)),
        )

    def stop(self) -> None:
        """Remove the container and its volumes. May be called again."""
        atexit.unregister(self.stop)
        if self._guard is not None:
            _said((self._docker, "rm", "--force", "--volumes", self._name))
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


def java_17() -> str | None:
    """A java command of version 17 or later ($JAVA_HOME first), else None."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(str(Path(home, "bin", "java"))) if home else None
    java = java or shutil.which("java")
    version = None if java is None else re.search(r'version "(\d+)', _said((java, "-version")))
    return java if version is not None and int(version[1]) >= 17 else None


def fetched_jars() -> Path | None:
    """The folder of the server's jars, fetched on first use; None if that takes a missing mvn.

    It is kept between sessions below ``$XDG_CACHE_HOME`` (or ``~/.cache``), outside the tree.
    """
    text = POM.read_bytes()
    version = re.search(r"<neo4j\.version>(.+?)<", text.decode())
    assert version is not None, "pom.xml names no neo4j.version"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "graphengine-tests")
    jars, complete = cache / f"neo4j-{version[1]}", hashlib.sha256(text).hexdigest()
    mark = jars / "COMPLETE"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / f"neo4j-{version[1]}.lock"):
        if mark.is_file() and mark.read_text() == complete:
            return jars
        mvn = shutil.which("mvn")
        if mvn is None:
            return None
        shutil.rmtree(jars, ignore_errors=True)
        goal = ("dependency:copy-dependencies", "-DincludeScope=runtime")
        _checked((mvn, "-q", "-B", "-f", str(POM), *goal, f"-DoutputDirectory={jars}"), {})
        mark.write_text(complete)
    return jars


def _settings(address: str) -> str:
    """neo4j.conf: Bolt on ``address`` alone, little memory, few transaction logs."""
    lines = (
        "dbms.security.auth_enabled=true",
        "dbms.usage_report.enabled=false",
        f"server.bolt.listen_address={address}",
        f"server.bolt.advertised_address={address}",
        "server.http.enabled=false",
        "server.https.enabled=false",
        "server.directories.import=import",  # unset, LOAD CSV reads the whole file system
        f"server.memory.pagecache.size={PAGE_CACHE}",
        "db.tx_log.preallocate=false",
        "db.tx_log.rotation.size=32m",
        "db.tx_log.rotation.retention_policy=64M size",
    )
    return "\n".join(lines) + "\n"


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
    raise DidNotStartError(f"the Neo4j server {what}; its last lines:\n{_tail(log())}")


def _checked(command: Sequence[str], more_environment: Mapping[str, str]) -> None:
    """Run to the end; DidNotStartError with its last lines if it fails (secrets are not shown)."""
    done = subprocess.run(
        command,
        env={**os.environ, **more_environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        said = _tail(done.stdout.decode(errors="replace"))
        raise DidNotStartError(f"{Path(command[0]).name} failed ({done.returncode}):\n{said}")


def _said(command: Sequence[str]) -> str:
    """Both outputs of a short command, whatever its exit code."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return (done.stdout + done.stderr).decode(errors="replace")


def _tail(text: str, lines: int = 30) -> str:
    return "\n".join(text.splitlines()[-lines:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port

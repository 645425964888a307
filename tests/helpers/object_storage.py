"""A real object storage with the interface of S3 on this machine: SeaweedFS, with as many volume servers as asked."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
KEY, SECRET = "key-of-a-writer", "a secret of the tests"
READER_KEY, READER_SECRET = "key-of-a-reader", "another secret of the tests"
BUCKET = "askew-tests"
SECONDS = 60
WEED = Path(sys.executable).parent / "weed"
USERS = {
    "identities": [
        {
            "name": "writer",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        },
        {
            "name": "reader",
            "credentials": [{"accessKey": READER_KEY, "secretKey": READER_SECRET}],
            "actions": [f"Read:{BUCKET}", f"List:{BUCKET}"],
        },
    ]
}


@dataclass
class ObjectStorage:
    """endpoint: of S3. volumes: the processes that hold the bytes; if there are none, `process` does that too."""

    endpoint: str
    folder: Path
    process: "subprocess.Popen[bytes]"
    volumes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")


def free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


@contextmanager
def object_storage(folder: Path, volumes: int = 0) -> Iterator[ObjectStorage]:
    """Run it, with an empty bucket. volumes: how many volume servers, each a process; every file is on two of them."""
    folder.mkdir(parents=True)
    (folder / "users.json").write_text(json.dumps(USERS))
    ports = {name: free_port() for name in ("master", "filer", "s3", "master.grpc")}
    with (folder / "log").open("wb") as log:
        running = ObjectStorage(f"http://{HOST}:{ports['s3']}", folder, _server(folder, ports, volumes, log))
        try:
            running.volumes += [_volume(folder / f"volume{n}", ports, log) for n in range(volumes)]
            _wait(running)
            yield running
        finally:
            for process in (running.process, *running.volumes):
                process.kill()
                process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def _server(folder: Path, ports: dict[str, int], volumes: int, log: object) -> "subprocess.Popen[bytes]":
    own = [f"-{name}.port={ports[name]}" for name in ("master", "filer", "s3")]
    own += [f"-{name}.port.grpc={free_port()}" for name in ("filer", "s3")]
    own.append(f"-master.port.grpc={ports['master.grpc']}")
    room = ["-volume=false", "-master.defaultReplication=001"] if volumes else _room("-volume.")
    command = [
        *(str(WEED), "server", f"-dir={folder}", f"-ip={HOST}", f"-ip.bind={HOST}", "-master.telemetry=false"),
        *("-filer", "-s3", f"-s3.config={folder / 'users.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0"),
        *("-master.volumeSizeLimitMB=64", *own, *room),
    ]
    return subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)


def _volume(folder: Path, ports: dict[str, int], log: object) -> "subprocess.Popen[bytes]":
    folder.mkdir()
    room = [f"-dir={folder}", f"-ip={HOST}", f"-ip.bind={HOST}", *_room("-")]
    room.append(f"-master={HOST}:{ports['master']}.{ports['master.grpc']}")
    return subprocess.Popen([str(WEED), "volume", *room], stdout=log, stderr=log, cwd=folder)


def _room(prefix: str) -> list[str]:
    return [f"{prefix}port={free_port()}", f"{prefix}port.grpc={free_port()}", f"{prefix}max=24"]


def _wait(running: ObjectStorage) -> None:
    """Wait until an object can be stored, which makes the bucket."""
    import obstore
    from obstore.store import S3Store

    store = S3Store(
        BUCKET,
        endpoint=running.endpoint,
        region="us-east-1",
        access_key_id=KEY,
        secret_access_key=SECRET,
        client_options={"allow_http": True, "timeout": "5s"},
        retry_config={"max_retries": 0},
    )
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if running.process.poll() is not None:
            break
        with suppress(obstore.exceptions.BaseError, OSError):
            obstore.put(store, "ready", b"ready")
            return
        time.sleep(0.2)
    raise RuntimeError(f"SeaweedFS does not start: {running.log[-2000:]}")


def for_the_guide(folder: Path) -> None:
    """Start a storage that ends with its process, storage.pid, and say in storage.env how to reach it."""
    made = object_storage(folder / "storage")
    running = made.__enter__()  # its end is the test's, by the file with its process
    KEPT.append(made)
    (folder / "storage.pid").write_text(str(running.process.pid))
    lines = [f"export {name}='{value}'\n" for name, value in running.environment.items()]
    (folder / "storage.env").write_text("".join(lines))


KEPT: list[AbstractContextManager[ObjectStorage]] = []

"""Object storage that is missing, refuses, is cut off or loses a server; and what a URL may say."""

import json
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector
from helpers.object_storage import BUCKET, KEY, READER_KEY, READER_SECRET, SECRET, ObjectStorage, object_storage

from askew.errors import InputError, StoreError
from askew.stores import Layout, Store
from askew.stores.lance import engine
from askew.stores.lance.objects import Objects, Place
from askew.stores.remote import UnreachableError

from .conftest import NAME

CLOSED = "http://127.0.0.1:9"
"""The port of a service that nobody runs."""


@pytest.fixture
def place(storage: ObjectStorage, tmp_path: Path) -> str:
    return f"s3://{BUCKET}/{tmp_path.name}"


@pytest.fixture
def store(place: str) -> Store:
    made = engine.create(place, NAME, Layout(DIM, "the manifest"))
    made.write([entry("a", ("red tents", vector(1)))])
    made.close()
    return made


def test_a_bucket_that_is_missing_is_named(storage: ObjectStorage) -> None:
    for act in (
        lambda: engine.exists("s3://nobody-made-this/x", NAME),
        lambda: engine.create("s3://nobody-made-this/x", NAME, Layout(DIM, "m")),
        lambda: engine.opened("s3://nobody-made-this/x", NAME),
    ):
        with pytest.raises(StoreError, match="no bucket nobody-made-this"):
            act()


def test_credentials_that_are_wrong_or_may_not_write_are_told_and_not_shown(
    place: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-secret")
    with pytest.raises(StoreError, match="not valid") as told:
        engine.opened(place, NAME)
    assert "wrong-secret" not in str(told.value)
    assert KEY not in str(told.value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", READER_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", READER_SECRET)
    reader = engine.opened(place, NAME)
    assert reader.owners(reader.nearest(np.array([vector(1)], np.float32), 1).keys[0].tolist()) == ["a"]
    reader.close()
    for act in (
        lambda: engine.opened(place, NAME, writable=True),
        lambda: engine.create(place, "other", Layout(DIM, "m")),
    ):
        with pytest.raises(StoreError, match="may not read or write"):
            act()


def test_an_endpoint_that_does_not_answer_is_named(storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:9 does not answer"):
        engine.exists(f"s3://{BUCKET}/x?endpoint={CLOSED}", NAME)
    monkeypatch.setenv("AWS_ENDPOINT_URL", CLOSED)
    with pytest.raises(StoreError, match="does not answer"):
        engine.exists(f"s3://{BUCKET}/x", NAME)
    assert not engine.exists(f"s3://{BUCKET}/x?endpoint={storage.endpoint}", NAME)  # the URL goes before


def test_credentials_are_read_from_a_profile(
    place: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    (tmp_path / "credentials").write_text(f"[mine]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
    (tmp_path / "config").write_text("[profile mine]\nregion = eu-central-1\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "mine")
    assert Place.of(place).options()["region"] == "eu-central-1"
    assert engine.exists(place, NAME)


def test_a_store_of_a_newer_version_is_not_touched(place: str, store: Store) -> None:
    objects = Objects(Place.of(place))
    told = json.loads(objects.get(f"{NAME}/store.json") or b"")
    objects.replace(f"{NAME}/store.json", json.dumps({**told, "format": 2}).encode())
    with pytest.raises(StoreError, match="newer version"):
        engine.opened(place, NAME)
    objects.replace(f"{NAME}/store.json", b"{}")
    with pytest.raises(StoreError, match="damaged"):
        engine.opened(place, NAME)


def test_of_many_that_create_one_name_one_does(place: str, storage: ObjectStorage) -> None:
    engine.create(place, NAME, Layout(DIM, "m")).close()
    with pytest.raises(StoreError, match="already exists"):
        engine.create(place, NAME, Layout(DIM, "m"))
    objects = Objects(Place.of(place))
    assert [objects.create("once", data) for data in (b"1", b"2")] == [True, False]
    assert objects.get("once") == b"1"


def test_a_connection_cut_in_the_middle_stores_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with object_storage(tmp_path / "storage") as own:
        for name, value in own.environment.items():
            monkeypatch.setenv(name, value)
        url = f"s3://{BUCKET}/cut"
        writer = engine.create(url, NAME, Layout(DIM, "m"))
        writer.write([entry("a", ("red tents", vector(1)))])
        own.process.kill()
        with pytest.raises(StoreError, match="does not answer"):
            writer.write([entry("b", ("blue kayak", vector(2)))])
        with pytest.raises(StoreError, match="does not answer"):
            writer.documents(["a"])
        writer.close()


class Cutting:
    """A way to a storage that passes the first request with a sign on, and cuts its connection before the answer."""

    def __init__(self, storage: ObjectStorage, sign: bytes) -> None:
        self._port, self.sign, self.cuts = int(storage.endpoint.rsplit(":", 1)[1]), sign, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._sockets = [self._listener]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                server = socket.create_connection(("127.0.0.1", self._port))
                self._sockets.append(server)
                threading.Thread(target=self._there, args=(client, server), daemon=True).start()
                threading.Thread(target=self._back, args=(client, server), daemon=True).start()

    def _there(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(1 << 16):
                if self.sign in data.lower() and not self.cuts:
                    self.cuts += 1
                    client.shutdown(socket.SHUT_WR)  # the answer finds nobody, although what was asked is done
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    @staticmethod
    def _back(client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(1 << 16):
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()  # what it has just accepted is closed, too
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def test_a_commit_whose_answer_is_lost_is_made_once(place: str, store: Store, storage: ObjectStorage) -> None:
    cutting = Cutting(storage, b"if-none-match")
    try:
        writer = engine.opened(f"{place}?endpoint={cutting.endpoint}", NAME, writable=True)
        cutting.sign, cutting.cuts = b"if-none-match", 0
        writer.write([entry("b", ("blue kayak", vector(2)))])
        assert cutting.cuts == 1
        writer.write([entry("c", ("yellow lamp", vector(3)))])
        writer.close()
    finally:
        cutting.close()
    reader = engine.opened(place, NAME)
    assert reader.owners(reader.keys().tolist()) == ["a", "b", "c"]
    assert reader.check() == []
    reader.close()


def test_a_volume_server_that_is_killed_takes_nothing_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with object_storage(tmp_path / "storage", volumes=3) as own:
        for name, value in own.environment.items():
            monkeypatch.setenv(name, value)
        url = f"s3://{BUCKET}/volumes"
        writer = engine.create(url, NAME, Layout(DIM, "m"))
        for turn in range(8):
            writer.write([entry(f"d{turn}", (f"word{turn}", vector(turn + 1)))])
        own.volumes[0].kill()
        reader = engine.opened(url, NAME)
        assert reader.owners(reader.keys().tolist()) == [f"d{turn}" for turn in range(8)]
        assert reader.vectors(reader.keys()).tolist() == [vector(turn + 1) for turn in range(8)]
        written = stored_in_time(writer)
        assert written == reader.sizes().documents - 8
        assert reader.check() == []
        for store in (reader, writer):
            store.close()


def stored_in_time(writer: Store) -> int:
    """Write until it works again, as far as it fails at first, and return how many documents are stored."""
    deadline = time.monotonic() + 60
    while True:
        try:
            writer.write([entry("after", ("later", vector(99)))])
        except StoreError:
            assert time.monotonic() < deadline
            time.sleep(1)
        else:
            return 1


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3:///x",
        "s3://Bad_Bucket/x",
        "s3://bucket/x?key=1",
        "s3://user:word@bucket/x",
        "s3://bucket/x?endpoint=nowhere",
        "s3://bucket/x?refresh=-1",
        "s3://bucket/x?refresh=soon",
        "lance://host/x",
        "lance:///",
    ],
)
def test_a_url_that_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises(InputError) as told:
        Place.of(url)
    assert "word" not in str(told.value)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for place in ("file", "file/below"):
        with pytest.raises(InputError, match="folder"):
            engine.create(f"lance://{tmp_path / place}", NAME, Layout(DIM, "m"))


def test_a_url_says_where_and_how_often() -> None:
    given = Place.of("s3://bucket/a//b/?endpoint=http://localhost:1/&refresh=2.5&region=x")
    assert given == Place("bucket", "a/b", "http://localhost:1", "x", 2.5)
    assert given.path("c", "d.lance") == "s3://bucket/a/b/c/d.lance"
    assert Place.of("lance:///some/folder%20x") == Place("", "/some/folder x")


def test_a_reader_that_need_not_be_current_looks_again_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"lance://{tmp_path / 'objects'}"
    writer = engine.create(url, NAME, Layout(DIM, "m"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "another machine"))
    reader = engine.opened(f"{url}?refresh=3600", NAME)
    writer.write([entry("a", ("red tents", vector(1)))])
    assert reader.count() == 0
    reader._looked -= 3601  # an hour goes by
    assert reader.count() == 1
    for store in (reader, writer):
        store.close()

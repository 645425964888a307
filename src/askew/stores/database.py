"""The open catalogue: read transactions for many threads, and one writer."""

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from askew.errors import StoreError
from askew.lock import immortal
from askew.stores.catalog import FORMAT, NAME, SCHEMA, Files, State, files, get, put, set_files, set_state
from askew.stores.connections import (
    ReadingConnection,
    Seal,
    WritingConnection,
    file_marks,
    format_of,
    guarded,
    open_file,
    replaced,
)
from askew.stores.folder import Folder

IDLE = 8
"""Connections that are kept for the next readers."""


class Catalog:
    """The catalogue of an open store, for many threads: readers have connections of their own, the writer has one.

    Not to be used in a forked child before `abandon` was called there.
    """

    def __init__(self, folder: Folder, *, writable: bool) -> None:
        self.folder = folder
        self._turn = threading.RLock()
        self._own = threading.local()
        self._idle: list[ReadingConnection] = []
        self.closed = False
        self._seal: Seal = ((), [])
        self._writer: WritingConnection | None = None
        with self._guarded():
            if writable:
                self._writer = WritingConnection(folder)
                self._unclosed = weakref.finalize(self, self._writer.close)
            try:
                self._idle.append(self._connected())
            except BaseException:
                self.close()
                raise

    def upgrade(self) -> None:
        """Migrate an older catalogue to the current format. The caller must hold the write lock."""
        from askew.stores import schema

        with self.reading() as connection:
            if get(connection, "format") == FORMAT:
                return
        with self.writing() as connection:
            schema.upgrade(connection, self.folder, format_of(connection), FORMAT)
            put(connection, "format", FORMAT)

    @property
    def changing(self) -> bool:
        """Whether this thread is in a write transaction."""
        return self._writer is not None and getattr(self._own, "connection", None) is self._writer.connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a read transaction: everything read inside is consistent. Inside another of this thread, join it."""
        if (joined := getattr(self._own, "connection", None)) is not None:
            yield joined
            return
        with self._guarded():
            reader = self._taken()
            self._own.connection = reader.connection
            try:
                with reader.transaction():
                    yield reader.connection
            finally:
                self._own.connection = None
                self._give_back(reader)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a write transaction: atomic, and durable when the block ends. Inside another, join it."""
        writer = self._writer
        if writer is None:
            raise StoreError(f"{self.folder.path} is closed, or open read-only.")
        connection = writer.connection
        with self._turn, self._guarded():
            if connection.in_transaction:
                yield connection
                return
            self.check_current()
            outer = getattr(self._own, "connection", None)
            connection.execute("BEGIN IMMEDIATE")
            self._own.connection = connection
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._own.connection = outer
                writer.note()

    @contextmanager
    def outside(self) -> Iterator[sqlite3.Connection]:
        """Yield the writer's connection for statements that SQLite only allows outside a transaction."""
        writer = self._writer
        if writer is None:
            raise StoreError(f"{self.folder.path} is closed, or open read-only.")
        with self._turn, self._guarded():
            self.check_current()
            try:
                yield writer.connection
            finally:
                writer.note()

    @property
    def current(self) -> bool:
        """Whether the path still leads to the file that was opened, as far as can be told without reading it."""
        if self._writer is not None:
            return self._writer.intact
        return self.folder.current and file_marks(self.folder)[:2] == self._seal[0]

    def check_current(self) -> None:
        """Raise StoreError unless `current`."""
        self.folder.check_current()
        if not self.current:
            raise replaced(self.folder)

    def close(self) -> None:
        with self._turn:
            self.closed = True
            while self._idle:
                self._idle.pop().connection.close()
            if self._writer is not None:
                self._unclosed()
                self._writer = None

    def abandon(self) -> None:
        """Let go of what a forked child inherited: SQLite forbids a connection in two processes, even to close it."""
        for reader in self._idle:
            immortal(reader.connection)
        if self._writer is not None:
            self._unclosed.detach()
            self._writer.abandon()
        self._turn, self._own, self._idle, self._writer = threading.RLock(), threading.local(), [], None

    def _taken(self) -> ReadingConnection:
        if self.closed:
            raise StoreError(f"{self.folder.path} is already closed.")
        try:
            reader = self._idle.pop()
        except IndexError:
            return self._connected()
        if reader.outdated():
            reader.connection.close()
            return self._connected()
        return reader

    def _connected(self) -> ReadingConnection:
        """Connect a reader. Raises StoreError if the file is not that of the first one any more."""
        opened = self._seal != ((), [])
        try:
            reader = ReadingConnection(self.folder)
        except (sqlite3.Error, OSError, StoreError):
            if opened:
                self.check_current()
            raise
        if not opened:
            self._seal = reader.seal
        elif reader.seal != self._seal:
            reader.connection.close()
            raise replaced(self.folder)
        return reader

    def _give_back(self, reader: ReadingConnection) -> None:
        if self.closed or len(self._idle) >= IDLE:
            reader.connection.close()
        else:
            self._idle.append(reader)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with guarded(self.folder.path, self.folder):
            yield


def create(folder: Path, dim: int, manifest: str, language: str) -> Files:
    """Create the catalogue and return the names of the other files."""
    names = Files.of(1)
    with guarded(folder):
        connection = open_file(folder / NAME, "mode=rwc")
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(SCHEMA)
            connection.execute("BEGIN")
            settings: dict[str, str | int] = {"format": FORMAT, "dim": dim, "manifest": manifest, "language": language}
            settings["identity"] = os.urandom(8).hex()
            for name, value in settings.items():
                put(connection, name, value)
            set_files(connection, names)
            set_state(connection, State())
            connection.execute("COMMIT")
        finally:
            connection.close()
    return names


def listed(folder: Path) -> Files:
    """Return the names of the derived files of a store that nobody has open."""
    with guarded(folder):
        connection = open_file(folder / NAME, "mode=ro")
        try:
            return files(connection)
        finally:
            connection.close()

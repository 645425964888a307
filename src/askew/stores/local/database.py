"""The open catalogue: read transactions for many threads, and one writer."""

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from askew.errors import AskewError, StoreError
from askew.lock import immortal
from askew.quantisation import RowFormat
from askew.stores.catalog import (
    FORMAT,
    NAME,
    SCHEMA,
    Files,
    State,
    files,
    get,
    notes,
    put,
    set_files,
    set_note,
    set_state,
)
from askew.stores.local.connections import (
    LOG,
    ReadingConnection,
    Seal,
    WritingConnection,
    explanation,
    file_marks,
    format_of,
    guarded,
    open_file,
    replaced,
)
from askew.stores.local.folder import Folder

IDLE = 8
"""Connections that are kept for the next readers."""


class Catalog:
    """The catalogue of an open store, for many threads: readers have connections of their own, the writer has one.

    Not to be used in a forked child before `abandon` was called there.
    """

    def __init__(self, folder: Folder, *, writable: bool) -> None:
        self.folder = folder
        self._turn = threading.RLock()
        self.own = threading.local()
        """Of this thread: `connection`, of the transaction that it is in; `changing`, whether that one writes."""
        self._idle: list[ReadingConnection] = []
        self.refusal = ""
        """Why nothing can be read any more."""
        self._seal: Seal = ((), [])
        self._writer: WritingConnection | None = None
        with guarded(folder.path, folder):
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
        from askew.stores.local import schema

        with self.reading() as connection:
            if get(connection, "format") == FORMAT:
                return
        with self.writing() as connection:
            schema.upgrade(connection, self.folder, format_of(connection), FORMAT)
            put(connection, "format", FORMAT)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a read transaction: everything read inside is consistent. Inside another of this thread, join it."""
        if (joined := getattr(self.own, "connection", None)) is not None:
            yield joined
            return
        try:
            reader = self._taken()
            connection = self.own.connection = reader.connection
            try:
                connection.execute("BEGIN")
                yield connection
                if reader.fixed is not None:
                    reader.check_fixed()
            except sqlite3.Error as error:
                reader.check_fixed(error)
                raise
            finally:
                self.own.connection = None
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if self.refusal or len(self._idle) >= IDLE:
                    connection.close()
                else:
                    self._idle.append(reader)
        except (AskewError, OSError, MemoryError, UnicodeEncodeError, sqlite3.Error) as error:
            told = explanation(error, self.folder)
            if told is error:
                raise
            raise told from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a write transaction: atomic, and durable when the block ends. Inside another, join it."""
        writer = self._writer
        if writer is None:
            raise StoreError(f"{self.folder.path} is closed, or open read-only.")
        connection = writer.connection
        with self._turn, guarded(self.folder.path, self.folder):
            if connection.in_transaction:
                yield connection
                return
            self.check_current()
            outer = getattr(self.own, "connection", None)
            connection.execute("BEGIN IMMEDIATE")
            self.own.connection, self.own.changing = connection, True
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                self.own.connection, self.own.changing = outer, False
                writer.note()

    @contextmanager
    def outside(self) -> Iterator[sqlite3.Connection]:
        """Yield the writer's connection for statements that SQLite only allows outside a transaction."""
        writer = self._writer
        if writer is None:
            raise StoreError(f"{self.folder.path} is closed, or open read-only.")
        with self._turn, guarded(self.folder.path, self.folder):
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
            self.refusal = self.refusal or f"{self.folder.path} is already closed."
            while self._idle:
                self._idle.pop().connection.close()
            if self._writer is not None:
                self._unclosed()
                self._writer = None

    def abandon(self, refusal: str) -> None:
        """Let go of what a forked child inherited: SQLite forbids a connection in two processes, even to close it.

        refusal: why nothing can be read from now on; "" if it can.
        """
        self.refusal = refusal
        for reader in self._idle:
            immortal(reader.connection)
        if self._writer is not None:
            self._unclosed.detach()
            self._writer.abandon()
        self._turn, self.own, self._idle, self._writer = threading.RLock(), threading.local(), [], None

    def _taken(self) -> ReadingConnection:
        """Return an idle reader, or a new one if there is none that fits the file.

        A checkpoint changes the file rarely; otherwise it was overwritten, and SQLite would mix its pages with those
        that it remembers.
        """
        if self.refusal:
            raise StoreError(self.refusal)
        try:
            reader = self._idle.pop()
        except IndexError:
            return self._connected()
        if reader.handle is not None and not reader.behind:
            try:
                found = os.stat(NAME, dir_fd=reader.handle)  # before each search
                log = os.stat(LOG, dir_fd=reader.handle).st_ino
            except OSError:
                log = 0
            else:
                if reader.marks == ((found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns), log):
                    return reader
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


def create(folder: Path, form: RowFormat, manifest: str, language: str, access: bool = False) -> Files:
    """Create the catalogue and return the names of the other files. access: with access control."""
    names = Files.of(1, precision=form.precision)
    with guarded(folder):
        connection = open_file(folder / NAME, "mode=rwc")
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(SCHEMA)
            if access:
                from askew.stores import readers

                connection.executescript(readers.SCHEMA)
            connection.execute("BEGIN")
            settings: dict[str, str | int] = {
                "format": FORMAT,
                "dim": form.dim,
                "manifest": manifest,
                "language": language,
                **({} if form.plain else {"vectors": str(form.precision)}),
            }
            settings["identity"] = os.urandom(8).hex()
            for name, value in settings.items():
                put(connection, name, value)
            set_files(connection, names)
            set_state(connection, State())
            connection.execute("COMMIT")
        finally:
            connection.close()
    return names


def reissue(folder: Path, manifest: str) -> None:
    """Make a copied store, which nobody has open, one of its own: with this manifest, a new identity and no notes."""
    with guarded(folder):
        connection = open_file(folder / NAME, "mode=rw")
        try:
            connection.execute("BEGIN IMMEDIATE")
            put(connection, "manifest", manifest)
            put(connection, "identity", os.urandom(8).hex())
            for name in notes(connection):
                set_note(connection, name, "")
            connection.execute("COMMIT")
        finally:
            connection.close()


def listed(folder: Path) -> Files:
    """Return the names of the derived files of a store that nobody has open."""
    with guarded(folder):
        connection = open_file(folder / NAME, "mode=ro")
        try:
            return files(connection)
        finally:
            connection.close()

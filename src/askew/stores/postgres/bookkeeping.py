"""Bookkeeping in the database: notes, sources and stamps, readers; the promises of `askew.stores.bookkeeping`."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from askew.errors import InputError
from askew.quantisation import Precision, RowFormat
from askew.stores import RECALL
from askew.stores.postgres import records
from askew.stores.postgres.schema import get, get_object, put
from askew.stores.postgres.sessions import Session
from askew.stores.postgres.transactions import SEARCH, Transactions, repeated
from askew.stores.postgres.wire import coded, decoded, hash_of, hashes
from askew.stores.readers import check as check_readers
from askew.types import Document

NOTE = "note:"
TARGET = "recall"
"""Entry of `meta`: the target recall."""
WITHIN = """SELECT id, source FROM documents WHERE source <> '' AND left(source, 64) >= left(%s, 64)
            AND left(source, 64) <= left(%s, 64) AND (source = %s OR (source >= %s AND source < %s))"""


class Bookkeeping:
    """The bookkeeping of a store."""

    access: bool
    _form: RowFormat

    @property
    @abstractmethod
    def transactions(self) -> Transactions: ...

    @repeated
    def note(self, name: str) -> str:
        with self.transactions.reading() as session:
            return get(session, NOTE + name)

    @repeated
    def set_note(self, name: str, text: str) -> None:
        with self.transactions.change() as session:
            if text:
                put(session, NOTE + name, text)
            else:
                session.run("DELETE FROM meta WHERE name = %s", coded(NOTE + name))

    @repeated
    def notes(self) -> list[str]:
        with self.transactions.reading() as session:
            found = session.rows("SELECT name FROM meta WHERE starts_with(name, %s) ORDER BY name", NOTE)
        return [decoded(name).removeprefix(NOTE) for (name,) in found]

    @repeated
    def sources(self) -> dict[str, str]:
        with self.transactions.reading() as session:
            found = session.rows("SELECT path, stamp FROM sources ORDER BY path")
        return {decoded(path): decoded(stamp) for path, stamp in found}

    @repeated
    def remember(self, stamps: Mapping[str, str]) -> None:
        for path, stamp in stamps.items():
            if not path or not isinstance(path, str) or not isinstance(stamp, str):
                raise InputError(f"Source and stamp must be strings, and the source non-empty: {path!r}, {stamp!r}.")
        with self.transactions.change() as session:
            rows = [(hash_of(path), coded(path), coded(stamp)) for path, stamp in sorted(stamps.items())]
            put_stamp = """INSERT INTO sources VALUES (%s, %s, %s)
                           ON CONFLICT (hash) DO UPDATE SET stamp = excluded.stamp"""
            session.many(put_stamp, rows)

    @repeated
    def forget(self, paths: Sequence[str]) -> None:
        with self.transactions.change() as session:
            records.forget(session, paths)

    @repeated
    def facts(self) -> Mapping[str, Any]:
        with self.transactions.reading() as session:
            found = get_object(session, SEARCH) or {"method": "exact", "recall": 1.0}
        if self._form.precision is Precision.FLOAT32:
            return found
        return {**found, "stored": {"precision": str(self._form.precision), "measures": False}}

    @repeated
    def recall(self) -> float:
        with self.transactions.reading() as session:
            return float(get(session, TARGET) or RECALL)

    @repeated
    def ids_within(self, path: str) -> dict[str, str]:
        if not path:
            raise InputError(
                "The path is empty; name a file or a folder (documents added through the API have no source)."
            )
        folder = coded(path.rstrip("/") + "/")
        # Prefix search as a range: up to the folder name with the final "/" replaced by "0", the next character.
        least, most = folder[:-1], folder[:-1] + "0"
        with self.transactions.reading() as session:
            found = session.rows(WITHIN, least, most, least, folder, most)
        return {decoded(id): decoded(source) for id, source in found}

    @repeated
    def assign(self, paths: Mapping[str, str]) -> None:
        for id, path in paths.items():
            if not isinstance(path, str):
                raise InputError(f"Document {id!r}: source must be a string, not {path!r}.")
        nobody: frozenset[str] = frozenset()
        with self.transactions.change() as session:
            found = {decoded(row[-1]): decoded(row[5]) for row in records.taken(session, hashes(paths))}
            moved = {id: (found[id], path) for id, path in paths.items() if found[id] != path}
            rows = [
                (coded(new), records.part_of(old, nobody) ^ records.part_of(new, nobody), hash_of(id))
                for id, (old, new) in moved.items()
            ]
            session.many("UPDATE documents SET source = %s, sum = sum # %s WHERE hash = %s", rows)
            records.forget(session, [path for both in moved.values() for path in both])

    @repeated
    def readers(self, ids: Sequence[str]) -> dict[str, frozenset[str]]:
        with self.transactions.reading() as session:
            return records.readers(session, ids) if self.access else {}

    @repeated
    def set_readers(self, given: Mapping[str, frozenset[str]]) -> int:
        check_readers((Document(id, "", readers=names) for id, names in given.items()), self.access)
        with self.transactions.change() as session:
            return _put_readers(session, given)

    @repeated
    def readable(self, groups: Collection[str]) -> dict[str, tuple[int, frozenset[str]]]:
        query = """SELECT id, documents.number, array_agg(reader) FROM readers
                   JOIN documents ON documents.number = document
                   WHERE left(reader, 64) = ANY(%s::text[]) AND reader = ANY(%s::text[])
                   GROUP BY id, documents.number ORDER BY documents.number"""
        names = sorted(map(coded, groups))
        with self.transactions.reading() as session:
            rows = session.rows(query, [name[:64] for name in names], names)
        return {decoded(id): (number, frozenset(map(decoded, named))) for id, number, named in rows}


def _put_readers(session: Session, given: Mapping[str, frozenset[str]]) -> int:
    """Replace the readers of documents, and return of how many they differed."""
    known = {decoded(row[-1]): (row[0], decoded(row[5])) for row in records.taken(session, hashes(given))}
    held, nobody = records.readers(session, given), frozenset[str]()
    numbers = {id: known[id][0] for id in given}
    changed = {id: names for id, names in given.items() if held.get(id, nobody) != names}
    session.run("DELETE FROM readers WHERE document = ANY(%s::bigint[])", [numbers[id] for id in changed])
    rows = [(numbers[id], coded(name)) for id, names in changed.items() for name in sorted(names)]
    session.many("INSERT INTO readers VALUES (%s, %s)", rows)
    sums = [
        (records.part_of("", held.get(id, nobody)) ^ records.part_of("", names), numbers[id])
        for id, names in changed.items()
    ]
    session.many("UPDATE documents SET sum = sum # %s WHERE number = %s", sums)
    records.forget(session, [known[id][1] for id in changed])
    return len(changed)

"""The parts of a store over several servers: which of them has what, how they are asked, and the bookkeeping.

Notes are on the first server; what belongs to documents is where they are.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from askew.stores.postgres import filters, records
from askew.stores.postgres.sessions import Rows, Session
from askew.stores.postgres.shards.commits import Commits
from askew.stores.postgres.store import PostgresStore
from askew.stores.postgres.transactions import Transactions, repeated
from askew.stores.postgres.wire import hash_of
from askew.stores.readers import check as check_readers
from askew.stores.where import parse
from askew.types import Document, Where

T = TypeVar("T")
OWN = "SELECT key FROM passages WHERE key = ANY(%s::bigint[])"


def place_of(id: str, parts: int) -> int:
    """Return the number of the part that has a document."""
    return int.from_bytes(hash_of(id)[:8], "big") % parts


class Parts:
    """The parts of a store, each on a server of its own."""

    def __init__(self, parts: Sequence[PostgresStore], commits: Commits) -> None:
        self._parts, self._first, self._commits = parts, parts[0], commits

    @property
    def transactions(self) -> Transactions:
        return self._first.transactions

    @property
    def missing(self) -> Sequence[str]:
        """The servers that do not answer, of which this thread's snapshot knows nothing."""
        states = self._commits.states
        return [part.transactions.place for part, state in zip(self._parts, states, strict=False) if state is None]

    @contextmanager
    def _reading(self, where: Where | None = None) -> Iterator[None]:
        """Open a read of one state. where: is checked for fields that no server has."""
        with self._commits.reading():
            if where is not None and (names := filters.named(parse(where))):
                answers = self._asked(filters.unknown(names).sql, *filters.unknown(names).values)
                counts = self._asked("SELECT documents FROM state")
                filters.check_fields_of_all([one for one, [[held]] in zip(answers, counts, strict=True) if held])
            yield

    def _session(self, place: int) -> Session:
        """Return the session of a part in the transaction of this thread."""
        found = self._parts[place].transactions.own.session
        if found is None:
            raise ValueError("There is no transaction.")
        return found

    def _places(self) -> list[int]:
        return self._commits.answering()

    def _all(self, act: Callable[[PostgresStore], T]) -> Iterable[T]:
        return self._commits.each(lambda place: act(self._parts[place])).values()

    def _asked(self, query: str, *values: object) -> list[Rows]:
        """Ask every server the same, and return the rows of each."""
        return list(self._commits.each(lambda place: self._session(place).rows(query, *values)).values())

    def _placed(self, ids: Iterable[str]) -> dict[int, list[int]]:
        """Return the positions of documents by the server that has them."""
        found: dict[int, list[int]] = {}
        for at, id in enumerate(ids):
            found.setdefault(place_of(id, len(self._parts)), []).append(at)
        return found

    def _routed(self, ids: Sequence[str], act: Callable[[Session, list[str]], T]) -> dict[int, T]:
        """Act on each server that has some of the documents, with these."""
        by_place = self._placed(ids)

        def routed(place: int) -> T | None:
            some = [ids[at] for at in by_place.get(place, [])]
            return act(self._session(place), some) if some else None

        found = self._commits.each(routed)
        return {place: one for place, one in found.items() if one is not None}

    def _by_id(self, ids: Sequence[str], act: Callable[[Session, list[str]], Sequence[T]]) -> list[T]:
        """Return what the servers have of the documents, in the order of `ids`."""
        by_place, found = self._placed(ids), dict[int, T]()
        for place, every in self._routed(ids, act).items():
            found.update(zip(by_place[place], every, strict=True))
        if len(found) < len(ids):  # on a server that does not answer
            raise KeyError(next(id for at, id in enumerate(ids) if at not in found))
        return [found[at] for at in range(len(ids))]

    def _by_key(self, keys: list[int], act: Callable[[Session, list[int]], Sequence[T]]) -> list[T]:
        """Return what the servers have of the passages, in the order of `keys`. Raises KeyError for an unknown key."""
        if not keys:
            return []
        unique = list(dict.fromkeys(keys))
        own = [[int(key) for (key,) in rows] for rows in self._asked(OWN, unique)]
        by_place = dict(zip(self._places(), own, strict=True))
        if unknown := set(unique).difference(*own):
            raise KeyError(min(unknown))
        found = self._commits.each(lambda place: act(self._session(place), by_place[place]) if by_place[place] else [])
        held = {key: one for place, every in found.items() for key, one in zip(by_place[place], every, strict=True)}
        return [held[key] for key in keys]


class Bookkeeping(Parts):
    """The bookkeeping of a store over several servers."""

    access: bool

    @contextmanager
    def seen_by(self, groups: frozenset[str]) -> Iterator[None]:
        """Let this thread see what these groups may read and nothing else, by the policies of every server."""
        with ExitStack() as stack:
            for part in self._parts:
                stack.enter_context(part.transactions.seeing(groups))
            yield

    @repeated
    def note(self, name: str) -> str:
        with self._reading():
            return self._first.note(name)

    @repeated
    def set_note(self, name: str, text: str) -> None:
        with self._commits.change():
            self._first.set_note(name, text)

    @repeated
    def notes(self) -> list[str]:
        with self._reading():
            return self._first.notes()

    @repeated
    def recall(self) -> float:
        with self._reading():
            return self._first.recall()

    @repeated
    def sources(self) -> dict[str, str]:
        """Return the stamps that every server has: each drops those of a source whose documents it changes."""
        with self._reading():
            first, *others = self._all(lambda part: part.sources())
        return {path: stamp for path, stamp in first.items() if all(one.get(path) == stamp for one in others)}

    @repeated
    def remember(self, stamps: Mapping[str, str]) -> None:
        with self._commits.change():
            list(self._all(lambda part: part.remember(stamps)))

    @repeated
    def forget(self, paths: Sequence[str]) -> None:
        with self._commits.change():
            list(self._all(lambda part: part.forget(paths)))

    @repeated
    def ids_within(self, path: str) -> dict[str, str]:
        with self._reading():
            return {id: source for one in self._all(lambda part: part.ids_within(path)) for id, source in one.items()}

    @repeated
    def assign(self, paths: Mapping[str, str]) -> None:
        with self._commits.change():
            by_place = self._placed(paths)
            ids = list(paths)
            self._commits.each(
                lambda place: self._parts[place].assign({ids[at]: paths[ids[at]] for at in by_place.get(place, [])})
            )

    @repeated
    def readers(self, ids: Sequence[str]) -> dict[str, frozenset[str]]:
        if not self.access:
            return {}
        with self._reading():
            found = self._routed(ids, records.readers)
        return {id: names for one in found.values() for id, names in one.items()}

    @repeated
    def set_readers(self, given: Mapping[str, frozenset[str]]) -> int:
        check_readers((Document(id, "", readers=names) for id, names in given.items()), self.access)
        ids = list(given)
        by_place = self._placed(ids)

        def change(place: int) -> int:
            return self._parts[place].set_readers({ids[at]: given[ids[at]] for at in by_place[place]})

        with self._commits.change():  # one server after another, so that two writers wait in one order
            return sum(self._commits.on(place, change) for place in sorted(by_place))

    @repeated
    def readable(self, groups: Collection[str]) -> dict[str, tuple[int, frozenset[str]]]:
        if not self.access:
            return {}
        with self._reading():
            found = [row for part in self._all(lambda part: part.readable(groups)) for row in part.items()]
        return dict(sorted(found, key=lambda row: row[1][0]))

"""Bookkeeping over several servers: notes are on the first one; what belongs to documents is where they are."""

from collections.abc import Collection, Mapping, Sequence

from askew.stores.postgres.shards.parts import Parts
from askew.stores.postgres.transactions import repeated


class Bookkeeping(Parts):
    """The bookkeeping of a store over several servers. It has no access control."""

    access = False

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

    def readers(self, ids: Sequence[str]) -> dict[str, frozenset[str]]:
        return {}

    def set_readers(self, given: Mapping[str, frozenset[str]]) -> int:
        return self._first.set_readers(given)  # refuses readers, as the store has no access control

    def readable(self, groups: Collection[str]) -> dict[str, tuple[int, frozenset[str]]]:
        return {}

"""File stamps: whether a file still is what it was when its documents were stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from askew.documents.contents import Limits, digest, most_of
from askew.documents.formats.draft import UnusableError
from askew.documents.sources import Source

TICK = 2 * 10**9
"""Nanoseconds: the coarsest clock of a file system (FAT). Two writes within one tick cannot be told apart by time."""


@dataclass(frozen=True)
class Stamp:
    """size in bytes; times in ns, as the file system had them before the file was read; digest: SHA-256, or "".

    settled: whether a later write must have another time. Of a file that was written within a tick of being looked at,
    this is not certain. way: how the file was read, see `askew.sync`.
    """

    size: int = -1
    mtime_ns: int = -1
    ctime_ns: int = -1
    settled: bool = False
    way: str = ""
    digest: str = ""

    def __str__(self) -> str:
        return f"{self.size}:{self.mtime_ns}:{self.ctime_ns}:{self.settled:d}:{self.way}:{self.digest}"


NONE = Stamp()
"""Equals no file."""


def parse(text: str) -> Stamp:
    """Return NONE for a stamp of an earlier release, so that its file is read again once, and for anything else."""
    try:
        size, mtime, ctime, settled, way, made = text.split(":")
        return Stamp(int(size), int(mtime), int(ctime), settled == "1", way, made)
    except ValueError:
        return NONE


@dataclass
class Stamps:
    """The stamps of one sync. known: those stored, by path. now: the clock in ns, before any file was looked at.

    verify: compare the content of every file, whatever its size and times.
    """

    known: Mapping[str, str]
    way: str
    now: int
    verify: bool
    limits: Limits
    _unchanged: dict[str, bool] = field(default_factory=dict)
    _digests: dict[str, str] = field(default_factory=dict)

    def unchanged(self, source: Source) -> bool:
        """Return whether a file is unchanged, decided once. Its content is read only where size and times leave doubt.

        A touched or copied file has other times but the same content, so it is unchanged as well.
        """
        path = source.absolute
        if path not in self._unchanged:
            self._unchanged[path] = bool(path) and self._compare(source, parse(self.known.get(path, "")))
        return self._unchanged[path]

    def changed(self, paths: Iterable[str]) -> set[str]:
        """Take files for changed, and return their paths: they are read again, as their documents get other ids."""
        found = set(paths)
        self._unchanged.update(dict.fromkeys(found, False))
        return found

    def begin(self, source: Source) -> bool:
        """Return the same, and take the digest of a file that will be read. To be called before it is read: whatever
        is written in between is then found by the next sync.
        """
        if self.unchanged(source):
            return True
        self._digest(source)
        return False

    def stamp(self, source: Source) -> str:
        """Return the stamp to store once all of the file is stored."""
        path = source.absolute
        if self.unchanged(source) and path not in self._digests:
            return self.known[path]
        seen = (source.size, source.mtime_ns, source.ctime_ns)
        return str(Stamp(*seen, self._settled(source), self.way, self._digests.get(path, "")))

    def _compare(self, source: Source, stored: Stamp) -> bool:
        if (stored.way, stored.size) != (self.way, source.size) or not stored.digest:
            return False
        same_time = stored.mtime_ns == source.mtime_ns
        if not self.verify and stored.settled and same_time and stored.ctime_ns == source.ctime_ns:
            return True
        found = self._digest(source)
        if not found:  # it cannot be read, perhaps only now
            return same_time and not self.verify
        return found == stored.digest

    def _digest(self, source: Source) -> str:
        """Return the digest of a file, "" if it cannot be read: whoever reads it next says why."""
        path = source.absolute
        if path and path not in self._digests:
            try:
                self._digests[path] = digest(path, most_of(source, self.limits))
            except UnusableError:
                return ""
        return self._digests.get(path, "")

    def _settled(self, source: Source) -> bool:
        return all(abs(moment - self.now) > TICK for moment in (source.mtime_ns, source.ctime_ns))

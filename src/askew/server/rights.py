"""Rights: what the holder of a key or a token may do, on which indexes, and the groups that they are in."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from askew import validation
from askew.errors import InputError

READ, WRITE, ADMIN = "read", "write", "admin"
ACTIONS = (READ, WRITE, ADMIN)
"""read: search, with what is visible to the groups. write: add and delete documents. admin: both, create and delete
indexes, and see every document of them.
"""
PATTERN = re.compile(r"[A-Za-z0-9_*-]{1,64}")


@dataclass(frozen=True)
class Rights:
    """indexes: patterns of names, in which * stands for any characters. actions: of `ACTIONS`. groups: those whose
    documents may be read in indexes with access control.
    """

    indexes: tuple[str, ...]
    actions: frozenset[str]
    groups: frozenset[str] = frozenset()

    @classmethod
    def of(cls, indexes: Iterable[str], actions: Iterable[str], groups: Iterable[str] = ()) -> "Rights":
        """Return rights as they are given by a person or a file. Raises InputError."""
        patterns = validation.strings(list(indexes), "indexes", "['handbook', 'tenant1-*']")
        for pattern in patterns:
            if not PATTERN.fullmatch(pattern):
                raise InputError(f"{pattern!r} is no pattern of names: it has letters, digits, -, _ and *.")
        named = {validation.one_of(action, "action", ACTIONS) for action in actions}
        return cls(patterns, frozenset(named), frozenset(validation.strings(list(groups), "groups", "['staff']")))

    def allow(self, index: str, action: str) -> bool:
        """Return whether this action is allowed on an index."""
        granted = action in self.actions or ADMIN in self.actions
        return granted and any(fnmatchcase(index, pattern) for pattern in self.indexes)


EVERYTHING = Rights(("*",), frozenset({ADMIN}))

"""Everything that askew raises on purpose.

    AskewError                    the message says what is wrong and what to do
    ├── InputError                a file, a row, a query, an option that cannot be used
    │   └── UnknownNameError      a task, model or field that does not exist; the nearest names are suggested
    ├── ModelError                weights that are missing, damaged or of a kind that cannot be loaded
    ├── ContractError             an encoder or a job that does not fit the index; holds the differences
    └── StoreError                an index that cannot be read or written
        └── StoreLockedError      another process is writing to it

The command line prints the message on stderr and exits with 2; a traceback is always a bug.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

LISTED = 12
"""So many of the names that exist are listed where none is near to the one asked for."""


class AskewError(Exception):
    pass


class InputError(AskewError):
    pass


class UnknownNameError(InputError):
    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = get_close_matches(name, names, n=3, cutoff=0.4)
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        hint = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(names[:LISTED])}{more}."
        super().__init__(f"There is no {kind} {name!r}. {hint}")


class ModelError(AskewError):
    pass


@dataclass(frozen=True)
class Difference:
    """One field in which what is asked for departs from what the index was sealed with."""

    field: str
    sealed: str
    given: str


class ContractError(AskewError):
    def __init__(self, message: str, differences: Sequence[Difference] = ()) -> None:
        self.differences = tuple(differences)
        field = max((len(d.field) for d in differences), default=0)
        sealed = max((len(d.sealed) for d in differences), default=0)
        rows = [f"\n  {d.field:<{field}}  index: {d.sealed:<{sealed}}  given: {d.given}" for d in differences]
        super().__init__(message + "".join(rows))


class StoreError(AskewError):
    pass


class StoreLockedError(StoreError):
    pass

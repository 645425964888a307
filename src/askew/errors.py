"""Exceptions: everything that askew raises on purpose.

    AskewError                    the message says what is wrong and what to do
    ├── InputError                an argument, file, row or query that cannot be used
    │   └── UnknownNameError      an unknown task, model or field; similar names are suggested
    ├── ModelError                model weights that are missing, damaged or unsupported
    ├── ContractError             an encoder or settings that do not match the index; lists the differences
    ├── StoreError                an index that cannot be opened, read or written
    │   └── StoreLockedError      another process is writing to it
    └── ResourceError             the operating system refuses: no space, permission, memory, files

The message says what is wrong and how to fix it. The command line prints it on stderr and exits with code 2; a
traceback is always a bug.
"""

import errno
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import wraps
from reprlib import repr as short
from types import FunctionType
from typing import ParamSpec, TypeVar

from askew.terminal import one_line

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C")

GUARDED = ("__len__", "__contains__", "__enter__", "__exit__", "__repr__")
LISTED = 12
"""Known names listed in an error if none is similar."""
LONGEST = 100
"""Characters of an unknown name that are shown in full."""


class AskewError(Exception):
    """rows: lines below the message, such as a table.

    The message and each row are one line, whatever names and foreign words they contain: characters on which a terminal
    or the reader of a log would act are escaped.
    """

    def __init__(self, message: str = "", rows: Sequence[str] = ()) -> None:
        self.lines = tuple(map(one_line, (message, *rows)))
        super().__init__(self.lines[0])

    def __str__(self) -> str:
        return "\n".join(self.lines)


class InputError(AskewError):
    pass


class UnknownNameError(InputError):
    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        names = sorted(known)
        near = get_close_matches(name, names, n=3, cutoff=0.4) if isinstance(name, str) else []
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        hint = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(names[:LISTED])}{more}."
        shown = repr(name) if isinstance(name, str) and len(name) <= LONGEST else short(name)
        super().__init__(f"There is no {kind} {shown}. {hint}")


class ModelError(AskewError):
    pass


@dataclass(frozen=True)
class Difference:
    """A setting whose given value differs from the one sealed in the index."""

    field: str
    sealed: str
    given: str


class ContractError(AskewError):
    def __init__(self, message: str, differences: Sequence[Difference] = ()) -> None:
        self.differences = tuple(differences)
        field = max((len(d.field) for d in differences), default=0)
        sealed = max((len(d.sealed) for d in differences), default=0)
        rows = [f"  {d.field:<{field}}  index: {d.sealed:<{sealed}}  given: {d.given}" for d in differences]
        super().__init__(message, rows)


class StoreError(AskewError):
    pass


class StoreLockedError(StoreError):
    pass


class ResourceError(AskewError):
    pass


def system_reason(error: OSError | MemoryError, about: str = "") -> str:
    """Return what the operating system refuses, in a sentence. about: the file or folder, if the error names none."""
    if isinstance(error, MemoryError):
        return "Not enough memory: close other programs, or ask for less at once."
    place = str(about or error.filename or "a file")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"No space left on the disk that holds {place}; nothing was written."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"Cannot read or write {place}: this user may not ({error.strerror})."
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return f"Too many open files to use {place}: close some, or raise the limit (ulimit -n)."
    return f"{place} cannot be used: {error.strerror or error}."


def public(call: Callable[P, T]) -> Callable[P, T]:
    """Decorate a public function: what the system refuses inside it is raised as a ResourceError."""

    @wraps(call)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return call(*args, **kwargs)
        except (OSError, MemoryError) as error:
            raise ResourceError(system_reason(error)) from error

    return guarded


def public_methods(besides: Sequence[str] = ()) -> Callable[[type[C]], type[C]]:
    """Decorate a class: its public methods, and those that Python calls for `len`, `in` and `with`, are `public`.

    besides: methods that see to it themselves.
    """

    def decorated(cls: type[C]) -> type[C]:
        for name, member in list(vars(cls).items()):
            if name in besides or (name.startswith("_") and name not in GUARDED):
                continue
            if isinstance(member, classmethod):
                setattr(cls, name, classmethod(public(member.__func__)))
            elif isinstance(member, FunctionType):
                setattr(cls, name, public(member))
        return cls

    return decorated


class TruncationWarning(UserWarning):
    """Texts exceed the model's maximum length and were truncated."""

"""How long work tells whoever started it how far it is; what is drawn of it is the caller's affair."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """`done` of `total` units of `what`; total 0 where it is not known."""

    what: str
    done: int
    total: int


Report = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """The report of a caller who does not want one."""


def reporter(progress: bool | Report | None) -> Report:
    return silent if progress is None or isinstance(progress, bool) else progress

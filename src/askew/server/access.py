"""Access: who sends a request, and what they may do.

Every route depends on `identify`, and every use of an index or a model passes its `Caller` to `authorise`. Without
access control everyone is anonymous and may do everything.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request


class Action(StrEnum):
    """What is done to an index, or with a model."""

    LIST = "list"
    READ = "read"
    WRITE = "write"
    MANAGE = "manage"
    """Create and delete indexes."""
    ENCODE = "encode"
    """Use a model without an index."""


@dataclass(frozen=True)
class Caller:
    """Who sends a request. name: "" for anonymous."""

    name: str = ""


ANONYMOUS = Caller()


async def identify(request: Request) -> Caller:
    """Return who sends this request."""
    return ANONYMOUS


def authorise(caller: Caller, index: str, action: Action) -> None:
    """Raise an error unless this caller may do this. index: its name, "" for models and for the list of indexes."""


Calling = Annotated[Caller, Depends(identify)]
"""The parameter of a route that takes the caller."""

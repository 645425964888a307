"""Access: who sends a request, and what they may do.

Every route depends on `identify`, and every use of an index or a model passes its `Caller` to `authorise`. Whoever has
no right to read an index gets the answer of one that does not exist. Without keys everyone is anonymous and may do
everything; see `askew.server.gate`.
"""

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request

from askew.server.errors import ForbiddenError, NotFoundError
from askew.server.rights import ADMIN, EVERYTHING, READ, WRITE, Rights

log = logging.getLogger("askew.server.audit")


class Action(StrEnum):
    """What is done to an index, or with a model."""

    LIST = "list"
    READ = "read"
    WRITE = "write"
    CREATE = "create"
    MANAGE = "manage"
    """Delete indexes, and see all of them and of the server."""
    ENCODE = "encode"
    """Use a model without an index."""


NEEDED = {Action.READ: READ, Action.WRITE: WRITE, Action.CREATE: ADMIN, Action.MANAGE: ADMIN}
"""The right that an action on an index needs; the others need any right at all."""


@dataclass(frozen=True)
class Caller:
    """Who sends a request. name: "" for anonymous. rights: all of them. groups: those whose documents they may read."""

    name: str = ""
    rights: tuple[Rights, ...] = (EVERYTHING,)
    groups: frozenset[str] = frozenset()

    def may(self, index: str, action: Action) -> bool:
        needed = NEEDED.get(action)
        return bool(self.rights) if needed is None else any(one.allow(index, needed) for one in self.rights)


ANONYMOUS = Caller()


async def identify(request: Request) -> Caller:
    """Return who sends this request, as the gate found."""
    found: Caller = request.state.caller
    return found


def authorise(caller: Caller, index: str, action: Action) -> None:
    """Raise an error unless this caller may do this. index: its name, "" for models, the list of indexes, the server.

    NotFoundError unless they may read the index, or are to create it; ForbiddenError otherwise.
    """
    if caller.may(index, action):
        return
    audit(caller.name, index, action)
    if action is not Action.CREATE and index and not caller.may(index, Action.READ):
        raise absent(index)
    raise ForbiddenError(f"This key has no right to {action}. Ask whoever runs the server for one that has.")


def absent(index: str) -> NotFoundError:
    """Return the error for an index that does not exist, or that the caller is not to know of."""
    return NotFoundError(f"There is no index {index}. GET /v1/indexes lists them.")


def audit(caller: str, index: str, reason: str, *, sender: str = "") -> None:
    """Log a refusal: who, what, which index. Never a key, nor anything else that was sent."""
    log.warning("refused", extra={"fields": {"caller": caller, "index": index, "reason": reason, "sender": sender}})


Calling = Annotated[Caller, Depends(identify)]
"""The parameter of a route that takes the caller."""

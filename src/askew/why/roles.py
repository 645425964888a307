"""The same query in both roles: as a query, and as a document among documents."""

from collections.abc import Mapping
from dataclasses import dataclass

from askew.contract import Contract
from askew.types import Role
from askew.why.given import alike, has_towers
from askew.why.order import Listed, Order


@dataclass(frozen=True)
class InRole:
    """The dense ranking that the query has in one role: the document's rank and score in it, and the k best."""

    role: str
    rank: int
    score: float
    top: tuple[Listed, ...]


@dataclass(frozen=True)
class Roles:
    """used: the role in which this index encodes queries. alike: the model does not tell the roles apart, and the two
    rankings are one. reason: why they are alike, or are not.
    """

    used: str
    alike: bool
    reason: str
    query: InRole
    document: InRole


def roles(contract: Contract, used: Role, orders: Mapping[Role, Order], document: str, k: int) -> Roles:
    query, as_document = (_in_role(role, orders[role], document, k) for role in (Role.QUERY, Role.DOCUMENT))
    return Roles(str(used), alike(contract), _reason(contract), query, as_document)


def _in_role(role: Role, order: Order, document: str, k: int) -> InRole:
    rank = order.rank(document)
    return InRole(str(role), rank, order.score(rank), order.top(k))


def _reason(contract: Contract) -> str:
    model = contract.encoder.model
    query, document = (contract.encoder.prompts.get(role, "") for role in Role)
    if has_towers(contract):
        return f"{model} has weights of its own for each role"
    if query != document:
        return f"{model} is told the role: {query!r} for a query, {document!r} for a document"
    if query:
        return f"{model} is told the same for both roles in this task: {query!r}"
    return f"{model} has no prompts and no second tower"

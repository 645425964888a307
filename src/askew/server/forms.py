"""Fields that requests have in common, with their bounds."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from askew.server.config import ServerLimits

BOUNDS = ServerLimits()
Text = Annotated[str, StringConstraints(max_length=BOUNDS.characters)]
Query = Annotated[str, StringConstraints(min_length=1, max_length=BOUNDS.characters)]
Texts = Annotated[list[Text], Field(min_length=1, max_length=BOUNDS.texts)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
K = Annotated[int, Field(ge=1, le=BOUNDS.k)]
IndexName = Annotated[str, Path(min_length=1, max_length=64, description="The name of the index.", examples=["book"])]


def _bounded(where: dict[str, Any]) -> dict[str, Any]:
    """Return the filter. Raises ValueError if it has too many values: each is compared with every document."""
    count, left = 0, list[Any]([where])
    while left:
        inner = left.pop()
        inside = inner.values() if isinstance(inner, dict) else inner
        left += [one for one in inside if isinstance(one, dict | list)]
        count += len(inside)
        if count > BOUNDS.values:
            raise ValueError(f"A filter has at most {BOUNDS.values} values")
    return where


Filter = Annotated[
    dict[str, Any],
    AfterValidator(_bounded),
    Field(description="A metadata filter.", examples=[{"year": {"$gte": 2020}}], max_length=100),
]


class Form(BaseModel):
    """A request's body. A field that is not known is refused: it may have meant something."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, protected_namespaces=())

"""How each service wants to be asked for vectors, and how it answers: one wire format each, as facts and functions."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.errors import ModelError
from askew.types import FloatMatrix


@dataclass(frozen=True)
class Ask:
    """One request. titles: one for each text, or none. word: the service's own word for the role, "" for none.
    dim: how many components to ask for, 0 for as many as the model has. packed: whether vectors may come in base64.
    """

    model: str
    texts: Sequence[str]
    titles: Sequence[str]
    word: str
    dim: int
    packed: bool


@dataclass(frozen=True)
class Wire:
    """path: behind the card's url. header, scheme: where the key goes, and what before it. prefix: the service knows
    no words for roles, so what the card says is put before each text. titled: the word with which a title has a field
    of its own, "" where there is none.
    """

    path: str
    body: Callable[[Ask], dict[str, Any]]
    rows: Callable[[Any], Sequence[tuple[int, Any]]]
    header: str = "Authorization"
    scheme: str = "Bearer "
    prefix: bool = False
    titled: str = ""


def wire(provider: str) -> Wire:
    if provider not in WIRES:
        raise ModelError(f"There is no provider {provider!r}; a card may name {', '.join(sorted(WIRES))}.")
    return WIRES[provider]


def vectors(form: Wire, ask: Ask, answer: object, dim: int) -> FloatMatrix:
    """What was answered, each vector at the place of its text; `ModelError` unless it is all there and all numbers."""
    count = len(ask.texts)
    try:
        rows = form.rows(answer)
    except (LookupError, TypeError, AttributeError) as fault:
        raise _wrong(ask, f"holds no vectors where they belong ({fault!r})") from None
    if len(rows) != count:
        raise _wrong(ask, f"has {len(rows)} vectors for {count} texts")
    if sorted((repr(place) for place, _ in rows)) != sorted(map(repr, range(count))):
        raise _wrong(ask, "does not say which vector belongs to which text")
    result = np.empty((count, dim), np.float32)
    for place, components in rows:
        result[place] = _vector(ask, components, dim)
    return result


def _vector(ask: Ask, components: object, dim: int) -> FloatMatrix:
    try:
        vector = _unpacked(components) if isinstance(components, str) else np.array(components, np.float64)
    except (ValueError, TypeError, OverflowError):
        raise _wrong(ask, "has a vector that is not made of numbers") from None
    if vector.shape != (dim,):
        raise _wrong(ask, f"has a vector of shape {vector.shape} where the card says {dim} components")
    with np.errstate(over="ignore"):
        single = vector.astype(np.float32)
    if not np.isfinite(single).all():
        raise _wrong(ask, "has a vector with components that are no finite numbers")
    return single


def _wrong(ask: Ask, what: str) -> ModelError:
    return ModelError(f"{ask.model}: the service's answer {what}. Check the card's provider, model and dim.")


def _unpacked(text: str) -> NDArray[np.float32]:
    """OpenAI's base64: little-endian float32."""
    return np.frombuffer(base64.b64decode(text, validate=True), "<f4")


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that say something; services refuse an empty word, and a dimension that they have not got."""
    return {name: value for name, value in fields.items() if value not in ("", 0)}


def _openai(ask: Ask) -> dict[str, Any]:
    encoding = "base64" if ask.packed else "float"
    fields = {"model": ask.model, "input": list(ask.texts), "encoding_format": encoding}
    return {**fields, **_given({"dimensions": ask.dim})}


def _cohere(ask: Ask) -> dict[str, Any]:
    if not ask.word:
        raise ModelError("Cohere wants an input_type for every text: the card must give its words for both roles.")
    fields = {"model": ask.model, "texts": list(ask.texts), "input_type": ask.word}
    return {**fields, "embedding_types": ["float"], "truncate": "NONE", **_given({"output_dimension": ask.dim})}


def _voyage(ask: Ask) -> dict[str, Any]:
    fields = {"model": ask.model, "input": list(ask.texts), "truncation": False}
    return {**fields, **_given({"input_type": ask.word, "output_dimension": ask.dim})}


def _jina(ask: Ask) -> dict[str, Any]:
    fields = {"model": ask.model, "input": list(ask.texts), "truncate": False, "late_chunking": False}
    return {**fields, **_given({"task": ask.word, "dimensions": ask.dim})}


def _gemini(ask: Ask) -> dict[str, Any]:
    model = f"models/{ask.model}"
    common = _given({"taskType": ask.word, "outputDimensionality": ask.dim})
    titles = ask.titles or [""] * len(ask.texts)
    requests = [
        {"model": model, "content": {"parts": [{"text": text}]}, **common, **_given({"title": title})}
        for text, title in zip(ask.texts, titles, strict=True)
    ]
    return {"requests": requests}


def _numbered(answer: Any) -> list[tuple[int, Any]]:
    return [(item["index"], item["embedding"]) for item in answer["data"]]


def _in_order(answer: Any) -> list[tuple[int, Any]]:
    return list(enumerate(answer["embeddings"]["float"]))


def _values(answer: Any) -> list[tuple[int, Any]]:
    return [(place, item["values"]) for place, item in enumerate(answer["embeddings"])]


WIRES: Mapping[str, Wire] = {
    "openai": Wire("/embeddings", _openai, _numbered, prefix=True),
    "cohere": Wire("/embed", _cohere, _in_order),
    "voyage": Wire("/embeddings", _voyage, _numbered),
    "jina": Wire("/embeddings", _jina, _numbered),
    "gemini": Wire(
        "/models/{model}:batchEmbedContents",
        _gemini,
        _values,
        header="x-goog-api-key",
        scheme="",
        titled="RETRIEVAL_DOCUMENT",
    ),
}

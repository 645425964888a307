"""Provider formats: request and response of each embedding API."""

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
    """One request. titles: one per text, or none. word: the provider's parameter for the role, "" for none.
    dim: dimensions to request, 0 for the model's default. packed: whether vectors may be sent as base64.
    """

    model: str
    texts: Sequence[str]
    titles: Sequence[str]
    word: str
    dim: int
    packed: bool


@dataclass(frozen=True)
class Wire:
    """Format of one provider. path: appended to the card's url. header, scheme: header that carries the key, and its
    prefix. prefix: the API has no parameter for roles, so the card's prompt is prepended to each text. titled: the role
    parameter with which titles have a separate field, "" if there is none.
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
        raise ModelError(f"Unknown provider {provider!r}. Choose one of: {', '.join(sorted(WIRES))}.")
    return WIRES[provider]


def vectors(form: Wire, ask: Ask, answer: object, dim: int) -> FloatMatrix:
    """Return the vectors in the order of the texts. Raises `ModelError` unless all are present and finite."""
    count = len(ask.texts)
    try:
        rows = form.rows(answer)
    except (LookupError, TypeError, AttributeError) as error:
        raise _wrong(ask, f"does not have the expected structure ({error!r})") from None
    if len(rows) != count:
        raise _wrong(ask, f"has {len(rows)} vectors for {count} texts")
    if sorted((repr(place) for place, _ in rows)) != sorted(map(repr, range(count))):
        raise _wrong(ask, "has missing or repeated indexes, so its vectors cannot be assigned to texts")
    result = np.empty((count, dim), np.float32)
    for place, components in rows:
        result[place] = _vector(ask, components, dim)
    return result


def _vector(ask: Ask, components: object, dim: int) -> FloatMatrix:
    try:
        vector = _unpacked(components) if isinstance(components, str) else np.array(components, np.float64)
    except (ValueError, TypeError, OverflowError):
        raise _wrong(ask, "contains a vector that is not numeric") from None
    if vector.shape != (dim,):
        raise _wrong(ask, f"contains a vector of shape {vector.shape}, but the card says dim = {dim}")
    with np.errstate(over="ignore"):
        single = vector.astype(np.float32)
    if not np.isfinite(single).all():
        raise _wrong(ask, "contains NaN or infinite components")
    return single


def _wrong(ask: Ask, what: str) -> ModelError:
    return ModelError(f"{ask.model}: the service's response {what}. Check provider, model and dim in the card.")


def _unpacked(text: str) -> NDArray[np.float32]:
    """Decode OpenAI's base64 format: little-endian float32."""
    return np.frombuffer(base64.b64decode(text, validate=True), "<f4")


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Drop empty fields: services reject an empty parameter or a dimension of 0."""
    return {name: value for name, value in fields.items() if value not in ("", 0)}


def _openai(ask: Ask) -> dict[str, Any]:
    encoding = "base64" if ask.packed else "float"
    fields = {"model": ask.model, "input": list(ask.texts), "encoding_format": encoding}
    return {**fields, **_given({"dimensions": ask.dim})}


def _cohere(ask: Ask) -> dict[str, Any]:
    if not ask.word:
        raise ModelError("Cohere requires an input_type for every text: set words for both roles in the card.")
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

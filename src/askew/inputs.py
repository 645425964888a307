"""Texts, queries, ids and vectors from lists, generators, arrays and columns, checked before any work starts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from askew.errors import InputError
from askew.types import Document, FloatMatrix
from askew.values import UnusableError, frame, id_of, items, shown, text_of

LARGEST = 1e15
"""A component larger than this cannot come from a model; its products would overflow single precision."""

LONGEST_QUERY = 200_000
"""Characters of a query; about 50,000 tokens, more than the models with the longest input accept."""


def texts_from(data: object, name: str = "texts") -> list[str]:
    """Return many texts as a list; [] for none. InputError for a single string, or for a text that is empty.

    name: the argument, as the errors call it.
    """
    want = f"{name} is a list of strings (or a generator, Series or array of them)"
    if isinstance(data, str):
        raise InputError(f"{want}, not one string. Pass [text].")
    if isinstance(data, Mapping):
        raise InputError(f"{want}, not a dict. Pass list(d.values()).")
    if frame(data) is not None:
        raise InputError(f"{want}, not a table. Pass one column, such as df['text'].")
    return [_text(place, item, name) for place, item in enumerate(items(data, want))]


def check_lengths(queries: Iterable[str], name: str = "queries") -> None:
    """Raise InputError for a query that is longer than any model reads, before it is split into words or tokens."""
    for place, query in enumerate(queries):
        if len(query) > LONGEST_QUERY:
            raise InputError(
                f"{name}, at position {place}: it has {len(query):,} characters, and no model reads more than "
                f"{LONGEST_QUERY:,}. Shorten it to the question itself."
            )


def queries_from(data: object, name: str = "queries") -> tuple[list[str], bool]:
    """Return the queries, and whether the argument was a single string instead of many."""
    if isinstance(data, str):
        try:
            return [text_of(data)], True
        except UnusableError as fault:
            raise InputError(f"{name}: {fault}.") from None
    return texts_from(data, name), False


def are_vectors(data: object) -> bool:
    """Return whether these are vectors and not texts: an array or tensor of numbers, or a list that holds no text."""
    if isinstance(data, list | tuple):
        return bool(data) and not isinstance(data[0], str)
    kind = getattr(getattr(data, "dtype", None), "kind", None)
    return kind in ("f", "i", "u", "b") or hasattr(data, "detach")  # torch's types have no kind


def judgements_from(data: object, rows: int, name: str = "judged") -> list[dict[str, float]]:
    """Return the relevance of documents, by id, for each of `rows` queries."""
    want = f"{name} is a list of {rows} dicts such as {{'id': 1}}, one for each query"
    found = items(data, want)
    if len(found) != rows:
        raise InputError(f"{want}, not {len(found)}.")
    return [_judgement(place, item, name) for place, item in enumerate(found)]


def _judgement(place: int, item: object, name: str) -> dict[str, float]:
    if not isinstance(item, Mapping):
        raise InputError(f"{name}, at position {place}: {shown(item)} is not a dict of id and relevance.")
    for grade in item.values():
        number = isinstance(grade, int | float | np.integer | np.floating) and not isinstance(grade, bool)
        if not number or not np.isfinite(grade):
            raise InputError(f"{name}, at position {place}: the relevance {shown(grade)} is not a number.")
    return {_id(place, id, name): float(grade) for id, grade in item.items()}


def messages_from(data: object) -> list[tuple[str, Sequence[str]]]:
    """Return messages with the ids of the entries that answer each; no ids mean that nothing does."""
    want = "labelled is a list of pairs of a message and its ids, such as [('How much is it?', ['e1'])]"
    made: list[tuple[str, Sequence[str]]] = []
    for place, pair in enumerate(items(data, want)):
        if not isinstance(pair, tuple | list) or len(pair) != 2 or not isinstance(pair[0], str):
            raise InputError(f"{want}; at position {place} is {shown(pair)}.")
        made.append((pair[0], ids_from(pair[1])))
    return made


def ids_from(data: object, name: str = "ids") -> list[str]:
    """Return one id or many as strings; 13 and np.int64(13) are "13". A string is one id, not its characters."""
    want = f"{name} is one id or a list of ids"
    if isinstance(data, Document | Mapping) or frame(data) is not None:
        raise InputError(f"{want}, not {shown(data)}. Pass its id or its column of ids.")
    if isinstance(data, bytes | bytearray) or data is None:
        raise InputError(f"{want}, not {shown(data)}.")
    many = list(data) if isinstance(data, set | frozenset) else [data] if _single(data) else items(data, want)
    return [_id(place, item, name) for place, item in enumerate(many)]


def vectors_from(data: object, dim: int, rows: int | None = None, name: str = "vectors") -> FloatMatrix:
    """Return vectors as a matrix (n, dim) of float32; one vector of length dim is a matrix of one row.

    data: a numpy array, a list of vectors, a torch tensor, an Arrow or polars column of lists, a pandas Series of
    arrays. rows: how many are needed, if that is known (one for each document).
    """
    want = f"{name} is an array of {'n' if rows is None else rows} × {dim} finite numbers"
    found = _numbers(_array(data, want), want)
    if found.size == 0 and found.shape in ((0,), (0, dim)):
        found = found.reshape(0, dim)
    elif found.shape == (dim,):
        found = found.reshape(1, dim)
    if found.ndim != 2 or found.shape[1] != dim or (rows is not None and len(found) != rows):
        raise InputError(f"{want}, not {' × '.join(map(str, found.shape)) or 'a single number'}.")
    # Not >, so that NaN is refused too.
    wrong = np.flatnonzero(~(np.abs(found) < LARGEST).all(axis=1))
    if len(wrong):
        raise InputError(f"{want}; the one at position {wrong[0]} has NaN, infinity or a huge number in it.")
    return found


def _text(place: int, item: object, name: str) -> str:
    try:
        return text_of(item)
    except UnusableError as fault:
        raise InputError(f"{name}, at position {place}: {fault}.") from None


def _id(place: int, item: object, name: str) -> str:
    try:
        return id_of(item)
    except UnusableError as fault:
        raise InputError(f"{name}, at position {place}: {fault}.") from None


def _single(data: object) -> bool:
    return not hasattr(data, "__iter__") or isinstance(data, str) or (isinstance(data, np.ndarray) and not data.ndim)


def _array(data: object, want: str) -> np.ndarray[Any, Any]:
    """Whatever holds numbers as an array of any type."""
    if data is None or isinstance(data, str | bytes | Mapping | set | frozenset):
        raise InputError(f"{want}, not {shown(data)}.")
    if isinstance(data, np.ma.MaskedArray):
        return np.asarray(np.ma.filled(data.astype(np.float64), np.nan))
    if isinstance(data, np.ndarray) and data.dtype != object:
        return data
    if hasattr(data, "detach"):  # torch: also on a GPU, with a gradient, or in bfloat16, which numpy does not have
        tensor: Any = data
        return np.asarray(tensor.detach().cpu().float().numpy())
    try:
        table = hasattr(data, "to_numpy") and frame(data) is not None
        return np.asarray(data if table else [_vector(item) for item in items(data, want)])
    except (ValueError, TypeError, NotImplementedError) as fault:
        raise InputError(f"{want}; these differ in length or are not all numbers.") from fault


def _vector(item: Any) -> Any:
    return item.detach().cpu().float().numpy() if hasattr(item, "detach") else item


def _numbers(array: np.ndarray[Any, Any], want: str) -> FloatMatrix:
    if array.dtype.kind not in "fiu" and array.size:
        raise InputError(f"{want}, not of type {array.dtype}.")
    with np.errstate(over="ignore"):  # what is too large becomes infinity, and is refused
        return np.ascontiguousarray(array, dtype=np.float32)

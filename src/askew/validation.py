"""Validates arguments; every error says how to fix it."""

import math
import operator
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.errors import InputError, UnknownNameError
from askew.inputs import check_lengths, queries_from
from askew.types import Role
from askew.values import UnusableError, encodable, items, shown

LARGEST = 10**12
"""Upper bound of counts such as k."""


def whole(value: object, name: str, least: int = 0, most: int = LARGEST) -> int:
    """Return an integer within bounds; numpy integers are fine, booleans and floats are not."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise InputError(f"{name} must be a whole number of at least {least}, not {shown(value)}.")
    if not least <= value <= most:
        bounds = f"at least {least:,}" if most == LARGEST and value < least else f"between {least:,} and {most:,}"
        raise InputError(f"{name} must be {bounds}, not {int(value):,}.")
    return operator.index(value)


def number(value: object, name: str, want: str = "a number") -> float:
    """Return a real number, which may be infinite; booleans, strings and NaN are refused."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
        raise InputError(f"{name} must be {want}, not {shown(value)}.")
    if math.isnan(value):
        raise InputError(f"{name} must be {want}, not NaN.")
    return float(value)


def flag(value: object, name: str) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise InputError(f"{name} must be True or False, not {shown(value)}.")
    return bool(value)


def string(value: object, name: str) -> str:
    """Return a string that is not blank."""
    if not isinstance(value, str):
        raise InputError(f"{name} must be a string, not {shown(value)}.")
    if not value.strip():
        raise InputError(f"{name} must not be empty.")
    try:
        return encodable(value)
    except UnusableError as error:
        raise InputError(f"{name}: {error}.") from None


def strings(value: object, name: str, example: str) -> tuple[str, ...]:
    """Return the strings of a list, generator or column; a single string is refused. example: for the error."""
    want = f"{name} must be a list of strings such as {example}"
    found = []
    for item in items(value, want):
        if not isinstance(item, str):
            raise InputError(f"{want}, not of {shown(item)}.")
        found.append(item)
    return tuple(found)


def one_of(value: object, kind: str, known: Iterable[str]) -> str:
    """Return a known name; UnknownNameError suggests similar ones."""
    names = list(known)
    if not isinstance(value, str) or value not in names:
        raise UnknownNameError(kind, value, names)
    return str(value)


def file_path(value: object, name: str) -> Path:
    """Return a path given as a string or Path."""
    if not isinstance(value, str | os.PathLike) or not isinstance(found := os.fspath(value), str):
        raise InputError(f"{name} must be a string or a Path, not {shown(value)}.")
    if not found.strip() or "\0" in found:
        raise InputError(f"{name} must be the path of a file or folder, not {found!r}.")
    return Path(found)


def output_path(value: object, name: str) -> Path:
    """Return the path of a file that can be written: its folder exists and it is no folder itself."""
    path = file_path(value, name)
    folder = path.absolute().parent
    if path.is_dir():
        raise InputError(f"{name} must be the path of a file; {path} is a folder.")
    if not folder.is_dir():
        raise InputError(f"{name}: {path} cannot be written, because there is no folder {folder}.")
    if not os.access(path if path.exists() and not path.is_file() else folder, os.W_OK):
        raise InputError(f"{name}: {path} cannot be written; choose a folder that you may write to.")
    return path


def instance(value: object, kind: type[Any], name: str, hint: str) -> None:
    """hint: how to get an object of this kind."""
    if not isinstance(value, kind):
        raise InputError(f"{name} must be {hint}, not {shown(value)}.")


def role(value: object) -> Role:
    return Role(one_of(value, "role", list(Role)))


def prompts(given: object) -> Mapping[str, str]:
    """Return prompts by role; {} if there are none."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InputError(f"prompts must be a dict such as {{'query': 'query: '}}, not {shown(given)}.")
    for name, prompt in given.items():
        if not isinstance(prompt, str):
            raise InputError(f"The prompt of {name!r} must be a string, not {shown(prompt)}.")
    return {str(role(name)): prompt for name, prompt in given.items()}


def check_queries(queries: object) -> None:
    check_lengths(queries_from(queries)[0])


def check_k(k: object) -> None:
    whole(k, "k", 1)


def check_budget(budget: float, rerank: bool) -> None:
    if not number(budget, "budget", "a number of seconds") > 0:
        raise InputError(f"budget must be more than 0 seconds, not {budget}.")
    if budget < math.inf and not rerank:
        raise InputError("budget limits reranking: name a model with rerank=…, or leave it out.")


def check_candidates(candidates: object) -> None:
    whole(candidates, "candidates", 1)


def check_recall(recall: object) -> None:
    if not 0.5 <= number(recall, "recall", "at least 0.5 and below 1") < 1:
        raise InputError(f"recall must be at least 0.5 and below 1, not {recall}.")


def check_threshold(threshold: object, *, cosine: bool = False) -> None:
    """Check a score threshold. cosine: it must lie between -1 and 1."""
    if not math.isfinite(found := number(threshold, "threshold")):
        raise InputError(f"threshold must be a finite number, not {threshold}.")
    if cosine and not -1 <= found <= 1:
        raise InputError(f"threshold must be a cosine between -1 and 1, not {threshold}.")


def check_weights(weights: object, most: int = 3) -> None:
    """Check the weights of hybrid search. most: 3 where there is a sparse channel, else 2."""
    want = "weights must be two numbers of at least 0 (dense, lexical), not both 0"
    if most == 3:
        want = "weights must be two or three numbers of at least 0 (dense, lexical, sparse), not all 0"
    listed: Sequence[Any] | NDArray[Any] = ()
    if isinstance(weights, Sequence | np.ndarray) and not isinstance(weights, str | bytes):
        listed = weights
    if not 2 <= len(listed) <= most:
        more = "" if most == 3 else " A third one needs an index with a learned sparse encoder, and no min_confidence."
        raise InputError(f"{want}, such as (1, 0.5); not {shown(weights)}.{more}")
    found = [number(weight, "weights", "numbers") for weight in listed]
    if not all(0 <= weight < math.inf for weight in found) or not any(found):
        raise InputError(f"{want}; they are {found}.")


def seconds(value: object, name: str) -> float:
    if number(value, name, "a number of seconds") < 0:
        raise InputError(f"{name} must be at least 0 seconds, not {shown(value)}.")
    return number(value, name)


def encoder(value: object) -> None:
    """Check an `encoder` argument, which may be None."""
    if value is not None and not (hasattr(value, "signature") and callable(getattr(value, "encode", None))):
        raise InputError(f"encoder must be an object with signature, encode, spans and room, not {shown(value)}.")

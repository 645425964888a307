"""Strict conversion of TOML values to dataclasses: unknown keys, missing keys and wrong types are errors."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from reprlib import repr as short
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from askew.errors import InputError
from askew.similarity import Similarity

T = TypeVar("T")
LARGEST = 1e30


def build(shape: type[T], values: Mapping[str, Any], origin: str) -> T:
    """Build a dataclass. `InputError` names the offending key and its `origin`."""
    known = get_type_hints(shape)
    for key in values:
        if key not in known:
            raise InputError(f"In {origin}: unknown key {short(key)}. Known keys: {', '.join(known)}.")
    for part in fields(shape):  # type: ignore[arg-type]  # T is a dataclass wherever this is called
        required = part.default is MISSING and part.default_factory is MISSING
        if required and part.name not in values:
            raise InputError(f"In {origin}: the key {part.name!r} is missing.")
    return shape(**{key: _value(known[key], value, f"{origin}, {key}") for key, value in values.items()})


def _value(kind: Any, value: object, origin: str) -> Any:
    """Convert a value to its field's type: str, int, float, bool, Similarity, tuple, mapping or dataclass."""
    if get_origin(kind) is tuple:
        return tuple(_value(get_args(kind)[0], part, origin) for part in _expect(value, list, origin))
    if get_origin(kind) is dict:
        inner = get_args(kind)[1]
        return {key: _value(inner, part, f"{origin}.{key}") for key, part in _expect(value, dict, origin).items()}
    options = [option for option in get_args(kind) if option is not type(None)]
    if options:
        kind = options[0]
    if kind is float:
        return _number(_expect(value, (int, float), origin), origin)
    if kind in (str, int, bool):
        return _expect(value, kind, origin)
    if issubclass(kind, Similarity):
        if value not in list(Similarity):
            raise InputError(f"In {origin}: {short(value)} is not one of {', '.join(Similarity)}.")
        return Similarity(str(value))
    return build(kind, _expect(value, dict, origin), origin)


def _number(value: float, origin: str) -> float:
    if not -LARGEST <= value <= LARGEST:  # also NaN
        raise InputError(f"In {origin}: {short(value)} is no finite number.")
    return float(value)


def _expect(value: Any, kind: Any, origin: str) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise InputError(f"In {origin}: {short(value)} has the wrong type.")
    return value

"""Dataclasses from their JSON form: the way back from `dataclasses.asdict`."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from askew.errors import ModelError

T = TypeVar("T")


class UnexpectedFormError(ModelError):
    """JSON that is not the form of this dataclass: it comes from another version, or from something else."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The answer is not as expected: {what}. Use the same version of askew on both sides.")


def decoded(kind: type[T], value: object) -> T:
    """Return the dataclass that `asdict` made this of. Fields that it does not have are ignored, null is NaN for a
    float. Raises UnexpectedFormError.
    """
    found: T = _decoded(kind, value, kind.__name__)
    return found


def _decoded(kind: Any, value: Any, place: str) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        return _dataclass(kind, value, place)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        chosen = [one for one in arguments if one is not NoneType]
        return None if value is None else _decoded(chosen[0], value, place) if len(chosen) == 1 else value
    if isinstance(origin, type) and issubclass(origin, Mapping):
        inside = arguments[1] if arguments else Any
        return {name: _decoded(inside, each, place) for name, each in _checked(value, Mapping, place).items()}
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return _sequence(origin, arguments, _checked(value, list, place), place)
    return _plain(kind, value, place)


def _dataclass(kind: type[Any], value: Any, place: str) -> Any:
    given, hints, found = _checked(value, Mapping, place), get_type_hints(kind), {}
    for field in fields(kind):
        if field.name in given:
            found[field.name] = _decoded(hints[field.name], given[field.name], f"{place}.{field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise UnexpectedFormError(f"{place} has no {field.name}")
    return kind(**found)


def _sequence(origin: type[Any], arguments: tuple[Any, ...], value: list[Any], place: str) -> Any:
    if origin is not tuple:
        return [_decoded(arguments[0], each, place) for each in value]
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_decoded(arguments[0], each, place) for each in value)
    return tuple(_decoded(kind, each, place) for kind, each in zip(arguments, value, strict=False))


def _plain(kind: Any, value: Any, place: str) -> Any:
    if kind is float:
        return float("nan") if value is None else float(_checked(value, int | float, place))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return _checked(value, kind, place) if kind in (str, int, bool) else value


def _checked(value: Any, kind: Any, place: str) -> Any:
    if not isinstance(value, kind):
        raise UnexpectedFormError(f"{place} is of another type")
    return value

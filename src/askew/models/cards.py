"""Model cards by name: built-in and the user's own, read strictly from TOML. Nothing is inferred from a name."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from pathlib import Path
from reprlib import repr as short
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from askew import paths
from askew.errors import InputError, UnknownNameError
from askew.models.card import Card, faults
from askew.similarity import Similarity
from askew.types import Role

LARGEST_CARD = 1 << 20
"""Bytes of a card's file."""

T = TypeVar("T")
LARGEST = 1e30


def built_in() -> list[str]:
    """Return the names of the built-in cards."""
    return sorted(file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml"))


def names() -> list[str]:
    """Return the names of all cards, built-in and the user's own."""
    return sorted({*built_in(), *(file.stem for file in paths.own_cards().glob("[!.]*.toml"))})


def get(name: str) -> Card:
    """Return the card of this name, built-in or the user's own."""
    if name in built_in():
        return parse(_folder().joinpath(f"{name}.toml").read_text("utf-8"), f"the card of {name}")
    if name in names():
        return load(paths.own_cards() / f"{name}.toml")
    raise UnknownNameError("model", name, names())


def load(path: Path) -> Card:
    """Read a card from a file."""
    return parse(text(path), str(path))


def text(path: Path) -> str:
    """Return the text of a card's file. `InputError` if it cannot be read, or is too large for a card."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_CARD + 1)
        if len(content) > LARGEST_CARD:
            raise InputError(f"{path} is no card: it is larger than {LARGEST_CARD >> 20} MB.")
        return content.decode("utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read the card {path}: {error}.") from error


def parse(text: str, origin: str) -> Card:
    """Parse a card; errors name the unknown, missing or mistyped key, or the value that no card may have."""
    return made(values(text, origin), origin)


def values(text: str, origin: str) -> dict[str, Any]:
    """Return the keys of a card's TOML, not checked yet."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, numbers of thousands of digits, deep nesting
        reason = str(error) or type(error).__name__
        raise InputError(f"{origin} is not valid TOML: {reason}.") from error


def made(values: Mapping[str, Any], origin: str) -> Card:
    """Make a card of its keys, checked."""
    try:
        card = build(Card, values, origin)
    except RecursionError as error:
        raise InputError(f"{origin} is no card: its tables are nested too deeply.") from error
    for fault in faults(card):
        raise InputError(f"In {origin}: {fault}.")
    return card


def prompts_for(card: Card, task: str) -> dict[Role, str]:
    """Return the prompt of each role that has one in this task."""
    if card.sides:
        found = {role: prompts_for(side, task).get(role, "") for role, side in card.sides.items()}
        return {role: prompt for role, prompt in found.items() if prompt}
    chosen = card.prompts.get(task, card.prompts.get("default", {}))
    return {Role(role): prompt for role, prompt in chosen.items()}


def with_prompts(card: Card, task: str, overrides: Mapping[str, str]) -> Card:
    """Return the card with the prompts of some roles replaced for this task."""
    for role in overrides:
        if role not in list(Role):
            raise UnknownNameError("role", role, list(Role))
    if not overrides:
        return card
    if card.sides:
        given = {role: {str(role): overrides[role]} if role in overrides else {} for role in card.sides}
        changed = {role: with_prompts(side, task, given[role]) for role, side in card.sides.items()}
        return replace(card, documents=changed[Role.DOCUMENT], queries=changed[Role.QUERY])
    own = {str(role): prompt for role, prompt in prompts_for(card, task).items()}
    return replace(card, prompts={task: {**own, **overrides}})


def without_prompts(card: Card) -> Card:
    """Return the card without any prompt."""
    documents, queries = (side and replace(side, prompts={}) for side in (card.documents, card.queries))
    return replace(card, prompts={}, documents=documents, queries=queries)


def fed(card: Card, task: str, role: Role) -> str:
    """Return the template of the model's input, with the placeholders {text} and {title}."""
    prompt = prompts_for(card, task).get(role, "")
    titled = {"space": "{title} {text}", "segment": "{title} [SEP] {text}", "field": "{text} (separate title)"}
    text = titled[card.titles] if role is Role.DOCUMENT else "{text}"
    if card.hosted:
        word = hosted_words(card, task).get(role, "")
        return f"{prompt}{text}" + (f"  (API parameter: {word})" if word else "")
    return prompt + text


def hosted_words(card: Card, task: str) -> dict[Role, str]:
    """Return the provider's parameter for each role in this task; empty for local models."""
    if card.hosted is None:
        return {}
    chosen = card.hosted.words.get(task, card.hosted.words.get("default", {}))
    return {Role(role): word for role, word in chosen.items()}


def _folder() -> Path:
    return Path(__file__).with_name("cards")


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

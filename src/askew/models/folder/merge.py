"""Cards of folders, joined with what a user put on a card beside the files, and written as TOML.

A card adds what the files do not tell, and changes what a user decides. What contradicts a file is refused.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from askew import paths
from askew.errors import InputError
from askew.models import cards, names
from askew.models.card import TORCH, Card
from askew.models.folder import layout
from askew.models.folder.card import read as read_folder
from askew.models.folder.facts import DEFAULT
from askew.models.folder.transformer import FAST

CARD = "card.toml"
SETTLED = (
    *(
        "kind",
        "pooling",
        "dense",
        "normalised",
        "dim",
        "root",
        "lower_case",
        "truncation_side",
        "unknown",
        "modules",
        "activation",
    ),
    *("prompt_excluded", "labels", "late_interaction"),
)
"""Facts that the files of a folder settle."""
WORDS = ("mean", "max", "cls", "last_token")
"""Poolings that a card without a folder of sentence-transformers may name."""
REQUIRED = (
    *("name", "summary", "architecture", "pooling", "normalised", "similarity", "dim", "max_tokens", "languages"),
    *("licence", "commercial", "size_mb", "tasks", "verified", "checked"),
)
"""Keys that every card has."""

SIDES = ("documents", "queries")
"""Tables of a pair's encoders."""


def read(path: Path, name: str = "") -> Card:
    """Return the card of a folder or of a card's file, without saving it. name: for the model, instead of its own."""
    named = {"name": name} if name else {}
    if path.is_dir() and not (path / CARD).exists():
        home = path.absolute()
        told: dict[str, Any] = {"folder": str(home), **named}
        return cards.made(_with_files(_joined(told, read_folder(home, _name(home), str(path)), str(path))), str(path))
    file = path / CARD if path.is_dir() else path
    told = cards.values(cards.text(file), str(file)) | named
    if any(side in told for side in SIDES):
        sides = {side: _with_folders(told[side], file) for side in SIDES if isinstance(told.get(side), dict)}
        return cards.made(told | sides, str(file))
    told = _with_folders(told, file)
    home = Path(str(told.get("folder", "")))
    if told.get("folder") and not (told.get("hub") or told.get("towers")) and (home / layout.MODULES).is_file():
        told = _joined(told, read_folder(home, str(told.get("name") or _name(home)), str(home)), str(file))
    card = cards.made(_with_files(told), str(file))
    if card.architecture in {*FAST.values(), TORCH} and card.kind == "bi-encoder" and not card.origins:
        if card.pooling not in WORDS:
            raise InputError(f"In {file}: the pooling {card.pooling!r} is none of {', '.join(WORDS)}.")
        if not card.parts:
            raise InputError(f"In {file}: the card names no files of weights.")
    return card


def free_name(wanted: str, place: str) -> str:
    """Return a name for a card that neither a built-in model nor another model of the user's has.

    wanted: the name if it is free. place: where the model comes from, its folder or its repository.
    """
    name = re.sub(r"[^\w.-]+", "-", wanted, flags=re.ASCII).strip("-. ") or "model"
    name = "model" if names.fault(name) else name
    if name.casefold() not in map(str.casefold, cards.built_in()):
        file = paths.own_cards() / f"{name}.toml"
        if not file.is_file() or place in _places(cards.load(file)):
            return name
    return f"{name[:100]}-{hashlib.sha256(place.encode()).hexdigest()[:6]}"


def written(card: Card) -> str:
    """Return a card as TOML, without the keys that have their defaults."""
    return "\n".join(_lines(_told(card), "")) + "\n"


def _told(card: Card) -> dict[str, Any]:
    """Return the keys of a card that do not have their defaults, and those of a pair's encoders likewise."""
    plain = _keys(Card(**{key: getattr(card, key) for key in REQUIRED}))
    told = {key: value for key, value in _keys(card).items() if key in REQUIRED or value != plain.get(key)}
    return told | {side: _told(one) for side in SIDES if (one := getattr(card, side)) is not None}


def _joined(told: Mapping[str, Any], found: Card, origin: str) -> dict[str, Any]:
    """Return the keys of a card with those that its folder settles, or tells where the card does not.

    `InputError` if the card contradicts a file of the folder.
    """
    base = _keys(found)
    joined = {**base, **told, "files": {**base["files"], **told.get("files", {})}, "origins": dict(base["origins"])}
    joined["origins"] |= {key: "the card" for key in told if key in base["origins"] and told[key] != base[key]}
    if isinstance(told.get("dim"), int) and 0 < told["dim"] < found.dim:
        joined |= {"dim": told["dim"], "width": found.width or found.dim, "normalised": found.normalised}
        settled: tuple[str, ...] = tuple(key for key in SETTLED if key != "dim")
    else:
        settled = SETTLED
    for key in settled:
        stated, held = found.origins.get(key, layout.MODULES), base.get(key)
        if key in told and told[key] != held and stated != DEFAULT:
            raise InputError(
                f"In {origin}: {key} is {told[key]!r}, but {stated} in the folder says {held!r}. Correct the card "
                "or delete the line: what the folder tells need not be on its card."
            )
    joined["architecture"] = _architecture(str(told.get("architecture", found.architecture)), found, origin)
    return joined


def _keys(card: Card) -> dict[str, Any]:
    """Return the keys of a card as TOML has them."""
    found: dict[str, Any] = json.loads(json.dumps(asdict(card)))
    return {key: value for key, value in found.items() if value is not None}


def _architecture(told: str, found: Card, origin: str) -> str:
    """Return what runs the model: as the card says, unless only PyTorch can."""
    if told in (found.architecture, TORCH) or (told == "instructor" and found.architecture == TORCH):
        return told
    if found.architecture == TORCH and found.because:
        return TORCH
    raise InputError(f"In {origin}: architecture is {told!r}, but the folder holds a {found.architecture!r} model.")


def _with_files(told: dict[str, Any]) -> dict[str, Any]:
    """Return the keys of a card with every file that moves a vector in its folders, those of which the card is made
    with their SHA-256: if one changes, the card is no longer true.
    """
    towers = told.get("towers")
    for tower in [told, *(towers.values() if isinstance(towers, dict) else ())]:
        if (
            isinstance(tower, dict)
            and isinstance(tower.get("folder"), str)
            and isinstance(tower.get("files", {}), dict)
        ):
            home = Path(tower["folder"])
            found = dict.fromkeys(layout.moving(home), "") if home.is_dir() else {}
            tower["files"] = {**found, **tower.get("files", {})}
            if "origins" in told:
                tower["files"] |= {name: _digest(home / name) for name in found if Path(name).name in layout.FACTS}
    return told


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _with_folders(told: dict[str, Any], file: Path) -> dict[str, Any]:
    """Return the keys of a card with absolute folders; a card without a source of weights uses its own folder."""
    home = file.parent.absolute()
    towers = told.get("towers")
    for tower in [told, *(towers.values() if isinstance(towers, dict) else ())]:
        if isinstance(tower, dict) and isinstance(tower.get("folder"), str) and tower["folder"]:
            tower["folder"] = str(home / tower["folder"])
    local = told.get("files") or (home / layout.MODULES).is_file() or (home / layout.CONFIG).is_file()
    if local and not any(told.get(key) for key in ("hub", "package", "folder", "towers", "hosted")):
        told["folder"] = str(home)
    return told


def _places(card: Card) -> list[str]:
    return [card.folder, card.hub.repository if card.hub else ""]


def _name(home: Path) -> str:
    return free_name(home.resolve().name, str(home))


def _lines(table: Mapping[str, Any], at: str) -> Iterator[str]:
    """Yield the lines of a TOML table: its values, its tables, and its lists of tables."""
    rows = {key: value for key, value in table.items() if _tables(value)}
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    for key, value in table.items():
        if key not in rows and key not in inner and value is not None:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in inner.items():
        yield f"\n[{at}{_key(key)}]"
        yield from _lines(value, f"{at}{_key(key)}.")
    for key, value in rows.items():
        for row in value:
            yield f"\n[[{at}{_key(key)}]]"
            yield from _lines(row, f"{at}{_key(key)}.")


def _tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _value(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):
        return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)

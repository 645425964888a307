"""User-defined models: a TOML card, or a folder in the hub's layout that contains one.

A folder without a card is an error that shows a card template, filled in from the folder's files.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from askew import files, paths
from askew.errors import InputError, ModelError
from askew.models import cards, pull
from askew.models.cards import Card

CARD = "card.toml"

TEMPLATE = """name = {name}
summary = "?"
architecture = {architecture}
pooling = {pooling}
dense = {dense}
normalised = {normalised}
similarity = {similarity}
dim = {dim}
max_tokens = {max_tokens}
languages = ["?"]
licence = "?"
commercial = false
size_mb = {size_mb}
tasks = ["?"]
verified = false
checked = "not compared with a reference"

[files]
{files}
[prompts.default]
query = {query}
document = {document}
"""
FOLDER = re.compile(r'^folder = "([^"]+)"', re.MULTILINE)
TABLE = re.compile(r"^(?=\[)", re.MULTILINE)
UNKNOWN = '"?"'
LARGEST = 1 << 22
"""Bytes of a configuration that are read; also more than any number in it."""
KEPT = ("model.safetensors", "tokenizer.json", "config.json", "2_Dense/model.safetensors")
ARCHITECTURES = ("bert", "roberta", "xlm-roberta", "mpnet", "distilbert")


def resolve(model: str) -> Card:
    """Return a card by name or by the path of a card or folder; a card given by path is saved among the user's own."""
    path = Path(model)
    if model in cards.names():
        return cards.get(model)
    try:
        given = path.suffix == ".toml" or path.is_dir()
    except (OSError, ValueError):  # no path can be so
        given = False
    return add(path) if given else cards.get(model)


def add(path: Path) -> Card:
    """Read a card, check that its weights exist, and save it under its name."""
    file = path / CARD if path.is_dir() else path
    if path.is_dir() and not file.exists():
        rows = ("", *template(path).splitlines())
        raise ModelError(f"The folder {path} has no card. Save this as {file} and replace every ?:", rows)
    text = _with_folders(file)
    card = cards.parse(text, str(file))
    if card.name.casefold() in map(str.casefold, cards.built_in()):  # on many file systems the same file
        raise InputError(f"The card {file} uses the name of a built-in model: {card.name}. Choose another name.")
    for part in card.parts:
        if card.parts[part].folder:
            pull.find(card, part)
    home = paths.own_cards()
    home.mkdir(parents=True, exist_ok=True)
    files.replace_text(home / f"{card.name}.toml", text)
    return card


def template(folder: Path) -> str:
    """Return a card template for a folder; whatever its files do not tell is a question mark."""
    config = _json(folder / "config.json")
    if not config:
        raise ModelError(f"The folder {folder} has no config.json, so it is not a model in the hub's layout.")
    pooling = _json(folder / "1_Pooling" / "config.json")
    settings = _json(folder / "config_sentence_transformers.json")
    modules = [str(module.get("type", "")) for module in _json_list(folder / "modules.json")]
    prompts = settings["prompts"] if isinstance(settings.get("prompts"), dict) else {}
    kept = [name for name in KEPT if (folder / name).is_file()]
    weights = folder / "model.safetensors"
    return TEMPLATE.format(
        name=_quoted(folder.name),
        architecture=_quoted(config["model_type"]) if config.get("model_type") in ARCHITECTURES else UNKNOWN,
        pooling=_pooling(pooling),
        dense=_dense(folder) if any(kind.endswith("Dense") for kind in modules) else '""',
        normalised=str(any(kind.endswith("Normalize") for kind in modules)).lower() if modules else UNKNOWN,
        similarity=_quoted(str(settings["similarity_fn_name"])) if settings.get("similarity_fn_name") else UNKNOWN,
        dim=_number(config.get("hidden_size", config.get("dim"))),
        max_tokens=_number(_json(folder / "sentence_bert_config.json").get("max_seq_length")),
        size_mb=round(weights.stat().st_size / 1e6) if weights.is_file() else UNKNOWN,
        files="".join(f'"{name}" = ""\n' for name in kept),
        query=_quoted(str(prompts.get("query", ""))),
        document=_quoted(str(prompts.get("document", prompts.get("passage", "")))),
    )


def remove(name: str) -> None:
    """Delete one of the user's cards; its weights stay where they are."""
    file = paths.own_cards() / f"{name}.toml"
    if name not in cards.names() or not file.is_file():  # a name could lead out of the folder
        raise InputError(f"You have no card named {name!r}. List your models with: askew models list")
    file.unlink()


def _with_folders(file: Path) -> str:
    """Return the card's text with absolute folders; a card without a source of weights uses its own folder."""
    text = cards.text(file)
    card = cards.parse(text, str(file))
    if card.files and not (card.hub or card.package or card.folder):
        return f"folder = {_quoted(str(file.parent.absolute()))}\n{text}"
    return "".join(_absolute(table, file.parent) for table in TABLE.split(text))


def _absolute(table: str, home: Path) -> str:
    """Make the folder of one TOML table absolute; a package's folder is a path within its archive and stays."""
    if table.partition("\n")[0].rstrip().endswith("package]"):
        return table
    return FOLDER.sub(lambda line: f"folder = {_quoted(str((home / line[1]).absolute()))}", table)


def _pooling(pooling: Mapping[str, Any]) -> str:
    modes = {
        "pooling_mode_mean_tokens": "mean",
        "pooling_mode_cls_token": "cls",
        "pooling_mode_lasttoken": "last_token",
    }
    found = [word for key, word in modes.items() if pooling.get(key)] or [str(pooling.get("pooling_mode", ""))]
    return _quoted(found[0]) if len(found) == 1 and found[0] else UNKNOWN


def _dense(folder: Path) -> str:
    activation = str(_json(folder / "2_Dense" / "config.json").get("activation_function", ""))
    return {"Tanh": '"tanh"', "Identity": '"identity"'}.get(activation.rpartition(".")[2], UNKNOWN)


def _number(value: object) -> str:
    return str(value) if isinstance(value, int) and 0 < value < LARGEST else UNKNOWN


def _json(file: Path) -> Mapping[str, Any]:
    found = _read(file)
    return found if isinstance(found, dict) else {}


def _json_list(file: Path) -> list[Mapping[str, Any]]:
    found = _read(file)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _read(file: Path) -> object:
    """Parse a JSON file; {} if it is missing or unreadable, so that the template shows a question mark."""
    try:
        with file.open("rb") as source:
            return json.loads(source.read(LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)

"""Folders of sparse encoders, as sentence-transformers and the hub lay them out, read into cards.

    modules.json                 Transformer (or MLMTransformer) and SpladePooling, or a Router with a chain per role
    router_config.json           the chains: SPLADE for documents, SparseStaticEmbedding for queries
    config.json alone            an architecture "…ForMaskedLM": SPLADE with the maximum

Everything that moves a weight is read, or refused by name. Nothing is asked.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from askew import files, paths
from askew.encoders.families.config import Config
from askew.encoders.families.layouts import LAYOUTS
from askew.encoders.sparse import KIND
from askew.encoders.splade import HEADS, POOLINGS, Pooling
from askew.encoders.token_weights import TABLE, TOKENIZER, TOKENIZER_CONFIG, WEIGHTS, json_object, limit, read_json
from askew.errors import InputError, ModelError
from askew.models import cards, names
from askew.models.cards import Card, Tower
from askew.similarity import Similarity
from askew.types import Role

CONFIG = "config.json"
TRANSFORMERS = ("Transformer", "MLMTransformer")
POOLING = "SpladePooling"
STATIC = ("SparseStaticEmbedding", "IDF")  # the second is its first name
LOGARITHMS = {"relu": 1, "log1p_relu": 2}
READ = frozenset({"max_seq_length", "transformer_task", "modality_config", "module_output_name", "unpad_inputs"})
"""Keys of sentence_bert_config.json that are read or move no weight; of the others only empty ones are accepted."""


@dataclass(frozen=True)
class Module:
    """A module of sentence-transformers: its class, and its folder."""

    kind: str
    folder: Path


def resolve(model: str) -> Card:
    """Return the card of a sparse encoder by name or by its folder; a folder's is saved among the user's own.

    Raises ModelError for a folder that cannot be read, InputError if its name is that of another model's card.
    """
    path = Path(model)
    try:
        given = model not in cards.names() and path.is_dir()
    except (OSError, ValueError):  # no path can be so
        given = False
    if not given:
        return cards.get(model)
    card = card_of(Path(os.path.abspath(path)))  # noqa: PTH100  # also without "..", but with its links
    if card.name in cards.names() and (card.name in cards.built_in() or cards.get(card.name).kind != KIND):
        raise InputError(f"Another model is called {card.name!r}, and is no sparse encoder. Rename the folder {path}.")
    home = paths.own_cards()
    home.mkdir(parents=True, exist_ok=True)
    files.replace_text(home / f"{card.name}.toml", as_toml(card))
    return card


def card_of(folder: Path) -> Card:
    """Read the card of the sparse encoder in a folder."""
    chains = _chains(folder)
    documents, queries = chains[Role.DOCUMENT], chains[Role.QUERY]
    transformer, pooling = _transformer(documents[0]), _pooling(documents)
    if fault := names.fault(folder.name):
        raise InputError(f"The folder's name {folder.name!r} {fault}, and would be the model's. Rename it.")
    one = Tower(dict.fromkeys((CONFIG, WEIGHTS, TOKENIZER), ""), folder=str(documents[0].folder))
    towers = {} if queries == documents else {str(Role.QUERY): _static(queries), str(Role.DOCUMENT): one}
    return Card(
        name=folder.name,
        summary=f"Sparse encoder in {folder}",
        architecture=transformer.architecture,
        pooling=pooling,
        normalised=False,
        similarity=Similarity.DOT,
        dim=transformer.vocabulary,
        max_tokens=transformer.longest,
        languages=(),
        licence="unknown",
        commercial=False,
        size_mb=round((documents[0].folder / WEIGHTS).stat().st_size / 1e6),
        tasks=(),
        verified=False,
        checked="read from the folder's files",
        kind=KIND,
        files={} if towers else one.files,
        folder="" if towers else one.folder,
        towers=towers,
        prompts=_prompts(folder),
    )


def as_toml(card: Card) -> str:
    """Return a sparse encoder's card as text, as `cards.parse` reads it."""
    plain = ("name", "summary", "kind", "architecture", "pooling", "normalised", "similarity", "dim", "max_tokens")
    rest = ("licence", "commercial", "size_mb", "verified", "checked", "folder")
    lines = [f"{name} = {json.dumps(getattr(card, name), ensure_ascii=False)}" for name in (*plain, *rest)]
    lines += ["languages = []", "tasks = []"]
    tables: dict[str, Mapping[str, str]] = {"files": card.files}
    for role, tower in card.towers.items():
        tables |= {f"towers.{role}": {"folder": tower.folder}, f"towers.{role}.files": tower.files}
    tables["prompts.default"] = card.prompts.get("default", {})
    for name, entries in tables.items():
        rows = [f"{json.dumps(key)} = {json.dumps(value, ensure_ascii=False)}" for key, value in entries.items()]
        lines += ["", f"[{name}]", *rows] if rows else []
    return "\n".join(lines) + "\n"


def _chains(folder: Path) -> Mapping[Role, Sequence[Module]]:
    """Return the modules of each role, in order."""
    if not (folder / "modules.json").exists():
        kinds = json_object(folder / CONFIG).get("architectures") or []
        if not any(str(kind).endswith("ForMaskedLM") for kind in kinds):
            raise ModelError(
                f"{folder} holds no sparse encoder: it has no modules.json, and its architecture {kinds} predicts no "
                "tokens (…ForMaskedLM)."
            )
        return {role: (Module(TRANSFORMERS[0], folder),) for role in Role}
    listed = read_json(folder / "modules.json", list)
    modules = tuple(_module(folder, entry.get("path", ""), entry.get("type", "")) for entry in listed)
    if len(modules) == 1 and modules[0].kind == "Router":
        return _routes(modules[0].folder)
    return dict.fromkeys(Role, modules)


def _routes(folder: Path) -> Mapping[Role, Sequence[Module]]:
    file = folder / "router_config.json"
    told = json_object(file)
    try:
        types, structure = told["types"], told["structure"]
        return {role: [_module(folder, name, types[name]) for name in structure[str(role)]] for role in Role}
    except (KeyError, TypeError) as error:
        raise ModelError(f"{file} has no modules for the roles query and document ({error!r}).") from error


def _module(folder: Path, path: object, kind: object) -> Module:
    if not isinstance(path, str) or (path and names.path_fault(path)):
        raise ModelError(f"The module {path!r} of {folder} lies outside its folder.")
    return Module(str(kind).rpartition(".")[2], folder / path if path else folder)


@dataclass(frozen=True)
class _Transformer:
    architecture: str
    vocabulary: int
    longest: int


def _transformer(module: Module) -> _Transformer:
    folder = module.folder
    if module.kind not in TRANSFORMERS:
        raise ModelError(f"{folder}: the module {module.kind} is not supported in a sparse encoder.")
    for name in (WEIGHTS, TOKENIZER):
        if not (folder / name).is_file():
            raise ModelError(f"{folder} has no {name}.")
    config, settings = Config.read(folder / CONFIG), json_object(folder / "sentence_bert_config.json", needed=False)
    if unread := [key for key, value in settings.items() if key not in READ and value]:
        raise ModelError(f"{folder}: sentence_bert_config.json says {', '.join(unread)}, which is not supported.")
    if settings.get("transformer_task", "fill-mask") != "fill-mask":
        raise ModelError(f"{folder} is no sparse encoder: its task is {settings['transformer_task']!r}.")
    kind = config.word("model_type")
    architecture = kind if kind in HEADS else next((name for name in HEADS if kind in LAYOUTS[name].kinds), "")
    if not architecture:
        raise ModelError(f"{folder} is a {kind} model; sparse encoders are supported for {', '.join(HEADS)}.")
    positions = config.count("max_position_embeddings") - int(config.number(LAYOUTS[architecture].padding)) - 1
    given = settings.get("max_seq_length") or limit(folder)
    return _Transformer(architecture, config.count("vocab_size"), max(1, min(positions, int(given))))


def _pooling(chain: Sequence[Module]) -> str:
    """Return a key of POOLINGS."""
    if len(chain) == 1:
        return "splade-max"
    if len(chain) > 2 or chain[1].kind != POOLING:
        unknown = [module.kind for module in chain[1:] if module.kind != POOLING] or [POOLING]
        raise ModelError(f"{chain[0].folder}: the module {unknown[0]} is not supported after SPLADE's transformer.")
    told = json_object(chain[1].folder / CONFIG)
    strategy, activation = told.get("pooling_strategy", "max"), told.get("activation_function", "relu")
    found = [name for name, one in POOLINGS.items() if one == Pooling(strategy, LOGARITHMS.get(activation, 0))]
    if not found:
        raise ModelError(
            f"{chain[1].folder}: pooling {strategy!r} with activation {activation!r} is not supported; supported: max "
            f"or sum with {' or '.join(LOGARITHMS)}."
        )
    return found[0]


def _static(chain: Sequence[Module]) -> Tower:
    """Return the files of the weights table for queries."""
    if len(chain) > 1 or chain[0].kind not in STATIC:
        kinds = " and ".join(module.kind for module in chain)
        raise ModelError(f"{chain[0].folder}: queries by {kinds} are not supported; supported: {STATIC[0]}.")
    folder = chain[0].folder
    weights = WEIGHTS if (folder / WEIGHTS).is_file() else TABLE
    wanted = [weights, TOKENIZER]
    for name in wanted:
        if not (folder / name).is_file():
            raise ModelError(f"{folder} has no {name}.")
    extra = [TOKENIZER_CONFIG] if (folder / TOKENIZER_CONFIG).is_file() else []
    return Tower(dict.fromkeys([*wanted, *extra], ""), folder=str(folder))


def _prompts(folder: Path) -> dict[str, dict[str, str]]:
    settings = json_object(folder / "config_sentence_transformers.json", needed=False)
    if settings.get("max_active_dims"):
        raise ModelError(f"{folder}: max_active_dims is not supported.")
    told = settings.get("prompts") or {}
    document = next((told[name] for name in ("document", "passage", "corpus") if name in told), "")
    found = {str(Role.QUERY): told.get("query", ""), str(Role.DOCUMENT): document}
    given = {role: str(prompt) for role, prompt in found.items() if prompt}
    return {"default": given} if given else {}

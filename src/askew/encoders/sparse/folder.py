"""Folders of sparse encoders, as sentence-transformers and the hub lay them out, read into cards.

    modules.json                 Transformer (or MLMTransformer) and SpladePooling, or a Router with a chain per role
    router_config.json           the chains: SPLADE for documents, SparseStaticEmbedding for queries
    config.json alone            an architecture "…ForMaskedLM": SPLADE with the maximum

Everything that moves a weight is read, or refused by name. Nothing is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from reprlib import repr as short
from typing import Any

from askew.encoders.families.config import Config
from askew.encoders.families.layouts import LAYOUTS
from askew.encoders.onnx.splade import HEADS, POOLINGS, Pooling
from askew.encoders.sparse.encoder import KIND
from askew.encoders.sparse.token_weights import TABLE, TOKENIZER, WEIGHTS, limit
from askew.errors import ModelError
from askew.models import cards, own, pull
from askew.models.card import LEFT, UNKNOWN, Card, Tower
from askew.models.folder import layout, merge, tokenizer
from askew.models.folder.layout import Part
from askew.similarity import Similarity
from askew.types import Role

TRANSFORMERS = ("Transformer", "MLMTransformer")
POOLING = "SpladePooling"
STATIC = ("SparseStaticEmbedding", "IDF")  # the second is its first name
LOGARITHMS = {"relu": 1, "log1p_relu": 2}
READ = frozenset(
    ("max_seq_length", "do_lower_case", "transformer_task", "modality_config", "module_output_name", "unpad_inputs")
)
"""Keys of the transformer's settings that are read or move no weight; of the others only empty ones are accepted."""


@dataclass(frozen=True)
class Module:
    """A module of sentence-transformers: its class, and its folder."""

    kind: str
    folder: Path


def resolve(model: str) -> Card:
    """Return the card of a sparse encoder by name or by its folder; a folder's is saved among the user's own.

    Raises ModelError for a folder that cannot be read.
    """
    path = Path(model)
    try:
        given = model not in cards.names() and path.is_dir()
    except (OSError, ValueError):  # no path can be so
        given = False
    if not given:
        return cards.get(model)
    card = card_of(path.absolute())
    pull.find(card, Role.DOCUMENT if card.towers else "both")
    own.save(card)
    return card


def card_of(folder: Path) -> Card:
    """Read the card of the sparse encoder in a folder."""
    chains = _chains(folder)
    documents, queries = chains[Role.DOCUMENT], chains[Role.QUERY]
    transformer, pooling = _transformer(documents[0]), _pooling(documents)
    one = _tower(documents[0].folder)
    towers = {}
    if queries != documents:
        towers = {str(Role.QUERY): _static(queries, transformer.architecture), str(Role.DOCUMENT): one}
    place = str(folder) if towers else one.folder
    return Card(
        name=merge.free_name(folder.resolve().name, place),
        summary=f"Sparse encoder in {folder}",
        architecture=transformer.architecture,
        pooling=pooling,
        normalised=False,
        similarity=Similarity.DOT,
        dim=transformer.vocabulary,
        max_tokens=transformer.longest,
        lower_case=transformer.lower_case,
        languages=(UNKNOWN,),
        licence=UNKNOWN,
        commercial=False,
        size_mb=round((documents[0].folder / WEIGHTS).stat().st_size / 1e6),
        tasks=(),
        verified=False,
        checked="read from the folder's files",
        kind=KIND,
        files={} if towers else one.files,
        folder=place,
        towers=towers,
        prompts=_prompts(folder),
    )


def _chains(folder: Path) -> Mapping[Role, Sequence[Module]]:
    """Return the modules of each role, in order."""
    parts = layout.parts(folder)
    if not parts:
        kinds = layout.settings(folder, layout.CONFIG).get("architectures") or []
        if not any(str(kind).endswith("ForMaskedLM") for kind in kinds):
            raise ModelError(
                f"{folder} holds no sparse encoder: it has no modules.json, and its architecture {short(kinds)} "
                "predicts no tokens (…ForMaskedLM)."
            )
        parts = [Part(TRANSFORMERS[0], "")]
    if len(parts) > 1 or parts[0].name != "Router":
        return {role: _modules(folder, parts) for role in Role}
    routes = layout.routes(folder, parts[0])
    if missing := [str(role) for role in Role if role not in routes]:
        raise ModelError(f"{folder} has a router without a route for {', '.join(missing)}.")
    return {role: _modules(folder, routes[role]) for role in Role}


def _modules(folder: Path, parts: Sequence[Part]) -> Sequence[Module]:
    return tuple(Module(part.name, folder / part.folder) for part in parts)


def _tower(folder: Path, *others: str) -> Tower:
    """Return the files in a folder that move a weight. others: names of more."""
    return Tower(dict.fromkeys((*layout.moving(folder), *others), ""), folder=str(folder))


@dataclass(frozen=True)
class _Transformer:
    architecture: str
    vocabulary: int
    longest: int
    lower_case: bool


def _transformer(module: Module) -> _Transformer:
    folder = module.folder
    if module.kind not in TRANSFORMERS:
        raise ModelError(f"{folder}: the module {module.kind} is not supported in a sparse encoder.")
    for name in (WEIGHTS, TOKENIZER):
        if not (folder / name).is_file():
            raise ModelError(f"{folder} has no {name}.")
    config, settings = Config.read(folder / layout.CONFIG), _settings(folder)
    if unread := [key for key, value in settings.items() if key not in READ and value]:
        raise ModelError(f"{folder}: its settings say {', '.join(unread)}, which is not supported.")
    if settings.get("transformer_task", "fill-mask") != "fill-mask":
        raise ModelError(f"{folder} is no sparse encoder: its task is {settings['transformer_task']!r}.")
    kind = config.word("model_type")
    architecture = kind if kind in HEADS else next((name for name in HEADS if kind in LAYOUTS[name].kinds), "")
    if not architecture:
        raise ModelError(f"{folder} is a {kind} model; sparse encoders are supported for {', '.join(HEADS)}.")
    _check_tokenizer(folder, kind)
    positions = config.count("max_position_embeddings") - int(config.number(LAYOUTS[architecture].padding)) - 1
    given = settings.get("max_seq_length") or limit(folder)
    longest = max(1, min(positions, int(given)))
    return _Transformer(architecture, config.count("vocab_size"), longest, settings.get("do_lower_case") is True)


def _pooling(chain: Sequence[Module]) -> str:
    """Return a key of POOLINGS."""
    if len(chain) == 1:
        return "splade-max"
    if len(chain) > 2 or chain[1].kind != POOLING:
        unknown = [module.kind for module in chain[1:] if module.kind != POOLING] or [POOLING]
        raise ModelError(f"{chain[0].folder}: the module {unknown[0]} is not supported after SPLADE's transformer.")
    told = layout.settings(chain[1].folder, layout.CONFIG)
    strategy, activation = told.get("pooling_strategy", "max"), told.get("activation_function", "relu")
    found = [name for name, one in POOLINGS.items() if one == Pooling(strategy, LOGARITHMS.get(activation, 0))]
    if not found:
        raise ModelError(
            f"{chain[1].folder}: pooling {strategy!r} with activation {activation!r} is not supported; supported: max "
            f"or sum with {' or '.join(LOGARITHMS)}."
        )
    return found[0]


def _static(chain: Sequence[Module], family: str) -> Tower:
    """Return the files of the weights table for queries."""
    if len(chain) > 1 or chain[0].kind not in STATIC:
        kinds = " and ".join(module.kind for module in chain)
        raise ModelError(f"{chain[0].folder}: queries by {kinds} are not supported; supported: {STATIC[0]}.")
    folder = chain[0].folder
    weights = WEIGHTS if (folder / WEIGHTS).is_file() else TABLE
    for name in (weights, TOKENIZER):
        if not (folder / name).is_file():
            raise ModelError(f"{folder} has no {name}.")
    _check_tokenizer(folder, family)
    return _tower(folder, *([TABLE] if weights == TABLE else []))


def _check_tokenizer(folder: Path, family: str) -> None:
    reasons = [*tokenizer.differences(folder, "", family)]
    if tokenizer.truncation_side(folder, "")[0] == LEFT:
        reasons.append("its tokenizer cuts texts off at the beginning (truncation_side)")
    for reason in reasons:
        raise ModelError(f"The model in {folder} cannot be run: {reason}.")


def _settings(folder: Path) -> Mapping[str, Any]:
    """Return the settings of a transformer, {} if there are none."""
    name = next((name for name in layout.SENTENCE if (folder / name).is_file()), layout.SENTENCE[0])
    return layout.settings(folder, name)


def _prompts(folder: Path) -> dict[str, dict[str, str]]:
    settings = layout.settings(folder, layout.SETTINGS)
    if settings.get("max_active_dims"):
        raise ModelError(f"{folder}: max_active_dims is not supported.")
    told = settings.get("prompts") or {}
    document = next((told[name] for name in ("document", "passage", "corpus") if name in told), "")
    found = {str(Role.QUERY): told.get("query", ""), str(Role.DOCUMENT): document}
    given = {role: str(prompt) for role, prompt in found.items() if prompt}
    return {"default": given} if given else {}

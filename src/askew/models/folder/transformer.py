"""Transformers in a folder: what its settings say, and which of it the fast path does not compute."""

from collections.abc import Mapping
from reprlib import repr as short
from typing import Any

from askew.models import variants
from askew.models.card import BOUNDS, LEFT, TORCH
from askew.models.folder import late_interaction as late
from askew.models.folder import layout, steps
from askew.models.folder.facts import DEFAULT, Facts
from askew.models.folder.layout import CONFIG, SETTINGS, Part, inside
from askew.models.folder.tokenizer import differences, truncation_side

FAST: Mapping[str, str] = {
    "bert": "bert",
    "roberta": "roberta",
    "xlm-roberta": "xlm-roberta",
    "camembert": "roberta",
    "mpnet": "mpnet",
    "distilbert": "distilbert",
    "t5": "t5",
    "modernbert": "modernbert",
    "nomic_bert": "nomic-bert",
    "gte": "gte",
    "new": "gte",
    "qwen3": "qwen3",
    "gemma3_text": "gemma3",
}
"""Families (`model_type`) that run without PyTorch, and the architecture on their card."""
UNSCORED = frozenset({"t5", "modernbert", *variants.COMPUTED})
"""Families of which the fast path has no classification head."""
"""Architecture of everything else that sentence-transformers itself runs."""
HIDDEN = frozenset({"gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "silu", "swish"})
"""Activations inside a transformer of the fast path (`hidden_act`)."""
ACTIVATED: Mapping[str, str] = {"distilbert": "activation", "gemma3_text": "hidden_activation"}
"""Families that name their activation otherwise."""
PLAIN: Mapping[str, tuple[object, ...]] = {
    "position_embedding_type": ("absolute",),
    "is_decoder": (False,),
    "add_cross_attention": (False,),
}
"""Settings in config.json that the fast path computes with these values only."""
SHIFTED = frozenset({"roberta", "xlm-roberta", "camembert", "mpnet"})
"""Families whose positions start after the padding id."""
UNBOUNDED = 8192
"""Maximum length of a text in tokens where neither tokenizer nor model states one."""
INFERENCE = frozenset({"contradiction", "entailment", "neutral"})
"""Labels of natural language inference."""
ACTIVATION_KEYS = ("activation_fn", "sbert_ce_default_activation_function")
"""Names of the activation of a cross-encoder's score, old and new."""


def transformer(facts: Facts, parts: list[Part]) -> None:
    root = parts[0].folder
    at = inside(root, CONFIG)
    config = variants.named(facts.settings(root, CONFIG))
    if parts[0].name != "Transformer":
        raise facts.refuse(f"starts with the module {parts[0].name}, which cannot read a text")
    if not config:
        raise facts.refuse(f"has no {at}")
    family = str(config.get("model_type") or "")
    if not family:
        raise facts.refuse(f"names no architecture: its {at} has no model_type")
    _beyond(facts, root, config, family)
    facts.put("architecture", FAST.get(family, TORCH), at)
    facts.put("root", root, layout.MODULES)
    _texts(facts, root)
    _length(facts, root, config, family)
    width = next((config[key] for key in ("hidden_size", "d_model", "dim") if isinstance(config.get(key), int)), 0)
    if not 0 < width <= BOUNDS["dim"][1]:
        raise facts.refuse(f"has a {at} without hidden_size")
    heads = [name for name in config.get("architectures") or [] if str(name).endswith("ForSequenceClassification")]
    if late.is_late(facts):
        late.late_interaction(facts, parts[1:], config, width)
    elif facts.settings("", SETTINGS).get("model_type") == "CrossEncoder" or (heads and len(parts) == 1):
        _cross_encoder(facts, config, width)
    else:
        steps.vectors(facts, parts[1:], width)
    if facts.beyond:
        facts.values["architecture"] = TORCH
    if facts.beyond and config.get("auto_map") and family in FAST:
        raise facts.refuse(f"needs code of its own (auto_map in {at}), which is never run: {facts.beyond[0]}")


def _beyond(facts: Facts, root: str, config: Mapping[str, Any], family: str) -> None:
    """Note what only PyTorch computes, and refuse what would need code or weights that are not here."""
    at = inside(root, CONFIG)
    if config.get("quantization_config"):
        raise facts.refuse(f"holds quantised weights (quantization_config in {at}), which askew does not read")
    if config.get("auto_map") and family in FAST and not _known(config["auto_map"], family):
        raise facts.refuse(f"needs code of its own (auto_map in {at}), and no code of a model's folder is ever run")
    weights = layout.weights(facts.folder, root, facts.names)
    if not weights:
        raise facts.refuse(f"has no weights: {inside(root, layout.WEIGHTS)} or {inside(root, layout.PICKLED)}")
    if not any(inside(root, name) in facts.names for name in layout.VOCABULARIES):
        raise facts.refuse(f"has no tokenizer: {inside(root, layout.TOKENIZER)}")
    if family not in FAST:
        facts.beyond.append(f"its architecture is {short(family)}")
        return
    facts.beyond += differences(facts.folder, root, family)
    if weights[0] not in (inside(root, layout.WEIGHTS), inside(root, layout.SHARDS)):
        facts.beyond.append(f"its weights are in {weights[0]}")
    facts.beyond += variants.unsupported(config)
    facts.beyond += [
        f"its {key} is {short(config[key])}"
        for key, values in PLAIN.items()
        if family not in variants.COMPUTED and config.get(key, values[0]) not in values
    ]
    activation = config.get(ACTIVATED.get(family, "hidden_act"), "gelu")
    if activation not in HIDDEN:
        facts.beyond.append(f"its activation is {short(activation)}")


def _known(told: object, family: str) -> bool:
    """Return whether the code that a folder names is that of an architecture which is read here."""
    name = str(told.get("AutoModel", "")) if isinstance(told, dict) else ""
    return family in variants.COMPUTED and name.rpartition(".")[2] in variants.OWN


def _texts(facts: Facts, root: str) -> None:
    """Put how texts are read: on which side too long ones lose tokens, and whether they are lowercased; of the settings
    files, the first that is there decides. What else it says goes to PyTorch.
    """
    name = _sentence(facts, root)
    told = facts.settings(root, name)
    plain = {
        "transformer_task": "feature-extraction",
        "module_output_name": "token_embeddings",
        "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
    }
    known = ("max_seq_length", "do_lower_case", *(late.LENGTHS if late.is_late(facts) else ()))
    if facts.settings("", SETTINGS).get("model_type") != "CrossEncoder":
        facts.beyond += [
            f"{key} is set in its {name}"
            for key, value in told.items()
            if key not in known and value and value != plain.get(key)
        ]
    if told.get("do_lower_case"):
        facts.put("lower_case", True, inside(root, name))
    if (side := truncation_side(facts.folder, root))[0] == LEFT:
        facts.put("truncation_side", *side)


def _sentence(facts: Facts, root: str) -> str:
    """Return the name of the settings file of the transformer."""
    return next((name for name in layout.SENTENCE if inside(root, name) in facts.names), layout.SENTENCE[0])


def _length(facts: Facts, root: str, config: Mapping[str, Any], family: str) -> None:
    """Put the maximum length."""
    files = {_sentence(facts, root): "max_seq_length", layout.TOKENIZER_CONFIG: "model_max_length"}
    stated = [(_stated(facts, root, name, key), inside(root, name)) for name, key in files.items()]
    found = next(((value, at) for value, at in stated if 0 < value < 1 << 40), None)
    shift = int(config.get("pad_token_id") or 0) + 1 if family in SHIFTED else 0
    positions = config.get("max_position_embeddings")
    most = positions - shift if isinstance(positions, int) and positions > shift else 0
    if found and not 0 < most < found[0]:
        facts.put("max_tokens", min(found[0], BOUNDS["max_tokens"][1]), found[1])
    elif most:
        facts.put("max_tokens", most, inside(root, CONFIG))
    else:
        facts.put("max_tokens", UNBOUNDED, "askew, as no file states it")


def _stated(facts: Facts, root: str, name: str, key: str) -> int:
    """Return the maximum length in a settings file, 0 if there is none."""
    value = facts.settings(root, name).get(key)
    if value is None:
        return 0
    if not isinstance(value, int | float) or isinstance(value, bool) or not value >= 1:
        raise facts.refuse(f"has a {key} in its {inside(root, name)} that is no positive number: {short(value)}")
    return int(min(value, 1 << 62))


def _cross_encoder(facts: Facts, config: Mapping[str, Any], width: int) -> None:
    """Put the facts of a model that scores pairs of texts. Only the fast path runs them."""
    told, at = facts.settings("", SETTINGS), inside(facts.values["root"], CONFIG)
    if (family := config.get("model_type")) in UNSCORED:
        facts.beyond.append(f"its architecture is {short(family)}")
    if facts.beyond:
        raise facts.refuse(f"holds a cross-encoder that askew cannot run: {facts.beyond[0]}")
    if any(told.get("prompts", {}).values() if isinstance(told.get("prompts"), dict) else ()):
        raise facts.refuse(f"holds a cross-encoder with prompts ({SETTINGS}), which askew does not apply")
    named = config.get("id2label")
    scores = len(named) if isinstance(named, dict) else config.get("num_labels", 2)
    facts.put("kind", "cross-encoder", at)
    if scores == 1:
        facts.put("activation", *_score(facts, told, config, at, "torch.nn.Sigmoid"))
    else:
        facts.put("labels", _labels(facts, named, at, scores), at)
        facts.put("activation", *_score(facts, told, config, at, "torch.nn.Identity"))
        if facts.values["activation"] != "identity":
            raise facts.refuse(f"applies {facts.values['activation']} to its labels, which askew does not compute")
    facts.put("pooling", "cls", at)
    facts.put("normalised", False, at)
    facts.put("dim", width, at)


def _labels(facts: Facts, named: object, at: str, scores: object) -> tuple[str, ...]:
    """Return what the outputs of a model of inference stand for, in their order."""
    found = {str(number): str(label).lower() for number, label in named.items()} if isinstance(named, dict) else {}
    labels = tuple(found.get(str(number), "") for number in range(len(found)))
    if {*labels} != INFERENCE or len(labels) != len(INFERENCE):
        raise facts.refuse(
            f"holds a classifier with {short(scores)} scores per pair ({at}); a reranker outputs one, and a model of "
            f"inference (NLI) names its labels {', '.join(sorted(INFERENCE))}"
        )
    return labels


def _score(facts: Facts, told: Mapping[str, Any], config: Mapping[str, Any], at: str, usual: str) -> tuple[str, str]:
    """Return the activation of a cross-encoder's output, and where it is stated."""
    nested = config.get("sentence_transformers")
    places = [(told, SETTINGS), (nested if isinstance(nested, dict) else {}, at), (config, at)]
    named = [(str(where[key]), file) for where, file in places for key in ACTIVATION_KEYS if where.get(key)]
    name, origin = named[0] if named else (usual, DEFAULT)
    activation = steps.ACTIVATIONS.get(name.rpartition(".")[2], "") if name.startswith("torch.") else ""
    if not activation:
        raise facts.refuse(f"names the activation {name[:80]!r} in {origin}, which askew does not compute")
    return activation, origin

"""Pooling and the steps after it: read from a folder in the order of its modules.json."""

from collections.abc import Mapping
from reprlib import repr as short
from typing import Any

from askew.models.card import Module
from askew.models.folder import layout
from askew.models.folder.facts import DEFAULT, Facts
from askew.models.folder.layout import CONFIG, SETTINGS, Part, inside

SENTENCE = "sentence_embedding"
POOLINGS: Mapping[str, str] = {"mean": "mean", "cls": "cls", "max": "max", "lasttoken": "last_token"}
"""Poolings of the fast path: sentence-transformers' names and the card's."""
FLAGS: Mapping[str, str] = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
"""Older releases named the poolings by flags, in the order in which their vectors are joined."""
ACTIVATIONS: Mapping[str, str] = {
    "Tanh": "tanh",
    "Identity": "identity",
    "ReLU": "relu",
    "GELU": "gelu",
    "SiLU": "silu",
    "Sigmoid": "sigmoid",
}
"""Activations of the fast path: PyTorch's classes and the card's names."""


def vectors(facts: Facts, parts: list[Part], width: int) -> None:
    """Put the pooling and the steps after it."""
    if not parts and layout.MODULES in facts.names:
        raise facts.refuse("names no pooling in its modules.json")
    pooling, steps = (parts[0], parts[1:]) if parts else (None, [])
    if pooling is None:
        facts.put("pooling", "mean", DEFAULT)
    elif pooling.name == "Pooling":
        width = _pooling(facts, pooling, width)
    else:
        facts.beyond.append(f"its module {pooling.name} comes before the pooling")
        pooled = [part for part in steps if part.name == "Pooling"]
        if not pooled:
            raise facts.refuse("names no pooling in its modules.json")
        steps = steps[steps.index(pooled[0]) + 1 :]
        width = _pooling(facts, pooled[0], width)
    after(facts, steps, width)


def _pooling(facts: Facts, part: Part, width: int) -> int:
    """Put the pooling, and return the dimension of the pooled vectors."""
    at = inside(part.folder, CONFIG)
    if at not in facts.names:
        raise facts.refuse(f"has no {at}, which its modules.json names")
    told = facts.settings(part.folder, CONFIG)
    flagged = [mode for flag, mode in FLAGS.items() if told.get(flag)] or ["mean"]
    modes = told.get("pooling_mode", flagged)
    modes = [modes] if isinstance(modes, str) else modes
    if not isinstance(modes, list) or not modes or not all(mode in FLAGS.values() for mode in modes):
        raise facts.refuse(f"names the pooling {short(modes)} in {at}, which sentence-transformers does not have")
    stated = told.get("embedding_dimension", told.get("word_embedding_dimension", width))
    if stated != width:
        raise facts.refuse(f"pools {short(stated)} dimensions in {at}, but its transformer outputs {width}")
    facts.put("pooling", "+".join(POOLINGS.get(mode, mode) for mode in modes), at)
    if len(modes) > 1 or modes[0] not in POOLINGS:
        facts.beyond.append(f"its pooling is {facts.values['pooling']}")
    if not told.get("include_prompt", True):
        facts.put("prompt_excluded", True, at)
    return width * len(modes)


def after(facts: Facts, parts: list[Part], width: int) -> None:
    """Put the steps after the pooling in their order, and the dimension that results."""
    steps = []
    for part in parts:
        one, width = step(facts, part, width)
        steps.append(one)
    origin = layout.MODULES if layout.MODULES in facts.names else DEFAULT
    told = facts.settings("", SETTINGS).get("truncate_dim")
    if told is not None and not (type(told) is int and told > 0):
        raise facts.refuse(f"has a truncate_dim in its {SETTINGS} that is no positive number: {short(told)}")
    truncated = told is not None and told < width
    facts.put("normalised", bool(steps) and steps[-1].kind == "normalize" and not truncated, origin)
    facts.put("dim", told if truncated else width, SETTINGS if truncated else _dim_origin(facts, steps))
    if truncated:
        facts.put("width", width, _dim_origin(facts, steps))
    dense = [one for one in steps if one.kind == "dense"]
    facts.put("dense", dense[-1].activation if dense else "", inside(dense[-1].folder, CONFIG) if dense else origin)
    if [one.kind for one in steps] not in ([], ["normalize"]) or (steps and truncated):
        facts.put("modules", tuple(steps), layout.MODULES)


def _dim_origin(facts: Facts, steps: list[Module]) -> str:
    dense = [inside(one.folder, CONFIG) for one in steps if one.kind == "dense"]
    return dense[-1] if dense else facts.origins.get("architecture", layout.MODULES)


def step(facts: Facts, part: Part, width: int, of: str = SENTENCE) -> tuple[Module, int]:
    """Return a step, and the dimension of its output. of: sentence-transformers' name for what it is applied to."""
    if part.name == "Normalize":
        return Module("normalize"), width
    if part.name not in ("Dense", "LayerNorm"):
        raise facts.refuse(f"names the module {part.name} after its pooling, which askew does not run")
    at = inside(part.folder, CONFIG)
    weights = layout.weights(facts.folder, part.folder, facts.names)
    if not weights:
        raise facts.refuse(f"has no weights for its {part.name}: {inside(part.folder, layout.WEIGHTS)}")
    if weights != [inside(part.folder, layout.WEIGHTS)]:
        facts.beyond.append(f"its weights are in {weights[0]}")
    if (taken := facts.count(part.folder, CONFIG, "dimension" if part.name == "LayerNorm" else "in_features")) != width:
        raise facts.refuse(f"has a {part.name} for {taken} dimensions in {at} after {width}")
    if part.name == "LayerNorm":
        return Module("layernorm", part.folder), width
    return _dense(facts, part, width, of)


def _dense(facts: Facts, part: Part, width: int, of: str) -> tuple[Module, int]:
    at, told = inside(part.folder, CONFIG), facts.settings(part.folder, CONFIG)
    outputs, weights = facts.count(part.folder, CONFIG, "out_features"), inside(part.folder, layout.WEIGHTS)
    held = layout.shapes(facts.folder / weights).get("linear.weight") if weights in facts.names else (outputs, width)
    if held != (outputs, width):
        raise facts.refuse(f"has a Dense of {width} to {outputs} dimensions in {at}, but weights of the shape {held}")
    for key in ("module_input_name", "module_output_name"):
        if told.get(key, of) not in (of, None):
            facts.beyond.append(f"its {key} is {short(told[key])}")
    if told.get("use_residual"):
        facts.beyond.append("its dense layer adds its input (use_residual)")
    return Module("dense", part.folder, _activation(facts, told, at)), outputs


def _activation(facts: Facts, told: Mapping[str, Any], at: str) -> str:
    name = str(told.get("activation_function", "torch.nn.modules.activation.Tanh"))
    if not name.startswith("torch."):
        raise facts.refuse(f"names the activation {name[:80]!r} in {at}: no code of a model's folder is ever run")
    kind = name.rpartition(".")[2]
    if kind not in ACTIVATIONS:
        facts.beyond.append(f"the activation of its dense layer is {kind[:40]}")
    return ACTIVATIONS.get(kind, kind.lower()[:40])

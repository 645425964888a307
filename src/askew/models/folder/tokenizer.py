"""Tokenizer settings of a folder: what transformers would make of them that `tokenizer.json` alone does not say.

transformers builds the tokenizers of some families anew, from their vocabulary and tokenizer_config.json. Where that
may differ from tokenizer.json, only transformers itself can tokenise as the model was trained.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from reprlib import repr as short
from typing import Any

from askew.errors import ModelError
from askew.models.card import LEFT, RIGHT
from askew.models.folder import layout

LARGEST = 256 << 20
"""Bytes of a tokenizer.json; the largest vocabularies take 40 MB."""
GENERIC = frozenset({"TokenizersBackend", "PreTrainedTokenizerFast"})
"""Classes that take tokenizer.json as it is."""
WORDPIECE = frozenset({"bert", "distilbert", "mpnet", "nomic_bert"})
"""Families (`model_type`) whose tokenizer is built anew from the vocabulary, with a BERT normaliser."""
WORDPIECE_CLASSES = frozenset({"BertTokenizer", "BertTokenizerFast"})
"""Its classes, which a family may name that has no tokenizer of its own."""
NORMALIZER = {"lowercase": "do_lower_case", "handle_chinese_chars": "tokenize_chinese_chars", "strip_accents": ""}
"""Settings of the BERT normaliser in tokenizer.json, and their names in tokenizer_config.json where they differ."""
WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
"""Qwen's words."""
BUILT: Mapping[str, tuple[dict[str, object], list[dict[str, object]]]] = {
    "qwen3": (
        {"type": "NFC"},
        [
            {"type": "Split", "pattern": {"Regex": WORDS}, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False},
        ],
    ),
    "gemma3_text": (
        {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        [{"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}],
    ),
}
"""Families with one normaliser and one way to split, which their class always builds; the offsets apart."""
DEFAULTS: Mapping[str, object] = {"lowercase": True, "handle_chinese_chars": True, "strip_accents": None}


def differences(folder: Path, root: str, family: str) -> Iterator[str]:
    """Yield why tokenizer.json alone does not tokenise as transformers does, each as "its …" for a sentence."""
    told = layout.settings(folder, layout.inside(root, layout.TOKENIZER_CONFIG))
    if not (folder / root / layout.TOKENIZER).is_file():
        yield "it has no tokenizer.json"
        return
    tokenizer = _read(folder / root / layout.TOKENIZER)
    if told.get("tokenizer_class") not in GENERIC:
        yield from _rebuilt(tokenizer, told, family)
    added = {entry.get("content") for entry in _object(told.get("added_tokens_decoder")).values() if _object(entry)}
    added |= set(layout.settings(folder, layout.inside(root, "added_tokens.json")))
    if added - _tokens(tokenizer) and isinstance(_object(tokenizer.get("model")).get("vocab"), dict):
        yield "its tokenizer_config.json adds tokens that tokenizer.json lacks"


def truncation_side(folder: Path, root: str) -> tuple[str, str]:
    """Return the side on which too long a text loses tokens, "right" or "left", and the file that states it.

    transformers takes it from tokenizer_config.json, and otherwise from the truncation that tokenizer.json brings.
    """
    at = layout.inside(root, layout.TOKENIZER_CONFIG)
    side: object = layout.settings(folder, at).get("truncation_side")
    if side is None and (folder / root / layout.TOKENIZER).is_file():
        return truncation(folder, root)[1], layout.inside(root, layout.TOKENIZER)
    return _side(folder / at, side), at


def truncation(folder: Path, root: str) -> tuple[int, str]:
    """Return the maximum length, 0 for none, and the side of the truncation that tokenizer.json brings."""
    told = _object(_read(folder / root / layout.TOKENIZER).get("truncation"))
    longest, side = told.get("max_length"), told.get("direction")
    counted = longest if isinstance(longest, int) and not isinstance(longest, bool) and longest > 0 else 0
    return counted, _side(folder / root / layout.TOKENIZER, side)


def _side(file: Path, told: object) -> str:
    side = RIGHT if told is None else str(told).lower()
    if side not in (RIGHT, LEFT):
        raise ModelError(f"{file}: truncation_side is {short(told)}; it must be {RIGHT} or {LEFT}.")
    return side


def held(folder: Path, root: str) -> set[str]:
    """Return the tokens of tokenizer.json."""
    return _tokens(_read(folder / root / layout.TOKENIZER))


def _tokens(tokenizer: Mapping[str, Any]) -> set[str]:
    vocabulary = _object(tokenizer.get("model")).get("vocab")
    pairs = vocabulary if isinstance(vocabulary, list) else []  # of Unigram: each piece with its score
    pieces = {pair[0] for pair in pairs if isinstance(pair, list) and pair and isinstance(pair[0], str)}
    added = {str(entry.get("content")) for entry in _objects(tokenizer.get("added_tokens"))}
    return {*added, *pieces, *_object(vocabulary)}


def _rebuilt(tokenizer: Mapping[str, Any], told: Mapping[str, Any], family: str) -> Iterator[str]:
    normalizer, splitter = _object(tokenizer.get("normalizer")), _object(tokenizer.get("pre_tokenizer"))
    if family in BUILT:
        steps = splitter.get("pretokenizers", [splitter])
        plain = [{key: value for key, value in step.items() if key != "trim_offsets"} for step in _objects(steps)]
        if (normalizer, plain) != BUILT[family] or told.get("add_prefix_space"):
            yield "its tokenizer.json is none of its family"
    elif family in WORDPIECE or told.get("tokenizer_class") in WORDPIECE_CLASSES:
        wanted = {name: told.get(key or name, DEFAULTS[name]) for name, key in NORMALIZER.items()}
        if normalizer.get("type") != "BertNormalizer" or splitter.get("type") != "BertPreTokenizer":
            yield "its tokenizer.json is none of its family"
        elif changed := [name for name, value in wanted.items() if normalizer.get(name) != value]:
            names = ", ".join(NORMALIZER[name] or name for name in changed)
            yield f"its tokenizer.json and its tokenizer_config.json differ in {names}"
    elif splitter.get("type") == "ByteLevel":
        if bool(splitter.get("add_prefix_space")) != bool(told.get("add_prefix_space", False)) or normalizer:
            yield "its tokenizer.json and its tokenizer_config.json differ in add_prefix_space, or in a normaliser"
    elif normalizer.get("type", "Precompiled") != "Precompiled":
        yield "its tokenizer.json is none of its family"


def _read(file: Path) -> Mapping[str, Any]:
    try:
        stat = file.stat()
        return _parsed(file, stat.st_mtime_ns, stat.st_size)
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"Cannot read the tokenizer {file}: {error or type(error).__name__}.") from error


@lru_cache(maxsize=1)
def _parsed(file: Path, changed: int, size: int) -> Mapping[str, Any]:  # noqa: ARG001  # part of the key
    """Return the object in tokenizer.json, which takes up to half a second to parse. changed: when, in nanoseconds."""
    if size > LARGEST:
        raise ValueError(f"it is larger than {LARGEST >> 20} MB")
    found = _object(json.loads(file.read_bytes()))
    if not isinstance(_object(found.get("model")).get("vocab", {}), dict | list) or "model" not in found:
        raise ValueError("it holds no model of a tokenizer")
    return found


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []

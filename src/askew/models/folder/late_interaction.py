"""Late interaction in folders: ColBERT as its authors, PyLate, or sentence-transformers save it.

    artifact.metadata                    the original: its settings; the projection is `linear` among the weights
    config_sentence_transformers.json    PyLate: query_prefix, query_length …, and a Dense after the transformer
    the same, "MultiVectorEncoder"       sentence-transformers: the settings are those of its modules

What moves a score is read or refused by name; only the fast path runs these models.
"""

import string
from collections.abc import Mapping, Sequence
from reprlib import repr as short
from typing import Any

from askew.models.card import LateInteraction, Module
from askew.models.folder import layout, steps, tokenizer
from askew.models.folder.facts import Facts
from askew.models.folder.layout import CONFIG, METADATA, SENTENCE, SETTINGS, TOKENIZER_CONFIG, Part, inside

ORIGINAL, PYLATE, NATIVE = "HF_ColBERT", "ColBERT", "MultiVectorEncoder"
"""The original's class in config.json; the others' names of the whole in the settings."""
MARKS = frozenset(("query_prefix", "document_prefix", "skiplist_words", "attend_to_expansion_tokens"))
"""Settings that only PyLate writes: its older releases did not name the kind of the model."""
FOREIGN = "pylate.models.Dense.Dense"
RUN = frozenset({"Transformer", "Dense", "MultiVectorMask", "Normalize", "Dropout"})
LENGTHS = frozenset({"query_length", "document_length", "query_expansion"})
"""Settings of sentence-transformers' module for the transformer that are read here."""
QUERY, DOCUMENT = 32, 180
"""Maximum lengths in tokens where no file states them: defaults of PyLate and of the original."""
TOKENS = "token_embeddings"
SIMILARITIES = (None, "MaxSim", "maxsim", "cosine", "dot")
"""Names of the similarity for the same scores; the last two are those of older releases, which ignored them."""


def is_late(facts: Facts) -> bool:
    """Return whether the folder holds a late-interaction model."""
    told = facts.settings("", SETTINGS)
    named = told.get("model_type") in (PYLATE, NATIVE) or bool(MARKS & set(told))
    return named or ORIGINAL in (facts.settings("", CONFIG).get("architectures") or [])


def late_interaction(facts: Facts, parts: list[Part], config: Mapping[str, Any], width: int) -> None:
    """Put the facts of a late-interaction model. parts: its modules after the transformer."""
    told, at = facts.settings("", SETTINGS), inside(facts.values["root"], CONFIG)
    if told.get("similarity_fn_name") not in SIMILARITIES:
        raise facts.refuse(f"scores by {short(told['similarity_fn_name'])} ({SETTINGS}); askew scores by maxsim")
    if facts.values.get("lower_case"):
        facts.beyond.append("its texts are lowercased before its tokenizer sees them (do_lower_case)")
    modules, width = _projection(facts, parts, width)
    if told.get("model_type") == NATIVE:
        reading, origin = _native(facts, parts), SETTINGS
    elif ORIGINAL in (config.get("architectures") or []):
        reading, origin = _original(facts), METADATA
    else:
        reading, origin = _pylate(facts, told), SETTINGS
    window = config.get("local_attention") or 0
    if isinstance(window, int) and window and not reading.attended and reading.expanded - 2 > window // 2:
        facts.beyond.append(
            f"its queries are expanded to {reading.expanded} tokens, beyond the window of its attention"
        )
    if "truncation_side" in facts.values:
        facts.beyond.append("its tokenizer cuts texts off at the beginning (truncation_side)")
    if facts.beyond:
        raise facts.refuse(f"holds a late-interaction model that askew cannot run: {facts.beyond[0]}")
    _known(facts, [token for token in (reading.query_marker, reading.document_marker, reading.filler) if token])
    facts.put("kind", "late-interaction", origin)
    facts.put("late_interaction", reading, origin)
    facts.put("max_tokens", reading.document_tokens, origin)
    facts.put("modules", modules, layout.MODULES)
    facts.put("pooling", "none", at)
    facts.put("normalised", True, at)
    facts.put("dim", width, layout.MODULES if modules else at)


def unmarked(facts: Facts, prompts: Mapping[str, str]) -> dict[str, str]:
    """Return the prompt of each role without the marker at its beginning, which is a token of its own."""
    reading = facts.values.get("late_interaction")
    markers = {"query": reading.query_marker, "document": reading.document_marker} if reading else {}
    return {role: prompt.removeprefix(markers.get(role, "")) for role, prompt in prompts.items()}


def _projection(facts: Facts, parts: Sequence[Part], width: int) -> tuple[tuple[Module, ...], int]:
    """Return the dense layers that project a token's vector, and the dimension that results."""
    found = []
    dense = [place for place, part in enumerate(parts) if part.name == "Dense"]
    if dense != list(range(len(dense))):
        raise facts.refuse("projects its token vectors after normalising them, which askew does not compute")
    for part in parts[: len(dense)]:
        step, width = steps.step(facts, part, width, TOKENS)
        found.append(step)
    root = facts.values["root"]
    shapes = {} if found else layout.shapes(facts.folder / inside(root, layout.WEIGHTS))
    return tuple(found), shapes.get("linear.weight", (width,))[0]


def _original(facts: Facts) -> LateInteraction:
    """Return what the settings of the original say; its queries are always expanded."""
    told = facts.settings("", METADATA)
    if told.get("interaction", "colbert") != "colbert" or told.get("similarity", "cosine") != "cosine":
        strange = [f"{key} is {short(told[key])}" for key in ("interaction", "similarity") if key in told]
        raise facts.refuse(f"scores otherwise than by maximum similarity: its {' and its '.join(strange)} ({METADATA})")
    if "linear.weight" not in layout.shapes(facts.folder / inside(facts.values["root"], layout.WEIGHTS)):
        raise facts.refuse(f"has no projection in its {layout.WEIGHTS}: linear.weight")
    length = _length(facts, told, "query_maxlen", QUERY, METADATA)
    return LateInteraction(
        query_tokens=length,
        document_tokens=_length(facts, told, "doc_maxlen", DOCUMENT, METADATA),
        query_marker=str(told.get("query_token_id") or "[unused0]"),
        document_marker=str(told.get("doc_token_id") or "[unused1]"),
        expanded=length,
        filler=_filler(facts),
        attended=bool(told.get("attend_to_mask_tokens")),
        skipped=tuple(string.punctuation) if told.get("mask_punctuation", True) else (),
    )


def _pylate(facts: Facts, told: Mapping[str, Any]) -> LateInteraction:
    expands = told.get("do_query_expansion") is not False
    length = _length(facts, told, "query_length", QUERY, SETTINGS)
    given = {key: told[key] for key in ("query_prefix", "document_prefix") if told.get(key) is not None}
    words = told.get("skiplist_words")
    return LateInteraction(
        query_tokens=length,
        document_tokens=_length(facts, told, "document_length", DOCUMENT, SETTINGS),
        query_marker=str(given.get("query_prefix", "[Q] ")),
        document_marker=str(given.get("document_prefix", "[D] ")),
        expanded=length if expands else 0,
        filler=_filler(facts) if expands else "",
        attended=expands and bool(told.get("attend_to_expansion_tokens")),
        skipped=_words(facts, string.punctuation if words is None else words, SETTINGS),
    )


def _native(facts: Facts, parts: Sequence[Part]) -> LateInteraction:
    """Return what the modules of sentence-transformers say: markers are part of its prompts, as text."""
    root, most = facts.values["root"], int(facts.values["max_tokens"])
    name = next((name for name in SENTENCE if inside(root, name) in facts.names), SENTENCE[0])
    told, at = facts.settings(root, name), inside(root, name)
    expansion = told.get("query_expansion") or {}
    if not isinstance(expansion, dict) or expansion.get("strategy", "fixed") not in ("fixed", "min"):
        raise facts.refuse(f"expands queries by {short(expansion)} ({at}), which askew does not compute")
    expanded = _length(facts, expansion, "length", QUERY, at) if expansion else 0
    longest = _length(facts, told, "query_length", most, at)
    masks = [part for part in parts if part.name == "MultiVectorMask"]
    if expansion and not masks:
        raise facts.refuse(f"expands queries ({at}) that no module MultiVectorMask would compare")
    if not any(part.name == "Normalize" for part in parts):
        raise facts.refuse("does not normalise its token vectors, which askew always does")
    for part in parts:
        if part.name == "Normalize" and facts.settings(part.folder, CONFIG).get("module_input_name") != TOKENS:
            raise facts.refuse(f"normalises something else than its token vectors ({inside(part.folder, CONFIG)})")
    return LateInteraction(
        query_tokens=expanded if expansion and expansion.get("strategy") == "fixed" else max(longest, expanded),
        document_tokens=_length(facts, told, "document_length", most, at),
        expanded=expanded,
        filler=(str(expansion.get("token") or "") or _filler(facts)) if expansion else "",
        attended=bool(expansion.get("attend")),
        skipped=_mask(facts, masks[0]) if masks else (),
    )


def _mask(facts: Facts, part: Part) -> tuple[str, ...]:
    """Return the tokens of documents that are not compared."""
    told, at = facts.settings(part.folder, CONFIG), inside(part.folder, CONFIG)
    if told.get("keep_only_token_ids"):
        raise facts.refuse(f"compares only some tokens (keep_only_token_ids in {at}), which askew does not compute")
    words = _words(facts, told.get("skiplist_words") or [], at)
    if words and told.get("skiplist_tasks", ["document"]) != ["document"]:
        raise facts.refuse(f"skips tokens of {short(told['skiplist_tasks'])} ({at}); askew skips those of documents")
    return words


def _words(facts: Facts, words: object, at: str) -> tuple[str, ...]:
    if not isinstance(words, list | str) or not all(isinstance(word, str) for word in words):
        raise facts.refuse(f"has a skiplist in its {at} that is no list of words")
    return tuple(words)


def _length(facts: Facts, told: Mapping[str, Any], key: str, default: int, at: str) -> int:
    value = told.get(key)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise facts.refuse(f"has a {key} in its {at} that is no positive number: {short(value)}")
    return value


def _filler(facts: Facts) -> str:
    """Return the token that expands queries: the mask, or the end of a text where a model has none."""
    told = facts.settings(facts.values["root"], TOKENIZER_CONFIG)
    named = (told.get(key) for key in ("mask_token", "eos_token"))
    found = next((value.get("content") if isinstance(value, dict) else value for value in named if value), None)
    if not isinstance(found, str):
        raise facts.refuse(f"names no mask_token in its {TOKENIZER_CONFIG}, with which queries are expanded")
    return found


def _known(facts: Facts, needed: Sequence[str]) -> None:
    """Check that the tokenizer has these tokens; a marker may be told with the space that follows it."""
    held = tokenizer.held(facts.folder, facts.values["root"])
    if missing := [token for token in needed if not {token, token.strip()} & held]:
        raise facts.refuse(f"has no token {missing[0][:40]!r} in its tokenizer, which its settings name")

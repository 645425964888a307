"""Loading of sentence-transformers folders, offline; any disagreement with the card is an error.

A folder may come from anywhere: no code in it runs, and nothing is allocated for sizes that its weights cannot have.
"""

import logging
import math
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from reprlib import repr as short
from typing import Any

from askew.encoders.families.config import Config
from askew.encoders.signature import Signature
from askew.encoders.tokens import opened
from askew.errors import InputError, ModelError
from askew.models.folder import layout
from askew.models.weight_headers import entries
from askew.types import Role

INSTRUCTOR = "instructor"
"""The pooling of these models excludes the prompt (Su et al. 2022, arXiv 2212.09741, section 2.1)."""

POOLINGS: Mapping[str, str] = {"mean": "mean", "cls": "cls", "max": "max", "last_token": "lasttoken"}
PRECISIONS: Mapping[str, str] = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}
DENSE = "2_Dense"  # subfolder of the dense layer in sentence-transformers
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model")
MODULE = re.compile(
    r"sentence_transformers(\.[a-z_]+)*\."
    r"(Transformer|Pooling|Dense|Normalize|LayerNorm|Dropout|Router|StaticEmbedding)"
)
"""Modules that may be named by a folder: code of sentence-transformers itself."""
LIMITS: Mapping[str, int] = {
    **dict.fromkeys(("num_hidden_layers", "num_layers", "n_layers"), 1000),
    **dict.fromkeys(("max_position_embeddings", "type_vocab_size"), 1 << 22),
}
WIDTHS = ("hidden_size", "d_model", "dim")
PRODUCTS = (
    *((size, width) for size in ("vocab_size", "intermediate_size", "d_ff", "hidden_dim") for width in WIDTHS),
    *((width, width) for width in WIDTHS),
    ("head_dim", "num_attention_heads", "hidden_size"),
    ("d_kv", "num_heads", "d_model"),
    ("in_features", "out_features"),
)
"""Numbers of a configuration whose product is a number of weights."""
LOUD = ("transformers", "sentence_transformers", "accelerate", "datasets", "torch")
"""Libraries that write logs to the terminal."""
UNUSED = "pooler"  # weights that many files lack and no vector depends on


def load(signature: Signature, folder: Path, device: str) -> Any:
    """Load a `SentenceTransformer`: with the folder's modules.json if there is one, whose modules must match the
    signature; otherwise built from the signature.
    """
    torch, library = _libraries()
    named = (folder / layout.MODULES).is_file()
    if signature.pooling not in POOLINGS and not named:
        raise ModelError(
            f"The pooling {signature.pooling!r} is not supported by torch; supported: {', '.join(POOLINGS)}."
        )
    if signature.precision not in PRECISIONS:
        raise InputError(
            f"The torch encoder has no precision {signature.precision!r}. Choose one of: {', '.join(PRECISIONS)}."
        )
    if not any(name in TOKENIZERS for name in _names(folder)):
        raise ModelError(f"{signature.model}: no tokenizer in {folder}; expected one of {', '.join(TOKENIZERS)}.")
    admit(folder)
    dtype = getattr(torch, PRECISIONS[signature.precision])
    with quiet():
        try:
            if named:
                settings = {"dtype": dtype}
                model = library.SentenceTransformer(
                    str(folder), device=device, local_files_only=True, trust_remote_code=False, model_kwargs=settings
                )
            else:
                model = library.SentenceTransformer(modules=_modules(signature, folder, dtype), device=device)
        except Exception as error:  # the libraries below raise many types
            reason = (str(error).strip() or repr(error)).splitlines()[0]
            raise ModelError(f"Cannot load {signature.model} from {folder}: {reason}") from error
    if signature.architecture == INSTRUCTOR:
        model.set_pooling_include_prompt(False)
    if not routed(model) and not static(model[0]):  # a router leaves the length of each route as it is
        model.max_seq_length = signature.max_tokens
        _complete(signature, model, folder)
        _agree(signature, model)
    return model.eval()


def routed(model: Any) -> bool:
    """Return whether the model sends queries and documents to modules of their own."""
    return type(model[0]).__name__ == "Router"


def static(module: Any) -> bool:
    """Return whether a module holds static embeddings, which know no maximum length."""
    return type(module).__name__ == "StaticEmbedding"


def tokenizer(model: Any, role: Role) -> Any:
    """Return the tokenizer of a role, of transformers or, for static embeddings, of tokenizers."""
    if not routed(model):
        return model.tokenizer
    return model[0].sub_modules[model[0]._resolve_route(task=str(role), modality="text")][0].tokenizer


def specials(tokenizer: Any) -> int:
    """Return how many special tokens are added to a text; static embeddings have none."""
    return int(tokenizer.num_special_tokens_to_add()) if hasattr(tokenizer, "backend_tokenizer") else 0


def tokenised(tokenizer: Any, texts: list[str]) -> Any:
    """Return the encodings of whole texts without special tokens."""
    if not hasattr(tokenizer, "backend_tokenizer"):
        return tokenizer.encode_batch(texts, add_special_tokens=False)
    options = {"add_special_tokens": False, "truncation": False, "padding": False, "verbose": False}
    return tokenizer(texts, **options).encodings


def admit(folder: Path) -> None:
    """Refuse a folder that names code, or that claims sizes which its weights do not have."""
    for part in layout.parts(folder):
        inner = layout.routes(folder, part) if part.name == "Router" else {}
        for one in (part, *(step for steps in inner.values() for step in steps)):
            if not MODULE.fullmatch(one.kind):
                raise ModelError(
                    f"{folder / layout.MODULES} names the module {short(one.kind)}; no code of a model's folder is run."
                )
    for weights in folder.rglob("*.safetensors"):
        entries(weights)
    for file in folder.rglob("config.json"):
        _plausible(Config.read(file))
    if (folder / "tokenizer.json").is_file():
        opened(folder / "tokenizer.json")


def _plausible(config: Config) -> None:
    """Compare the sizes in a configuration with the weights beside it, of which each number takes a byte or more."""
    weights = [file for file in config.file.parent.iterdir() if file.suffix in (".safetensors", ".bin")]
    held = sum(file.stat().st_size for file in weights)
    claims = {key: (key,) for key in LIMITS} | {" × ".join(factors): factors for factors in PRODUCTS}
    for claim, factors in claims.items():
        given = [config.values.get(factor) for factor in factors]
        sizes = [size for size in given if isinstance(size, int)]  # the library refuses other types itself
        most = LIMITS.get(claim, held)
        if len(sizes) == len(factors) and not (min(sizes) >= 0 and math.prod(sizes) <= most):
            raise ModelError(f"{config.file}: {claim} is {short(math.prod(sizes))}, which its weights cannot have.")


def _names(folder: Path) -> list[str]:
    """Return all file names in the folder tree. Transformers silently creates an empty tokenizer if it finds none."""
    return [path.name for path in folder.rglob("*")]


def _libraries() -> tuple[Any, Any]:
    try:
        import sentence_transformers
        import torch
    except ImportError as error:
        raise ModelError(
            f"This model needs PyTorch, and {error.name} is not installed. Run: pip install 'askew[torch]'"
        ) from error
    return torch, sentence_transformers


def _modules(signature: Signature, folder: Path, dtype: Any) -> list[Any]:
    from sentence_transformers.sentence_transformer import modules

    local = {"local_files_only": True, "trust_remote_code": False}
    transformer = modules.Transformer(
        str(folder), model_kwargs={**local, "dtype": dtype}, processor_kwargs=local.copy(), config_kwargs=local.copy()
    )
    pooling = modules.Pooling(transformer.get_embedding_dimension(), POOLINGS[signature.pooling])
    dense = [modules.Dense.load(str(folder), subfolder=DENSE, local_files_only=True)] if signature.dense else []
    return [transformer, pooling, *dense, *([modules.Normalize()] if signature.normalised else [])]


def _complete(signature: Signature, model: Any, folder: Path) -> None:
    """Check that no weight is missing: transformers fills gaps with random numbers, and only marks what it has read."""
    read = {name: getattr(weight, "_is_hf_initialized", False) for name, weight in model[0].named_parameters()}
    missing = [name for name, there in read.items() if not there and UNUSED not in name]
    if missing and any(read.values()):
        raise ModelError(
            f"The weights of {signature.model} in {folder} have no {missing[0]} (missing tensors: {len(missing)}). "
            "Pull the model again, or correct the architecture in its card."
        )


def _agree(signature: Signature, model: Any) -> None:
    """Check that the folder's modules match the signature."""
    from sentence_transformers.sentence_transformer import modules

    facts = {"pooling": "", "dense": "", "normalised": ""}
    for module in model:
        facts["normalised"] = ""
        if isinstance(module, modules.Pooling):
            facts |= {"pooling": _modes(module.pooling_mode), "dense": ""}
        elif isinstance(module, modules.Dense):
            facts["dense"] = type(module.activation_function).__name__.lower()
        elif isinstance(module, modules.Normalize):
            facts["normalised"] = "yes"
    expected = {"pooling": signature.pooling, "dense": signature.dense}
    if facts["normalised"] and not signature.width:
        expected["normalised"] = "yes" if signature.normalised else "no"
    for name, value in expected.items():
        if facts[name] != value:
            raise ModelError(
                f"The folder of {signature.model} has {name} = {facts[name]!r}, but its card says {value!r}: "
                "correct the card."
            )


def _modes(modes: str | tuple[str, ...]) -> str:
    """Return sentence-transformers' pooling in the words of a card."""
    words = {theirs: ours for ours, theirs in POOLINGS.items()}
    return "+".join(words.get(mode, mode) for mode in ([modes] if isinstance(modes, str) else modes))


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the libraries' progress bars, logs and warnings; errors are still raised."""
    from transformers.utils import logging as bars

    loggers = [logging.getLogger(name) for name in LOUD]
    levels = [logger.level for logger in loggers]
    bar = bars.is_progress_bar_enabled()
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    bars.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if bar:
            bars.enable_progress_bar()

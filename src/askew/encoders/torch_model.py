"""Loading of sentence-transformers folders, offline; any disagreement with the card is an error."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from askew.encoders.signature import Signature
from askew.errors import InputError, ModelError

INSTRUCTOR = "instructor"
"""The pooling of these models excludes the prompt (Su et al. 2022, arXiv 2212.09741, section 2.1)."""

POOLINGS: Mapping[str, str] = {"mean": "mean", "cls": "cls", "last_token": "lasttoken"}
PRECISIONS: Mapping[str, str] = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}
DENSE = "2_Dense"  # subfolder of the dense layer in sentence-transformers
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model")
UNUSED = "pooler"  # weights that many files lack and no vector depends on


def load(signature: Signature, folder: Path, device: str) -> Any:
    """Load a `SentenceTransformer`: with the folder's modules.json if there is one, whose modules must match the
    signature; otherwise built from the signature.
    """
    torch, library = _libraries()
    if signature.pooling not in POOLINGS:
        raise ModelError(
            f"The pooling {signature.pooling!r} is not supported by torch; supported: {', '.join(POOLINGS)}."
        )
    if signature.precision not in PRECISIONS:
        raise InputError(
            f"The torch encoder has no precision {signature.precision!r}. Choose one of: {', '.join(PRECISIONS)}."
        )
    if not any(name in TOKENIZERS for name in _names(folder)):
        raise ModelError(f"{signature.model}: no tokenizer in {folder}; expected one of {', '.join(TOKENIZERS)}.")
    dtype = getattr(torch, PRECISIONS[signature.precision])
    with _quiet():
        try:
            if (folder / "modules.json").is_file():
                settings = {"dtype": dtype}
                model = library.SentenceTransformer(
                    str(folder), device=device, local_files_only=True, model_kwargs=settings
                )
            else:
                model = library.SentenceTransformer(modules=_modules(signature, folder, dtype), device=device)
        except Exception as error:  # the libraries below raise many types
            reason = (str(error).strip() or repr(error)).splitlines()[0]
            raise ModelError(f"Cannot load {signature.model} from {folder}: {reason}") from error
    if signature.architecture == INSTRUCTOR:
        model.set_pooling_include_prompt(False)
    model.max_seq_length = signature.max_tokens
    _complete(signature, model, folder)
    _agree(signature, model)
    return model.eval()


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

    local = {"local_files_only": True}
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
        if isinstance(module, modules.Pooling):
            facts["pooling"] = str(module.pooling_mode)
        elif isinstance(module, modules.Dense):
            facts["dense"] = type(module.activation_function).__name__.lower()
        elif isinstance(module, modules.Normalize):
            facts["normalised"] = "yes"
    expected = {"pooling": POOLINGS[signature.pooling], "dense": signature.dense}
    if facts["normalised"]:
        expected["normalised"] = "yes" if signature.normalised else "no"
    for name, value in expected.items():
        if facts[name] != value:
            raise ModelError(
                f"The folder of {signature.model} has {name} = {facts[name]!r}, but its card says {value!r}: "
                "correct the card."
            )


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the libraries' progress bars and logs; errors are still raised."""
    from transformers.utils import logging

    level, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bar:
            logging.enable_progress_bar()

"""A folder as a model of sentence-transformers, exactly as the card describes it or not at all; never the network."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from askew.encoders.signature import Signature
from askew.errors import InputError, ModelError

INSTRUCTOR = "instructor"
"""Its prompt is read by the transformer and left out of the pooling (Su et al. 2022, arXiv 2212.09741, section 2.1)."""

POOLINGS: Mapping[str, str] = {"mean": "mean", "cls": "cls", "last_token": "lasttoken"}
PRECISIONS: Mapping[str, str] = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}
DENSE = "2_Dense"  # where sentence-transformers puts the layer after the pooling
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model")
UNUSED = "pooler"  # weights that many files lack, and that no vector depends on


def load(signature: Signature, folder: Path, device: str) -> Any:
    """A `SentenceTransformer`. Where the folder has a modules.json, its own modules, which must be those that the
    signature tells of; otherwise transformer, pooling, dense layer and normalisation as the signature says.
    """
    torch, library = _libraries()
    if signature.pooling not in POOLINGS:
        raise ModelError(
            f"The pooling {signature.pooling!r} cannot be done in torch; these can: {', '.join(POOLINGS)}."
        )
    if signature.precision not in PRECISIONS:
        raise InputError(f"Torch has no precision {signature.precision!r}. Known: {', '.join(PRECISIONS)}.")
    if not any(name in TOKENIZERS for name in _names(folder)):
        raise ModelError(f"{signature.model}: the folder {folder} has no tokenizer, none of {', '.join(TOKENIZERS)}.")
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
        except Exception as fault:  # every library below has errors of its own
            said = (str(fault).strip() or repr(fault)).splitlines()[0]
            raise ModelError(f"{signature.model} cannot be loaded from {folder}: {said}") from fault
    if signature.architecture == INSTRUCTOR:
        model.set_pooling_include_prompt(False)
    model.max_seq_length = signature.max_tokens
    _complete(signature, model, folder)
    _agree(signature, model)
    return model.eval()


def _names(folder: Path) -> list[str]:
    """Of the files, folders within included. Transformers makes an empty tokenizer up where it finds none."""
    return [path.name for path in folder.rglob("*")]


def _libraries() -> tuple[Any, Any]:
    try:
        import sentence_transformers
        import torch
    except ImportError as fault:
        raise ModelError(
            f"This model runs through PyTorch, and {fault.name} is not here. Run: pip install 'askew[torch]'"
        ) from fault
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
    """Transformers fills weights that a file lacks with random numbers; it marks those that it has read."""
    read = {name: getattr(weight, "_is_hf_initialized", False) for name, weight in model[0].named_parameters()}
    missing = [name for name, there in read.items() if not there and UNUSED not in name]
    if missing and any(read.values()):
        raise ModelError(
            f"The weights of {signature.model} in {folder} lack {missing[0]} and {len(missing) - 1} more. "
            "Pull the model again, or correct the card's architecture."
        )


def _agree(signature: Signature, model: Any) -> None:
    """What the folder's own modules do must be what the contract will say."""
    from sentence_transformers.sentence_transformer import modules

    facts = {"pooling": "", "dense": "", "normalised": ""}
    for module in model:
        if isinstance(module, modules.Pooling):
            facts["pooling"] = str(module.pooling_mode)
        elif isinstance(module, modules.Dense):
            facts["dense"] = type(module.activation_function).__name__.lower()
        elif isinstance(module, modules.Normalize):
            facts["normalised"] = "yes"
    told = {"pooling": POOLINGS[signature.pooling], "dense": signature.dense}
    if facts["normalised"]:
        told["normalised"] = "yes" if signature.normalised else "no"
    for name, value in told.items():
        if facts[name] != value:
            raise ModelError(
                f"The folder of {signature.model} has {name} = {facts[name]!r} and its card says {value!r}: "
                "correct the card."
            )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the libraries' own progress bars and reports; what is wrong is raised."""
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

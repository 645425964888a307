"""How long a text is, in the tokens of a tokenizer that is named."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from askew.encoders import Encoder
from askew.errors import InputError


@dataclass(frozen=True)
class Counter:
    """name: of the tokenizer whose tokens `count` counts, without special ones."""

    name: str
    count: Callable[[str], int]


def of_encoder(encoder: Encoder) -> Counter:
    """The tokens of the index's own model. A model behind a service counts in askew's pieces, as its tokenizer is not
    here (`encoders/hosted/pieces.py`).
    """
    return Counter(encoder.signature.model, lambda text: len(encoder.spans([text])[0]))


def of_file(path: str | Path) -> Counter:
    """path: a tokenizer.json of the model that will read the text."""
    from tokenizers import Tokenizer

    if not Path(path).is_file():
        raise InputError(f"There is no tokenizer {path}. Name the tokenizer.json of the model that reads the context.")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as fault:  # the library raises bare Exception
        raise InputError(f"The tokenizer {path} cannot be read: {fault}. It must be a tokenizer.json.") from fault
    # Files come with the truncation and padding of their makers, which would count wrong.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Counter(str(path), lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids))

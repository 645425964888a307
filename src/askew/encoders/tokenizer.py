"""Tokenizer files: read within bounds, and no error of the library but as `ModelError`, its Rust panics included.

A forked child must not use the threads of its parent, which do not exist in it. The library notices that itself unless
TOKENIZERS_PARALLELISM is set, and then waits for them forever.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tokenizers import Tokenizer

from askew.errors import AskewError, ModelError

LARGEST = 256 << 20
"""Bytes of a tokenizer file; the largest vocabularies take 40 MB."""
RARE = "𒈙ꙮ"
"""Two characters that hardly any vocabulary has: a tokenizer without its unknown token fails with them."""


def opened(file: Path) -> Tokenizer:
    """Open a tokenizer without the truncation and the padding that its file brings.

    `ModelError` if it cannot be read, or could not tokenise every text.
    """
    try:
        size = file.stat().st_size
    except OSError as error:
        raise ModelError(f"Cannot read the tokenizer {file}: {error.strerror or error}.") from error
    if not file.is_file() or size > LARGEST:
        raise ModelError(f"{file} is no tokenizer: it is larger than {LARGEST >> 20} MB, or no regular file.")
    with guarded(file):
        tokenizer = Tokenizer.from_file(str(file))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode(RARE, add_special_tokens=False)
    return tokenizer


@contextmanager
def guarded(file: Path) -> Iterator[None]:
    """Turn every failure of the library into a `ModelError` that names the file."""
    try:
        yield
    except (AskewError, MemoryError):
        raise
    except Exception as error:  # the library raises bare Exception
        raise ModelError(f"The tokenizer {file} fails: {error}. Pull the model again.") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a panic of Rust, which is no Exception
            raise
        raise ModelError(f"The tokenizer {file} fails: {error}. Pull the model again.") from error


def _leave_parents_threads() -> None:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_leave_parents_threads)

"""Models without a fast path, and any model on a GPU, through sentence-transformers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoded
from askew.encoders.signature import Signature
from askew.encoders.texts import checked, once
from askew.encoders.titles import joined
from askew.encoders.tokens import batches
from askew.encoders.torch_model import load
from askew.errors import ModelError
from askew.progress import Progress, Report, silent
from askew.similarity import normalise
from askew.types import FloatMatrix, Role

BUDGETS = {"cpu": 2048, "cuda": 32768}  # tokens computed together
PROBE = "a"  # measures a prompt: its last space is a token of its own for some tokenizers, unless a text follows

Ids = NDArray[np.int64]


class TorchEncoder:
    """Texts are computed together with others of exactly their length, so nothing is padded: the padding of a longer
    neighbour would change a vector's last digits (measured on small random models: by up to 3e-6 in fp32).

    The model is loaded at the first text. `golden` is a text and the first components of its vector by the reference
    library. `device`: as PyTorch names it, "" for a GPU where there is one.
    """

    def __init__(
        self,
        signature: Signature,
        folder: Path,
        golden: Sequence[tuple[str, Sequence[float]]] = (),
        device: str = "",
    ) -> None:
        self.signature = signature
        self._folder = folder
        self._golden = golden
        self._device = device
        self._loaded: Any = None

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        unique, rows = once(checked(joined(texts, titles)))
        vectors = np.zeros((len(unique), self.signature.dim), np.float32)
        if not unique:
            return Encoded(vectors, np.zeros(0, np.int64), np.zeros(0, np.int64))
        prompt, room = self._prompt(role), self.room(role)
        lengths = self._lengths([prompt + text for text in unique])
        self._fill(vectors, unique, prompt, np.minimum(lengths + self._specials(), self.signature.max_tokens), report)
        filled = np.array([bool(text) for text in unique])
        tokens = np.where(filled, np.maximum(lengths - self._lead(prompt), 0), 0)
        return Encoded(vectors[rows], tokens[rows], np.minimum(tokens, room)[rows])

    def spans(self, texts: Sequence[str]) -> list[Ids]:
        if not texts:
            return []
        found = self._tokenise(checked(texts), return_offsets_mapping=True)["offset_mapping"]
        return [np.array(offsets, np.int64).reshape(-1, 2) for offsets in found]

    def room(self, role: Role) -> int:
        lead = self._lead(self._prompt(role))
        room = self.signature.max_tokens - self._specials() - lead
        if room < 1:
            raise ModelError(f"The prompt has {lead} tokens and leaves no room: the model takes {room + lead}.")
        return room

    def _prompt(self, role: Role) -> str:
        return self.signature.prompts.get(role, "")

    def _lead(self, prompt: str) -> int:
        """The prompt's length in tokens, as it stands before a text."""
        prompted, bare = self._lengths([prompt + PROBE, PROBE])
        return int(prompted - bare)

    def _specials(self) -> int:
        return int(self._open().tokenizer.num_special_tokens_to_add())

    def _lengths(self, texts: Sequence[str]) -> Ids:
        return np.array([len(ids) for ids in self._tokenise(texts)["input_ids"]], np.int64)

    def _tokenise(self, texts: Sequence[str], return_offsets_mapping: bool = False) -> Any:
        """Of each text all tokens, without special ones, as the model's own tokenizer makes them."""
        return self._open().tokenizer(
            list(texts),
            add_special_tokens=False,
            truncation=False,
            padding=False,
            return_offsets_mapping=return_offsets_mapping,
            verbose=False,
        )

    def _fill(self, out: FloatMatrix, texts: Sequence[str], prompt: str, shown: Ids, report: Report) -> None:
        """shown: how many tokens the model is shown of each text, all told."""
        done = 0
        for batch in batches(shown, BUDGETS.get(self._open().device.type, BUDGETS["cpu"])):
            if shown[batch[0]]:  # a tokenizer without special tokens makes nothing of an empty text
                out[batch] = self._run([texts[row] for row in batch], prompt)
            done += len(batch)
            report(Progress("encode", done, len(texts)))

    def _run(self, texts: list[str], prompt: str) -> FloatMatrix:
        """The prompt is always given, "" too: a folder may name one of its own that would be taken otherwise."""
        try:
            found = self._open().encode(
                texts, prompt=prompt, batch_size=len(texts), show_progress_bar=False, convert_to_tensor=True
            )
            vectors: FloatMatrix = found.float().cpu().numpy()
        except (RuntimeError, IndexError, ValueError) as fault:
            raise ModelError(f"{self.signature.model} cannot encode: {str(fault).splitlines()[0]}") from fault
        if vectors.shape[1] != self.signature.dim:
            raise ModelError(
                f"{self.signature.model} gives vectors of {vectors.shape[1]} components, and its card says "
                f"{self.signature.dim}: correct the card."
            )
        if not np.isfinite(vectors).all():
            raise ModelError(f"{self.signature.model} overflows in {self.signature.precision}. Take bf16 or fp32.")
        return normalise(vectors) if self.signature.normalised else vectors

    def _open(self) -> Any:
        if self._loaded is None:
            self._loaded = load(self.signature, self._folder, self._device or _device())
            try:
                self._check()
            except ModelError:
                self._loaded = None
                raise
        return self._loaded

    def _check(self) -> None:
        """The model must give what the reference library gave when the card was written."""
        room = 1e-4 if self.signature.precision == "fp32" else 3e-2
        for text, expected in self._golden[:1]:
            error = float(np.abs(self._run([text], "")[0, : len(expected)] - np.array(expected)).max())
            if not error <= room:
                raise ModelError(
                    f"{self.signature.model} does not give the vector its card promises (off by {error:.2g}). "
                    f"Run `askew models check {self.signature.model}`, then `askew models pull` it again."
                )


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"

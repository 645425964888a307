"""PyTorch encoder: models that ONNX does not cover, and any model on a GPU, through sentence-transformers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoded
from askew.encoders.signature import Signature
from askew.encoders.texts import checked, joined, once
from askew.encoders.tokens import batches, translate
from askew.encoders.torch_model import load, routed, specials, tokenised, tokenizer
from askew.errors import ModelError
from askew.progress import Progress, Report, silent
from askew.similarity import normalise
from askew.types import FloatMatrix, Role

BUDGETS = {"cpu": 2048, "cuda": 32768}  # tokens per batch
PROBE = "a"  # appended to measure a prompt: some tokenizers only merge its trailing space with a following text

Ids = NDArray[np.int64]


class TorchEncoder:
    """Encoder with batches of equal length, so nothing is padded: padding would change the last digits of a vector (by
    up to 3e-6 in fp32, measured on small random models).

    The model is loaded on first use. `golden`: texts with the first components of their reference vectors. `device`:
    a PyTorch device, "" for a GPU if available.
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
        if not unique:
            return Encoded(np.zeros((0, self.signature.dim), np.float32), np.zeros(0, np.int64), np.zeros(0, np.int64))
        self._open()  # a folder that cannot be loaded is refused before memory is taken for the vectors
        vectors = np.zeros((len(unique), self.signature.dim), np.float32)
        prompt, room = self._prompt(role), self.room(role)
        lengths = self._lengths([prompt + text for text in unique], role)
        shown = np.minimum(lengths + specials(self._tokenizer(role)), self.signature.max_tokens)
        self._fill(vectors, unique, role, shown, report)
        filled = np.array([bool(text) for text in unique])
        tokens = np.where(filled, np.maximum(lengths - self._lead(prompt, role), 0), 0)
        return Encoded(vectors[rows], tokens[rows], np.minimum(tokens, room)[rows])

    def spans(self, texts: Sequence[str]) -> list[Ids]:
        if not texts:
            return []
        found = self._tokenise(checked(texts), Role.DOCUMENT)
        return [np.array(encoding.offsets, np.int64).reshape(-1, 2) for encoding in found]

    def room(self, role: Role) -> int:
        lead = self._lead(self._prompt(role), role)
        room = self.signature.max_tokens - specials(self._tokenizer(role)) - lead
        if room < 1:
            raise ModelError(f"The prompt has {lead} tokens, and the model accepts {room + lead}: shorten it.")
        return room

    def _prompt(self, role: Role) -> str:
        return self.signature.prompts.get(role, "")

    def _lead(self, prompt: str, role: Role) -> int:
        """Return the prompt's length in tokens when a text follows."""
        prompted, bare = self._lengths([prompt + PROBE, PROBE], role)
        return int(prompted - bare)

    def _lengths(self, texts: Sequence[str], role: Role) -> Ids:
        return np.array([len(encoding) for encoding in self._tokenise(texts, role)], np.int64)

    def _tokenizer(self, role: Role) -> Any:
        return tokenizer(self._open(), role)

    def _tokenise(self, texts: Sequence[str], role: Role) -> Any:
        """Tokenise whole texts without special tokens, with the model's own tokenizer."""
        try:
            return tokenised(self._tokenizer(role), list(texts))
        except BaseException as error:
            translate(self._folder, error)
            raise

    def _fill(self, out: FloatMatrix, texts: Sequence[str], role: Role, shown: Ids, report: Report) -> None:
        """Encode the texts into `out`. shown: input length of each text, with special tokens and prompt."""
        done = 0
        for batch in batches(shown, BUDGETS.get(self._open().device.type, BUDGETS["cpu"])):
            if shown[batch[0]]:  # without special tokens, an empty text has no tokens at all
                out[batch] = self._run([texts[row] for row in batch], self._prompt(role), role)
            done += len(batch)
            report(Progress("encode", done, len(texts)))

    def _run(self, texts: list[str], prompt: str, role: Role = Role.DOCUMENT) -> FloatMatrix:
        """Encode one batch. The prompt is always passed, even "": the folder's default prompt would apply otherwise."""
        model = self._open()
        task = {"task": str(role)} if routed(model) else {}
        try:
            found = model.encode(
                texts, prompt=prompt, batch_size=len(texts), show_progress_bar=False, convert_to_tensor=True, **task
            )
            vectors: FloatMatrix = found.float().cpu().numpy()
        except (RuntimeError, IndexError, ValueError) as error:
            raise ModelError(f"{self.signature.model} failed to encode: {str(error).splitlines()[0]}") from error
        if vectors.shape[1] != (self.signature.width or self.signature.dim):
            raise ModelError(
                f"{self.signature.model} outputs {vectors.shape[1]} dimensions, but its card says "
                f"dim = {self.signature.dim}: correct the card."
            )
        if not np.isfinite(vectors).all():
            raise ModelError(f"{self.signature.model} overflows in {self.signature.precision}: use bf16 or fp32.")
        vectors = vectors[:, : self.signature.dim]
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
        """Compare the model with the reference vector of its card."""
        room = 1e-4 if self.signature.precision == "fp32" else 3e-2
        for text, expected in self._golden[:1]:
            error = float(np.abs(self._run([text], "")[0, : len(expected)] - np.array(expected)).max())
            if not error <= room:
                raise ModelError(
                    f"{self.signature.model} does not reproduce the reference vector of its card (largest deviation "
                    f"{error:.2g}). Run: askew models check {self.signature.model}. Then pull the model again."
                )


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"

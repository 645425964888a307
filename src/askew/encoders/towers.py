"""Dual encoder: separate weights for queries and documents in one vector space (DPR)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoded
from askew.encoders.families import width
from askew.encoders.onnx.encoder import Golden, OnnxEncoder
from askew.encoders.signature import Signature
from askew.errors import ModelError
from askew.progress import Report, silent
from askew.types import Role


class Towers:
    """Dual encoder. `folders` and `golden` have an entry per role; the signature covers the weights of both."""

    def __init__(
        self, signature: Signature, folders: Mapping[str, Path], golden: Mapping[str, Golden] | None = None
    ) -> None:
        if missing := [str(role) for role in Role if role not in folders]:
            raise ModelError(
                f"{signature.model} is a dual encoder, and its weights for {', '.join(missing)} are missing."
            )
        self.signature = signature
        self._folders = folders
        self._checked = False
        self._towers = {
            role: OnnxEncoder(signature, folders[role], (golden or {}).get(role, ()), role) for role in Role
        }

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        self._check()
        return self._towers[role].encode(texts, role, report, titles)

    def spans(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """Return token offsets by the document tokenizer, because only documents are chunked."""
        return self._towers[Role.DOCUMENT].spans(texts)

    def room(self, role: Role) -> int:
        return self._towers[role].room(role)

    def _check(self) -> None:
        """Check both encoders even if only one is needed, so that no index is built that queries cannot search."""
        if not self._checked:
            widths = {role: width(self.signature.architecture, self._folders[role]) for role in Role}
            if len(set(widths.values())) > 1:
                dims = ", ".join(f"{role} {dim}" for role, dim in widths.items())
                raise ModelError(
                    f"The encoders of {self.signature.model} have different dimensions: {dims}. Correct the card."
                )
            self._checked = True

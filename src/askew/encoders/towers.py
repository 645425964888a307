"""Two towers: query and document have weights of their own, and their vectors meet in one space (DPR)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoded
from askew.encoders.families import width
from askew.encoders.onnx import Golden, OnnxEncoder
from askew.encoders.signature import Signature
from askew.errors import ModelError
from askew.progress import Report, silent
from askew.types import Role


class Towers:
    """`folders` and `golden` have an entry for each role; the one signature names the weights of both."""

    def __init__(
        self, signature: Signature, folders: Mapping[str, Path], golden: Mapping[str, Golden] | None = None
    ) -> None:
        if missing := [str(role) for role in Role if role not in folders]:
            raise ModelError(f"{signature.model} has two towers, and the one for {', '.join(missing)} is missing.")
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
        """By the document's tokenizer: it is documents that are cut into passages."""
        return self._towers[Role.DOCUMENT].spans(texts)

    def room(self, role: Role) -> int:
        return self._towers[role].room(role)

    def _check(self) -> None:
        """Both towers, though one is needed: documents are not indexed that no query could find."""
        if not self._checked:
            widths = {role: width(self.signature.architecture, self._folders[role]) for role in Role}
            if len(set(widths.values())) > 1:
                told = " and ".join(f"{dim} components for a {role}" for role, dim in widths.items())
                raise ModelError(f"The two towers of {self.signature.model} do not fit together: {told}.")
            self._checked = True

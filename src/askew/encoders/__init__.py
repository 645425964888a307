"""What an encoder is: texts and a role in, vectors out. It never sees an id, a store or a task."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from askew.encoders.signature import Signature
from askew.progress import Report, silent
from askew.types import FloatMatrix, Role


@dataclass(frozen=True)
class Encoded:
    """vectors: (n, dim) float32. tokens: (n,), what each text has. seen: (n,), what the model was shown.

    Both counts leave out the special tokens and the prompt: a text was cut where seen < tokens.
    """

    vectors: FloatMatrix
    tokens: NDArray[np.int64]
    seen: NDArray[np.int64]


class Encoder(Protocol):
    @property
    def signature(self) -> Signature: ...

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        """A text's vector depends on nothing but the text, its title, the role and the signature.

        `titles`, where given, has one for each text, "" for none; they are put before the texts as the model wants.
        """

    def spans(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """Where the tokens of each text lie in it: for each text (tokens, 2), start and end in characters."""

    def room(self, role: Role) -> int:
        """How many tokens of a text and its title fit beside the special tokens and the role's prompt."""

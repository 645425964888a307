"""Facts of a model's folder: the fields of its card, where each comes from, and why PyTorch must run the model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from reprlib import repr as short
from typing import Any

from askew.errors import ModelError
from askew.models.card import BOUNDS
from askew.models.folder import layout
from askew.models.folder.layout import inside

DEFAULT = "default of sentence-transformers"
"""Origin of what no file states."""


@dataclass
class Facts:
    """Facts of a card with their origins, and the reasons why PyTorch must run the model."""

    folder: Path
    names: set[str]
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    beyond: list[str] = field(default_factory=list)

    def put(self, key: str, value: object, origin: str) -> None:
        self.values[key], self.origins[key] = value, origin

    def settings(self, at: str, name: str) -> Mapping[str, Any]:
        return layout.settings(self.folder, inside(at, name))

    def refuse(self, reason: str) -> ModelError:
        return ModelError(f"The folder {self.folder} {reason}.")

    def count(self, at: str, name: str, key: str) -> int:
        """Return a positive integer that a setting must hold."""
        value = self.settings(at, name).get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= BOUNDS["dim"][1]:
            raise ModelError(f"{self.folder / at / name}: {key} must be a positive integer, not {short(value)}.")
        return value

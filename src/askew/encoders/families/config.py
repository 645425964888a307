"""Strict reading of config.json: errors name the missing or mistyped key."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from reprlib import repr as short
from typing import Any

from askew.encoders.families.layouts import LISTED, Fact, Layout
from askew.errors import ModelError
from askew.models import variants

LARGEST = 1 << 22
"""Bytes of a configuration; those of the hub take a few KB."""
MOST = 1 << 31
"""No count or number of a configuration is larger."""


@dataclass(frozen=True)
class Config:
    file: Path
    values: Mapping[str, Any]

    @classmethod
    def read(cls, file: Path) -> "Config":
        """Read a configuration; its settings have the usual names."""
        try:
            with file.open("rb") as source:
                content = source.read(LARGEST + 1)
            if len(content) > LARGEST:
                raise ValueError(f"it is larger than {LARGEST >> 20} MB")
            values = json.loads(content)
        except (OSError, ValueError, RecursionError) as error:
            raise ModelError(f"Cannot read {file}: {error}.") from error
        if not isinstance(values, dict):
            raise ModelError(f"{file} is not a model configuration: it must hold a JSON object.")
        return cls(file, variants.named(values))

    def count(self, key: str) -> int:
        """Return a positive integer."""
        value = self._value(key)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST:
            raise ModelError(f"{self.file}: {key} must be a positive integer, not {short(value)}.")
        return value

    def number(self, fact: Fact) -> float:
        if not isinstance(fact, str):
            return fact
        value = self._value(fact)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= MOST:  # also NaN
            raise ModelError(f"{self.file}: {fact} must be a number of at least 0, not {short(value)}.")
        return float(value)

    def word(self, key: str) -> str:
        return str(self._value(key))[:40]

    def check(self, architecture: str, layout: Layout) -> None:
        """Reject the config of another family, and unsupported variants of this one."""
        self.expect(architecture, *layout.kinds)
        for key, allowed in LISTED.items():
            value = self.values.get(key, allowed[0])
            if value not in allowed:
                raise ModelError(
                    f"{self.file}: {key} {short(value)} is not supported by the ONNX encoder; supported: {allowed[0]}."
                )

    def expect(self, architecture: str, *kinds: str) -> None:
        """Reject the config of another family."""
        kind = self.values.get("model_type", kinds[0])
        if kind not in kinds:
            raise ModelError(f"{self.file} describes a {short(kind)} model, but the card says {architecture!r}.")

    def over(self, defaults: Mapping[str, object]) -> "Config":
        """Return the config with the family's defaults for the keys that it lacks."""
        return replace(self, values={**defaults, **self.values})

    def tree(self, key: str) -> "Config":
        """Return an object inside the config, empty if there is none."""
        found = self.values.get(key) or {}
        if not isinstance(found, dict):
            raise ModelError(f"{self.file}: {key} must be an object, not {short(found)}.")
        return replace(self, values=found)

    def list(self, key: str) -> Sequence[object]:
        """Return a list, empty if there is none."""
        found = self.values.get(key) or []
        if not isinstance(found, list):
            raise ModelError(f"{self.file}: {key} must be a list, not {short(found)}.")
        return found

    def _value(self, key: str) -> Any:
        if key not in self.values:
            raise ModelError(f"{self.file} has no {key!r}.")
        return self.values[key]

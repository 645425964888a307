"""config.json, read strictly: a key that is needed and absent, or of the wrong type, is named."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askew.encoders.families.layouts import LISTED, Fact, Layout
from askew.errors import ModelError


@dataclass(frozen=True)
class Config:
    file: Path
    values: Mapping[str, Any]

    @classmethod
    def read(cls, file: Path) -> "Config":
        try:
            values = json.loads(file.read_text("utf-8"))
        except (OSError, ValueError) as fault:
            raise ModelError(f"{file} cannot be read: {fault}.") from fault
        if not isinstance(values, dict):
            raise ModelError(f"{file} does not hold a model's settings.")
        return cls(file, values)

    def count(self, key: str) -> int:
        """A positive whole number."""
        value = self._value(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ModelError(f"In {self.file}: {key} is {value!r}, and must be a whole number above zero.")
        return value

    def number(self, fact: Fact) -> float:
        if not isinstance(fact, str):
            return fact
        value = self._value(fact)
        if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
            raise ModelError(f"In {self.file}: {fact} is {value!r}, and must be a number, zero or above.")
        return float(value)

    def word(self, key: str) -> str:
        return str(self._value(key))

    def check(self, architecture: str, layout: Layout) -> None:
        """Refuses a config of another family, and one with a variant that we do not compute."""
        kind = self.values.get("model_type", layout.kinds[0])
        if kind not in layout.kinds:
            raise ModelError(f"{self.file} is that of a {kind!r}, and the card says {architecture!r}.")
        for key, allowed in LISTED.items():
            value = self.values.get(key, allowed[0])
            if value not in allowed:
                raise ModelError(f"In {self.file}: {key} {value!r} has no fast path; these have: {allowed[0]}.")

    def _value(self, key: str) -> Any:
        if key not in self.values:
            raise ModelError(f"{self.file} lacks {key!r}.")
        return self.values[key]

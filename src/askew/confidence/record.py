"""What was calibrated, as text: evidence, with all that moves the values it is about. It is void where that changes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from askew.confidence.confidence_model import ConfidenceModel
from askew.confidence.risk_control import LabelledScores
from askew.errors import ContractError, Difference, InputError

NOTE = "calibrations"
"""Under this name a store keeps them."""
GROWN = 0.2  # a corpus that has grown by more than this share since may answer otherwise

Settings = Mapping[str, str]
"""By name all that moves the values: the contract's digest, the mode, the weights …"""


@dataclass(frozen=True)
class CalibrationRecord:
    """of: search, faq or pairs. signal: of first hits; None where the values are plain scores. documents: of the corpus
    at the time. confidence: with which promises are kept.
    """

    of: str
    settings: Settings
    evidence: LabelledScores
    documents: int
    confidence: float
    signal: ConfidenceModel | None = field(default=None)

    def grown(self, documents: int) -> bool:
        return documents > (1 + GROWN) * self.documents

    def as_json(self) -> dict[str, Any]:
        told = self.evidence
        right = "".join("1" if one else "0" for one in told.right)
        signal = [*self.signal.weights, self.signal.intercept] if self.signal else []
        return {
            "of": self.of,
            "settings": dict(self.settings),
            "documents": self.documents,
            "confidence": self.confidence,
            "asked": told.asked,
            "signal": signal,
            "right": right,
            "values": list(told.values),
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        right = tuple(one == "1" for one in told["right"])
        evidence = LabelledScores(tuple(told["values"]), right, told["asked"])
        parts = told["signal"]
        kept = (told["of"], told["settings"], evidence, told["documents"], told["confidence"])
        return cls(*kept, ConfidenceModel((parts[0], parts[1], parts[2]), parts[3]) if parts else None)


def digest(*manifests: str) -> str:
    """Of contracts, as short as is safe."""
    return hashlib.sha256("\0".join(manifests).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def put(text: str, record: CalibrationRecord) -> str:
    """The text with this record in it, in place of the one about the same, if there is one."""
    others = [one for one in read(text) if (one.of, one.settings) != (record.of, record.settings)]
    return json.dumps([one.as_json() for one in (*others, record)], separators=(",", ":"))


def read(text: str) -> list[CalibrationRecord]:
    """None for an empty text; InputError for one that is no record."""
    try:
        return [CalibrationRecord.from_json(told) for told in json.loads(text or "[]")]
    except (ValueError, KeyError, TypeError, IndexError) as fault:
        raise InputError(f"What was calibrated cannot be read ({fault}): calibrate anew.") from fault


def find(text: str, of: str, settings: Settings, command: str) -> CalibrationRecord:
    """The one made with the very same settings. `command` makes one: it is named where there is none.

    InputError where nothing was calibrated, ContractError with the differences where something else was.
    """
    mine = [one for one in read(text) if one.of == of]
    if not mine:
        raise InputError(f"Nothing was calibrated here, so that nothing can be promised. Do it with: {command}")
    for one in mine:
        if one.settings == settings:
            return one
    last = mine[-1].settings
    differences = [
        Difference(name, last.get(name) or "none", value or "none")
        for name, value in settings.items()
        if last.get(name) != value
    ]
    raise ContractError(
        f"What was calibrated is about another setting, and its promise is void in this one. Do it with: {command}",
        differences,
    )

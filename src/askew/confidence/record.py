"""Stored calibrations: labelled scores with the settings they depend on. They are void once a setting changes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from askew.confidence.confidence_model import ConfidenceModel
from askew.confidence.risk_control import LabelledScores
from askew.errors import ContractError, Difference, InputError

NOTE = "calibrations"
"""Name of the note in which a store keeps calibrations."""
GROWN = 0.2  # growth of the corpus beyond which a calibration may no longer apply

Settings = Mapping[str, str]
"""Everything the scores depend on, by name: digest of the contract, mode, weights …"""


@dataclass(frozen=True)
class CalibrationRecord:
    """of: search, faq or pairs. scores: of the labelled hits or pairs. documents: size of the corpus at the time.
    confidence: probability that a guarantee holds. model: gives the scores of first hits; None for plain scores.
    """

    of: str
    settings: Settings
    scores: LabelledScores
    documents: int
    confidence: float
    model: ConfidenceModel | None = None

    def grown(self, documents: int) -> bool:
        return documents > (1 + GROWN) * self.documents

    def as_json(self) -> dict[str, Any]:
        right = "".join("1" if one else "0" for one in self.scores.right)
        signal = [*self.model.weights, self.model.intercept] if self.model else []
        return {
            "of": self.of,
            "settings": dict(self.settings),
            "documents": self.documents,
            "confidence": self.confidence,
            "asked": self.scores.total,
            "signal": signal,
            "right": right,
            "values": list(self.scores.values),
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        right = tuple(one == "1" for one in fields["right"])
        scores = LabelledScores(tuple(fields["values"]), right, fields["asked"])
        parts = fields["signal"]
        model = ConfidenceModel((parts[0], parts[1], parts[2]), parts[3]) if parts else None
        return cls(fields["of"], fields["settings"], scores, fields["documents"], fields["confidence"], model)


def digest(*manifests: str) -> str:
    """Return a digest of contracts, 16 hexadecimal digits."""
    return hashlib.sha256("\0".join(manifests).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def put(text: str, record: CalibrationRecord) -> str:
    """Return the stored text with this record added; it replaces one with the same settings."""
    others = [one for one in read(text) if (one.of, one.settings) != (record.of, record.settings)]
    return json.dumps([one.as_json() for one in (*others, record)], separators=(",", ":"))


def read(text: str) -> list[CalibrationRecord]:
    """Return the stored records, [] for an empty text. Raises InputError if the text is damaged."""
    try:
        return [CalibrationRecord.from_json(fields) for fields in json.loads(text or "[]")]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InputError(f"The stored calibration is damaged ({error}). Calibrate again.") from error


def find(text: str, of: str, settings: Settings, command: str) -> CalibrationRecord:
    """Return the record with exactly these settings. command: how to make one, for the error.

    Raises InputError if nothing was calibrated, and ContractError with the differences if the settings differ.
    """
    mine = [one for one in read(text) if one.of == of]
    if not mine:
        raise InputError(f"There is no calibration, so no precision can be guaranteed. Calibrate with: {command}")
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
        f"The calibration is for other settings, so its guarantee does not hold. Calibrate with: {command}",
        differences,
    )

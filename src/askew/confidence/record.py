"""Calibration records: labelled scores, the confidence model trained on them, and their storage."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from askew.confidence.risk_control import LabelledScores, try_guarantee
from askew.environment import require
from askew.errors import ContractError, Difference, InputError
from askew.values import from_json

FEWEST = 5  # right and wrong hits each that are needed to fit the model


@dataclass(frozen=True)
class TopHit:
    """The first hit of a query, as features.

    document: "" if nothing was found. lead: score minus that of the second hit, or the score if there is none. agreed:
    share of the rankings (dense and BM25, or the two channels of a FAQ) that have the same first hit.
    """

    document: str
    score: float
    lead: float
    agreed: float


@dataclass(frozen=True)
class ConfidenceModel:
    """Weights of score, lead and agreement, in this order."""

    weights: tuple[float, float, float]
    intercept: float

    def of(self, first: TopHit) -> float:
        """Return the estimated probability that the hit is right, 0 to 1."""
        parts = zip(self.weights, (first.score, first.lead, first.agreed), strict=True)
        z = self.intercept + sum(weight * value for weight, value in parts)
        return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


LEAD = ConfidenceModel((0.0, 1.0, 0.0), 0.0)
"""Fallback for too few labels: the larger the lead, the higher the confidence."""


def learn_confidence(firsts: Sequence[TopHit], right: Sequence[bool]) -> ConfidenceModel:
    """Fit a logistic regression (scikit-learn, default penalty) on standardised features; `LEAD` for too few labels."""
    if min(sum(right), len(right) - sum(right)) < FEWEST:
        return LEAD
    require("sklearn", "scikit-learn", "evaluation", "Learning a confidence model")
    from sklearn.linear_model import LogisticRegression

    values = np.array([(first.score, first.lead, first.agreed) for first in firsts], np.float64)
    centre, spread = values.mean(axis=0), values.std(axis=0)
    spread[spread == 0] = 1.0
    model = LogisticRegression().fit((values - centre) / spread, np.asarray(right, bool))
    weights = model.coef_[0] / spread
    score, lead, agreed = (float(weight) for weight in weights)
    return ConfidenceModel((score, lead, agreed), float(model.intercept_[0] - weights @ centre))


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

    def costs(self, precisions: Sequence[float], documents: int) -> dict[str, Any]:
        """Return what each precision would cost, as JSON: its guarantee, or why there is none and how many more labels
        would help. documents: in the corpus now. Raises InputError for a precision that is no share.
        """
        found = [try_guarantee(self.scores, precision, self.confidence) for precision in precisions]
        return {
            "labels": len(self.scores.values),
            "asked": self.scores.total,
            "right": sum(self.scores.right),
            "confidence": self.confidence,
            "grown": self.grown(documents),
            "costs": [vars(one) for one in found],
        }

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
        return [CalibrationRecord.from_json(fields) for fields in from_json(text or "[]")]
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
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


DATA = "data"
"""Name of the setting that holds what data a calibration of pairs was made on: a count and a digest."""
PIECE = 1 << 20


def list_data(digests: Sequence[str]) -> str:
    """Return what identifies documents in their order. digests: of each."""
    return f"{len(digests)}:{digest(*digests)}"


def is_list_data(noted: str, digests: Sequence[str]) -> bool:
    """Return whether these are the documents noted, to which others may have been appended."""
    count = _count(noted)
    return 0 <= count <= len(digests) and noted == list_data(digests[:count])


def file_data(paths: Sequence[str]) -> str:
    """Return what identifies a file, or several together, by their bytes."""
    if len(paths) == 1:
        size = Path(paths[0]).stat().st_size
        return f"{size}:{_file_digest(paths[0], size)}"
    return list_data([_file_digest(path, Path(path).stat().st_size) for path in paths])


def is_file_data(noted: str, paths: Sequence[str]) -> bool:
    """Return whether these are the files noted; to a single one, more may have been appended."""
    try:
        if len(paths) != 1:
            return bool(paths) and noted == file_data(paths)
        size = _count(noted)
        return 0 <= size <= Path(paths[0]).stat().st_size and noted == f"{size}:{_file_digest(paths[0], size)}"
    except OSError:  # stdin, or a file that is gone
        return False


def _count(noted: str) -> int:
    count = noted.partition(":")[0]
    return int(count) if count.isdecimal() else -1


def _file_digest(path: str, size: int) -> str:
    found, left = hashlib.sha256(), size
    with Path(path).open("rb") as file:
        while left and (piece := file.read(min(PIECE, left))):
            found.update(piece)
            left -= len(piece)
    return found.hexdigest()[:16]

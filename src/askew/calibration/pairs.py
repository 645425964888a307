"""Calibration of duplicate pairs: scores of labelled pairs, stored in an index or for files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from askew.confidence.record import NOTE, CalibrationRecord, put
from askew.confidence.risk_control import CONFIDENCE, Guarantee, guarantee, labelled_scores
from askew.contract import Contract
from askew.encoders import Encoder
from askew.errors import InputError
from askew.evaluation.labelled_pairs import LabelledPair, is_graded
from askew.files import replace_text
from askew.index import Index
from askew.ingest import entries
from askew.matching.corpus import Corpus, calibrated, calibration_file, pair_settings
from askew.progress import Progress, Report, silent
from askew.types import Document

PAIRS = "pairs"
BATCH = 256  # pairs scored at a time
CHECKED = 50  # given scores that are compared with the model's
TOLERANCE = 0.05  # median difference, relative: a file has no titles


def calibrate_pairs(
    pairs: Sequence[LabelledPair],
    contract: Contract,
    encoder: Encoder,
    documents: int = 0,
    *,
    confidence: float = CONFIDENCE,
    report: Report = silent,
) -> CalibrationRecord:
    """Return the labelled scores of pairs.

    A pair's own score is used if it has one, as the labels of a review do; otherwise the model's. documents: size of
    the index that is searched for duplicates, 0 for files. Raises InputError for graded labels, and for scores that
    another model gave.
    """
    if is_graded(pairs):
        raise InputError("The labels are grades: give 1 for duplicates and 0 for other pairs.")
    given = [pair for pair in pairs if pair.score is not None]
    _check(given, contract, encoder)
    scores = iter(scored([pair for pair in pairs if pair.score is None], contract, encoder, report))
    values = [next(scores) if pair.score is None else pair.score for pair in pairs]
    labelled = labelled_scores(values, [pair.label == 1 for pair in pairs])
    return CalibrationRecord(PAIRS, pair_settings(contract), labelled, documents, confidence)


def scored(pairs: Sequence[LabelledPair], contract: Contract, encoder: Encoder, report: Report = silent) -> list[float]:
    """Return the model's scores (n,); of texts split into passages the highest score of two passages."""
    scores: list[float] = []
    for start in range(0, len(pairs), BATCH):
        part = pairs[start : start + BATCH]
        texts = list(dict.fromkeys(text for pair in part for text in (pair.text1, pair.text2)))
        made = entries([Document(text, text) for text in texts], encoder, contract)
        vectors = {entry.document.id: entry.vectors for entry in made}
        scores += [float((vectors[pair.text1] @ vectors[pair.text2].T).max()) for pair in part]
        report(Progress("pairs", len(scores), len(pairs)))
    return scores


def keep_in_index(index: Index, record: CalibrationRecord) -> None:
    """Store a calibration in a writable index."""
    index.store.set_note(NOTE, put(index.store.note(NOTE), record))


def keep_for_files(record: CalibrationRecord) -> Path:
    """Store a calibration for all files compared under the same contract, and return its path."""
    path = calibration_file(record.settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, put(path.read_text("utf-8") if path.exists() else "", record))
    return path


def pair_guarantee(corpus: Corpus, min_confidence: float) -> Guarantee:
    """Return the guarantee of a precision; pairs at or above its threshold are reported."""
    record = calibrated(corpus)
    return guarantee(record.scores, min_confidence, record.confidence)


def _check(pairs: Sequence[LabelledPair], contract: Contract, encoder: Encoder) -> None:
    """Raise `InputError` for scores that another model gave."""
    if not pairs:
        return
    some = [pairs[place] for place in np.linspace(0, len(pairs) - 1, min(CHECKED, len(pairs))).astype(int).tolist()]
    own = np.array(scored(some, contract, encoder))
    given = np.array([pair.score for pair in some], np.float64)
    if np.median(np.abs(own - given)) > TOLERANCE * max(1.0, float(np.abs(own).max())):
        raise InputError(
            f"The scores in the labels are not those of {contract.encoder.model}. Name the model that gave them, or "
            "remove the scores to have them computed."
        )

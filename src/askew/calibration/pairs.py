"""Calibration of duplicate pairs: scores of labelled pairs, kept with an index or for files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from askew.confidence.record import NOTE, CalibrationRecord, Settings, digest, find, put
from askew.confidence.risk_control import CONFIDENCE, Guarantee, guarantee, labelled_scores
from askew.contract import Contract
from askew.encoders import Encoder
from askew.errors import InputError
from askew.evaluation.labelled_pairs import LabelledPair, is_graded
from askew.files import replace_text
from askew.index import Index
from askew.ingest import entries
from askew.matching.corpus import Corpus, IndexCorpus
from askew.paths import calibrations
from askew.progress import Progress, Report, silent
from askew.types import Document

PAIRS = "pairs"
BATCH = 256  # pairs scored at a time
CHECKED = 50  # scores of the file that are compared with the model's
ROOM = 0.05  # between them, for titles that the file does not have
COMMAND = "askew calibrate NAME|FILE --labels LABELS"


def settings(contract: Contract) -> Settings:
    return {"contract": digest(contract.seal())}


def calibrate_pairs(
    pairs: Sequence[LabelledPair],
    contract: Contract,
    encoder: Encoder,
    documents: int = 0,
    *,
    confidence: float = CONFIDENCE,
    report: Report = silent,
) -> CalibrationRecord:
    """The score is the file's where it has one, as a review's labels do, else the model's. documents: of the corpus
    that will be searched for duplicates; 0 where that is no index.
    """
    if is_graded(pairs):
        raise InputError("The labels say how similar, not whether: give 1 for pairs that say the same, else 0.")
    given = [pair for pair in pairs if pair.score is not None]
    _check(given, contract, encoder)
    made = iter(scored([pair for pair in pairs if pair.score is None], contract, encoder, report))
    values = [next(made) if pair.score is None else pair.score for pair in pairs]
    return CalibrationRecord(
        PAIRS, settings(contract), labelled_scores(values, [pair.label == 1 for pair in pairs]), documents, confidence
    )


def scored(pairs: Sequence[LabelledPair], contract: Contract, encoder: Encoder, report: Report = silent) -> list[float]:
    """By the model, of the best two passages where the contract splits texts."""
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
    index.store.set_note(NOTE, put(index.store.note(NOTE), record))


def keep_for_files(record: CalibrationRecord) -> Path:
    """For every file that is compared under the same contract."""
    path = _file(record.settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = put(_text(path), record)
    replace_text(path, text)
    return path


def calibrated(corpus: Corpus) -> CalibrationRecord:
    """See `askew.confidence.record.find`."""
    asked = settings(corpus.contract)
    text = corpus.index.store.note(NOTE) if isinstance(corpus, IndexCorpus) else _text(_file(asked))
    return find(text, PAIRS, asked, COMMAND)


def pair_guarantee(corpus: Corpus, min_confidence: float) -> Guarantee:
    """Its threshold is the score from which on pairs are reported."""
    record = calibrated(corpus)
    return guarantee(record.evidence, min_confidence, record.confidence)


def _file(asked: Settings) -> Path:
    return calibrations() / f"{asked['contract']}.json"


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def _check(pairs: Sequence[LabelledPair], contract: Contract, encoder: Encoder) -> None:
    """Refuses scores that another model gave."""
    if not pairs:
        return
    some = [pairs[place] for place in np.linspace(0, len(pairs) - 1, min(CHECKED, len(pairs))).astype(int).tolist()]
    mine = np.array(scored(some, contract, encoder))
    given = np.array([pair.score for pair in some], np.float64)
    if np.median(np.abs(mine - given)) > ROOM * max(1.0, float(np.abs(mine).max())):
        raise InputError(
            f"The scores of the labels are not those of {contract.encoder.model}: name the model that gave them, or "
            "leave the scores out and they are computed."
        )

"""Reproduction of published scores with an index built as a user builds it."""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from askew.contract import Contract
from askew.documents.truncation import Policy
from askew.encoders import Encoder
from askew.errors import InputError
from askew.evaluation.labelled_pairs import LabelledPair
from askew.evaluation.measures import mean, per_query
from askew.evaluation.pair_measures import scored, spearman
from askew.files import MONTH, sweep
from askew.index import Index
from askew.models import own
from askew.models.card import Score
from askew.paths import cache
from askew.progress import Progress, Report, reporter, silent
from askew.reproduction.datasets import (
    RETRIEVAL,
    Published,
    Retrieval,
    SetFolder,
    catalogue,
    figures,
    get,
    is_retrieval,
    places,
    read_retrieval,
    readers,
)
from askew.types import Document

MODEL = "all-MiniLM-L6-v2"
TASKS = {RETRIEVAL: "question-answering"}
PAIRS = "paraphrase"
TOLERANCE = 0.1
"""Points by which a figure may differ from the published one."""
DEEP = 20
"""Documents ranked per query: the measure reads 10, but ties may be reordered as by trec_eval."""
BATCH = 256  # queries ranked together

Set = Retrieval | list[LabelledPair]


@dataclass(frozen=True)
class FoundSet:
    """A set and its location. read: returns its contents."""

    published: Published
    folder: SetFolder
    read: Callable[[], Set]


@dataclass(frozen=True)
class Figure:
    """published, ours: of 1. texts: documents or pairs; queries: 0 for pairs. empty: documents left out as they have
    no text. seconds: reading, encoding and searching; little where an earlier run has encoded already.
    """

    model: str
    set: str
    measure: str
    published: float
    source: str
    ours: float
    texts: int
    queries: int
    empty: int
    seconds: float

    @property
    def points(self) -> float:
        """The difference from the published figure, in hundredths."""
        return 100 * (self.ours - self.published)

    @property
    def reproduced(self) -> bool:
        return abs(self.points) <= TOLERANCE


@dataclass(frozen=True)
class Reproduction:
    """figures: one per model and data set. wanted: the data sets. missing: those not found in the folder. named:
    whether the data sets were named, so that a missing one is a failure.
    """

    figures: tuple[Figure, ...]
    wanted: tuple[Published, ...]
    missing: tuple[Published, ...]
    named: bool

    @property
    def reproduced(self) -> bool:
        """Whether there are figures, all within the tolerance, and no named data set is missing."""
        complete = bool(self.figures) and not (self.named and self.missing)
        return complete and all(figure.reproduced for figure in self.figures)


def reproduce_published(
    sets: Sequence[str] = (),
    *,
    data: str | Path = "data",
    models: Sequence[str] = (MODEL,),
    precision: str = "fp32",
    progress: bool | Report | None = None,
) -> Reproduction:
    """Measure the published figures of models again.

    sets: names of data sets; () for all with a published figure. data: the folder that contains them. Raises InputError
    if a model has no published figure on a named set, and ModelError if its weights are not on this machine.
    """
    named = list(dict.fromkeys(get(name) for name in sets))
    known = _published(models, named)
    wanted = named or [one for one in catalogue() if any(published == one for _, published, _ in known)]
    found = find(Path(data), wanted)
    missing = [one for one in wanted if all(each.published != one for each in found)]
    report = reporter(progress)
    made = [
        reproduce(each, score, name, precision, report)
        for name, published, score in known
        for each in found
        if each.published == published
    ]
    return Reproduction(tuple(made), tuple(wanted), tuple(missing), bool(named))


def _published(models: Sequence[str], named: Sequence[Published]) -> list[tuple[str, Published, Score]]:
    """Return the published figures with their models. Raises InputError for a named set or a model without any."""
    cards = [own.resolve(model) for model in models]
    of = {card.name: [(one, score) for one in named or catalogue() for score in figures(card, one)] for card in cards}
    for name, found in of.items():
        lacking = [one.name for one in named if all(published != one for published, _ in found)]
        if lacking or not found:
            on = ", ".join(lacking) or "any of the known data sets"
            raise InputError(f"The card of {name} has no published figure on {on}.")
    return [(name, published, score) for name, found in of.items() for published, score in found]


def find(root: Path, wanted: Iterable[Published]) -> list[FoundSet]:
    """Return the sets found in `root`, as folders or zip files with a known layout."""
    return [found for published in wanted for found in _first(_layouts(root, published))]


def reproduce(found: FoundSet, score: Score, model: str, precision: str = "fp32", report: Report = silent) -> Figure:
    """score: the published figure. The model's weights must have been pulled, or ModelError."""
    start = time.perf_counter()
    contract, encoder = Contract.for_task(TASKS.get(found.published.kind, PAIRS), model, precision, Policy.ACCEPT)
    texts = found.read()
    if isinstance(texts, Retrieval):
        ours = _ranked(texts, found.published, contract, encoder, report)
        counts = (len(texts.documents) + texts.empty, len(texts.queries), texts.empty)
    else:
        contract.check_alike(None)
        ours = spearman(scored(texts, encoder, report), [pair.label for pair in texts])
        counts = (len(texts), 0, 0)
    about = (contract.encoder.model, score.set, score.measure, score.value, score.source)
    return Figure(*about, ours, *counts, seconds=time.perf_counter() - start)


def _layouts(root: Path, published: Published) -> Iterator[FoundSet]:
    for folder in places(root, published):
        if published.kind != RETRIEVAL:
            yield from (FoundSet(published, folder, reader) for reader in readers(folder, published))
        elif is_retrieval(folder):
            yield FoundSet(published, folder, partial(read_retrieval, folder))


def _first(found: Iterator[FoundSet]) -> list[FoundSet]:
    return [one for one, _ in zip(found, range(1), strict=False)]


def _ranked(texts: Retrieval, published: Published, contract: Contract, encoder: Encoder, report: Report) -> float:
    ids, asked = list(texts.queries), list(texts.queries.values())
    run: dict[str, dict[str, float]] = {}
    with _index(texts.documents, contract, encoder) as index:
        index.add(texts.documents, progress=report)
        for start in range(0, len(ids), BATCH):
            rankings = index.rank(asked[start : start + BATCH], DEEP, mode="dense")
            for query, ranking in zip(ids[start : start + BATCH], rankings, strict=True):
                own = query if published.drop_identical else ""
                run[query] = {entry.document: entry.score for entry in ranking if entry.document != own}
            report(Progress("queries", len(run), len(ids)))
    [values] = per_query([published.measure], texts.qrels, run).values()
    if not values:
        raise InputError(f"No query of {published.name} has a document that is relevant.")
    return mean(values)


def _index(documents: Sequence[Document], contract: Contract, encoder: Encoder) -> Index:
    """Open the index that an earlier run began, or create one; delete those unused for a month. Never approximate."""
    home = cache() / "reproduce" / f"{_digest(documents, contract)}.askew"
    sweep(home.parent, MONTH)
    if home.exists():
        os.utime(home)
        return Index.open(home, writable=True, encoder=encoder)
    home.parent.mkdir(parents=True, exist_ok=True)
    return Index.create(home, contract.task, policy=contract.policy, encoder=encoder)


def _digest(documents: Sequence[Document], contract: Contract) -> str:
    digest = hashlib.sha256(contract.seal().encode())
    for document in documents:
        digest.update(f"\0{document.id}\0{document.title}\0{document.text}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]

"""Recommendation: kind of search, task, and the best configuration with its runners-up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from askew import validation
from askew.encoders.loading import load
from askew.errors import InputError, public
from askew.evaluation.qrels import Qrels, judgements, query_texts
from askew.evaluation.significance import Comparison, Interval, compare, holm, interval
from askew.inputs import texts_from
from askew.models import cards, own
from askew.models.choice import here
from askew.progress import Report, reporter
from askew.recommend.configurations import (
    Benchmark,
    candidates,
    index_command,
    labelled_benchmark,
    pair_command,
    search_command,
    synthetic_benchmark,
)
from askew.recommend.corpus_features import Feature
from askew.recommend.grid_search import GridSearch, TrialResult, grid_search
from askew.recommend.task_detection import TaskDetection, TaskProposal, detect_task_kind, proposed_task
from askew.recommend.two_sizes import Cost, TwoSizes, measured_cost, pairs_at_hand, two_sizes
from askew.records import documents_from
from askew.tasks import Kind, Task, get
from askew.types import Document

SURE = 0.05
"""A difference is real where chance alone would show it less often than this."""


@dataclass(frozen=True)
class Rival:
    """Another configuration against the recommended one. p: corrected for all that were compared (Holm 1979)."""

    standing: TrialResult
    compared: Comparison
    p: float

    @property
    def real(self) -> bool:
        return self.p < SURE


@dataclass(frozen=True)
class Recommendation:
    """best: the one recommended, with the interval of its nDCG@10. rivals: all others, best first."""

    best: TrialResult
    interval: Interval
    rivals: tuple[Rival, ...]

    @property
    def as_good(self) -> tuple[Rival, ...]:
        """Those of which these queries do not show that they are worse."""
        return tuple(rival for rival in self.rivals if not rival.real)


def recommendation(tournament: GridSearch) -> Recommendation:
    """Only what `askew index` can build is recommended."""
    best = next(standing for standing in tournament.standings if standing.configuration.as_built)
    others = [standing for standing in tournament.standings if standing is not best]
    compared = [compare(best.values, other.values) for other in others]
    corrected = holm([one.p for one in compared])
    rivals = tuple(Rival(*each) for each in zip(others, compared, corrected, strict=True))
    return Recommendation(best, interval(list(best.values.values())), rivals)


SECONDS = 300.0
DEFAULT_TASK = "question-answering"
"""Task whose prompts the flip test uses, and the index of answers of a FAQ."""
LONGEST = 0.9  # quantile of the document lengths that passages are chosen for


@dataclass(frozen=True)
class ModelComparison:
    """task: what the configurations are compared for. search: all results, best first. cost: of the best one.
    two_sizes: the best pair of models, with the cost of either side; None if no pair was compared.
    """

    task: Task
    search: GridSearch
    recommendation: Recommendation
    cost: Cost
    two_sizes: TwoSizes | None = None


@dataclass(frozen=True)
class Advice:
    """detection: symmetric or asymmetric, with its evidence. proposal: the task. compared: None without models."""

    detection: TaskDetection
    proposal: TaskProposal
    compared: ModelComparison | None = None

    @property
    def kind(self) -> Kind:
        return self.detection.kind

    @property
    def confidence(self) -> float:
        """Confidence in the kind, 0.5 to 1."""
        return self.detection.confidence

    @property
    def evidence(self) -> tuple[Feature, ...]:
        """The evidence for the kind, strongest first. weight: log-odds, above 0 for asymmetric."""
        return self.detection.signs

    @property
    def task(self) -> str:
        return self.proposal.task

    @property
    def ranking(self) -> tuple[TrialResult, ...]:
        """All configurations compared, highest nDCG@10 first; () if no models were compared."""
        return self.compared.search.standings if self.compared else ()

    @property
    def best(self) -> TrialResult:
        """The recommended configuration. Raises InputError if no models were compared."""
        return self.comparison.recommendation.best

    def commands(
        self,
        name: str,
        paths: Sequence[str | Path],
        result: TrialResult | None = None,
        *,
        options: Sequence[str] = (),
    ) -> tuple[str, ...]:
        """Return the commands that build and search the recommended index of files; before them, for two models that
        are no registered pair yet, the one that registers it. result: of the comparison, instead of the best one.
        options: of `askew index`, in addition, such as how the files are read.

        Raises InputError if no models were compared.
        """
        best, task = (result or self.best).configuration, self.comparison.task
        made = (pair_command(best.encoding),) if best.encoding.queries and best.mode != "lexical" else ()
        return (*made, index_command(best, task, name, paths, options), search_command(best, name))

    @property
    def comparison(self) -> ModelComparison:
        """The comparison of models. Raises InputError if no models were compared."""
        if self.compared is None:
            raise InputError("No models were compared: pass models, or leave it out to compare all on this machine.")
        return self.compared


@public
def recommend(
    documents: object,
    queries: Mapping[str, str] | Iterable[str] | Sequence[Document] | str | Path | None = None,
    *,
    qrels: Qrels | str | Path | None = None,
    task: str | None = None,
    models: Sequence[str] | None = None,
    seconds: float = SECONDS,
    progress: bool | Report | None = None,
) -> Advice:
    """Determine whether a search is symmetric or asymmetric, and compare models and settings on your own data.

    documents: as for `Index.add`. queries: a list of texts, {id: text} or a file; fifty are enough. qrels: grade by
    query and document id, or a file; without them, queries are generated from the documents. task: None for the one
    that the texts suggest. models: names or folders; None for all on this machine, [] to determine only the kind.
    seconds: time limit of the comparison; at least one model is always evaluated. Pairs of these models that share a
    vector space, one for documents and a smaller one for queries, are compared too.

    Raises InputError if there are no texts, if no ids match, or if there is no model. Requires the extra `evaluation`.
    """
    if task is not None:
        get(task)
    validation.seconds(seconds, "seconds")
    report = reporter(progress)
    if qrels is not None and (queries is None or not _have_ids(queries)):
        raise InputError("qrels judge queries by id: pass queries as {id: text} or as a file.")
    texts = _documents(documents)
    given = [] if queries is None else _queries(queries)
    grades = None if qrels is None else judgements(qrels)
    names = _names(models)
    among = cards.names() if models is None else names
    encoder = load(cards.get(names[0]), task or DEFAULT_TASK) if names else None
    found = detect_task_kind(texts, [query.text for query in given] or None, encoder, report)
    proposal = proposed_task(found, texts) if task is None else TaskProposal(task, "It was given.")
    chosen = get(DEFAULT_TASK if proposal.task == "faq" else proposal.task)
    if not names:
        return Advice(found, proposal)
    trial = _benchmark(texts, given, grades)
    longest = sorted(found.tokens)[int(LONGEST * len(found.tokens))]
    every = candidates(names, chosen, longest, pairs_at_hand(names, chosen, among))
    search = grid_search(trial, every, chosen, seconds=seconds, report=report)
    best = recommendation(search)
    size = len(texts), sum(len(document.text.encode("utf-8", "replace")) for document in texts)
    price = measured_cost(best.best, chosen, *size)
    return Advice(found, proposal, ModelComparison(chosen, search, best, price, two_sizes(search, chosen, *size)))


def _documents(documents: object) -> list[Document]:
    if isinstance(documents, list) and all(isinstance(one, Document) for one in documents):
        return documents
    return documents_from(documents)


def _have_ids(queries: object) -> bool:
    if isinstance(queries, Mapping | str | Path):
        return True
    return isinstance(queries, list) and all(isinstance(one, Document) for one in queries)


def _queries(queries: Mapping[str, str] | Iterable[str] | Sequence[Document] | str | Path) -> list[Document]:
    if isinstance(queries, Mapping | str | Path):
        return [Document(id, text) for id, text in query_texts(queries).items()]
    if isinstance(queries, list) and all(isinstance(one, Document) for one in queries):
        return queries
    return [Document(str(number), text) for number, text in enumerate(texts_from(queries, "queries"), 1)]


def _names(models: Sequence[str] | None) -> list[str]:
    """Return the models to compare: by default all trained bi-encoders whose weights are on this machine."""
    if isinstance(models, str):
        raise InputError(f"models is a list of names: pass [{models!r}].")
    if models is not None:
        given = validation.strings(models, "models", "['all-MiniLM-L6-v2']")
        return list(dict.fromkeys(own.resolve(model).name for model in given))
    known = map(cards.get, cards.names())
    plain = [card for card in known if card.kind == "bi-encoder" and not card.sides]  # a pair only where it is named
    names = [card.name for card in plain if card.trained and here(card)]
    if not names:
        raise InputError("There are no models on this machine: run askew models pull all-MiniLM-L6-v2, or name one.")
    return names


def _benchmark(documents: Sequence[Document], queries: Sequence[Document], qrels: Qrels | None) -> Benchmark:
    return synthetic_benchmark(documents) if qrels is None else labelled_benchmark(documents, queries, qrels)

"""Advice: the cheapest that is likely to help, from the number of labels and texts that there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from askew.errors import InputError, public
from askew.index import Index
from askew.training.data import TrainingData, read_training_data
from askew.training.splits import MINIMUM, SHARES
from askew.validation import flag


@dataclass(frozen=True)
class Evidence:
    """What there is to learn from. queries: with a relevant document. labelled: pairs with the label 1 or 0. scored:
    pairs with a degree of similarity. texts: of the index and the data, with or without labels. slow_queries: whether
    queries take too long.
    """

    queries: int = 0
    labelled: int = 0
    scored: int = 0
    texts: int = 0
    slow_queries: bool = False


@dataclass(frozen=True)
class Remedy:
    """Something that helps, if there is enough of what it learns from.

    unit: of `Evidence`, "" for nothing. least: of it. takes: of time and libraries. because: measured, or cited.
    """

    name: str
    unit: str
    least: int
    takes: str
    command: str
    because: str
    slow_queries: bool = False


@dataclass(frozen=True)
class Proposal:
    """A remedy, with how much there is of what it learns from."""

    remedy: Remedy
    have: int

    @property
    def missing(self) -> int:
        return max(0, self.remedy.least - self.have)


@dataclass(frozen=True)
class Proposals:
    """now: what there is enough for, cheapest first: measure after each, and stop when it is good enough. later: what
    there is too little for, nearest first.
    """

    evidence: Evidence
    now: tuple[Proposal, ...]
    later: tuple[Proposal, ...]


def enough(unit: str) -> int:
    """Return how many judged queries or labelled pairs can be split by chance into parts that show a difference."""
    least = MINIMUM[unit]
    return round(max(need / share for need, share in zip((least.train, least.dev, least.test), SHARES, strict=True)))


REMEDIES = (
    Remedy(
        "hybrid search",
        "",
        0,
        "nothing",
        "askew search {name} QUERY --mode hybrid",
        "nDCG@10 on the 10,570 questions of SQuAD: 0.900, by words alone 0.877, by meaning alone 0.776",
    ),
    Remedy(
        "weights of hybrid search",
        "queries",
        20,
        "seconds",
        "askew tune {name} QUERIES QRELS",
        "the best weights gain 0.013 nDCG@10 above the default on NFCorpus and on SQuAD, 0.002 at the mean of 15 sets",
    ),
    Remedy(
        "threshold with a guarantee",
        "queries",
        45,
        "seconds",
        "askew calibrate {name} --queries QUERIES --qrels QRELS",
        "95 % right with 90 % confidence takes at least 45 labels without an error (binomial bound)",
    ),
    Remedy(
        "threshold of duplicates with a guarantee",
        "labelled",
        45,
        "seconds",
        "askew calibrate {name} --labels PAIRS",
        "95 % right with 90 % confidence takes at least 45 labels without an error (binomial bound)",
    ),
    Remedy(
        "adapter of queries",
        "queries",
        enough("queries"),
        "seconds; no document is encoded again",
        "askew adapt {name} --queries QUERIES --qrels QRELS",
        "nDCG@10 on NFCorpus from 0.316 to 0.347, learnt from 2,582 judged queries in 38 s of processor time",
    ),
    Remedy(
        "static encoder of queries",
        "texts",
        5_000,
        "minutes; no document is encoded again and no label is needed",
        "askew models fit-queries FOLDER --documents MODEL --texts TEXTS",
        "a query of NFCorpus takes 0.19 ms of processor time instead of 3.35 ms, and nDCG@10 falls from 0.316 to 0.298",
        slow_queries=True,
    ),
    Remedy(
        "small encoder of queries",
        "texts",
        10_000,
        "an hour or more, and PyTorch; no document is encoded again and no label is needed",
        "askew models distil-queries FOLDER --documents MODEL --corpus PATH --texts QUESTIONS",
        "a small model learns the vectors of a large one from texts alone (LEAF; Vujanic and Rueckstiess 2025, arXiv "
        "2509.12539)",
        slow_queries=True,
    ),
    Remedy(
        "cross-encoder for duplicates",
        "labelled",
        enough("pairs"),
        "minutes to an hour, and PyTorch; each pair is read once more",
        "askew train PAIRS --task duplicate-questions --recipe cross-encoder --base MODEL --out FOLDER",
        "it reads both texts together, and so sees what vectors cannot (Nogueira and Cho 2019, arXiv 1901.04085)",
    ),
    Remedy(
        "encoder for pairs with degrees",
        "scored",
        enough("pairs"),
        "minutes to an hour, and PyTorch; all texts are encoded again",
        "askew train PAIRS --task paraphrase --base MODEL --out FOLDER",
        "the order of the scores is learnt (CoSENT); it is offered only if proven better",
    ),
    Remedy(
        "cross-encoder for reranking",
        "queries",
        1_000,
        "minutes to hours, and PyTorch; each search takes longer",
        "askew train DATA --task question-answering --recipe cross-encoder --base MODEL --out FOLDER",
        "it reads query and document together (Nogueira and Cho 2019, arXiv 1901.04085)",
    ),
    Remedy(
        "encoder for the task",
        "queries",
        1_000,
        "minutes to hours, and PyTorch; all documents are encoded again",
        "askew train DATA --task question-answering --base MODEL --out FOLDER",
        "strong models often get worse, which the comparison on held-out data shows before anything is switched",
    ),
)
"""Cheapest first."""


@public
def advise(
    data: TrainingData | str | Path | Sequence[str | Path] = (),
    *,
    index: Index | str | Path | None = None,
    slow_queries: bool = False,
) -> Proposals:
    """Propose the cheapest that is likely to help a search or a detection of duplicates.

    data: what `read_training_data` reads, or nothing. index: an index or its name, whose texts count. slow_queries:
    whether queries take too long. Raises `InputError` for data that cannot be read.
    """
    wanted = flag(slow_queries, "slow_queries")
    known = data if isinstance(data, TrainingData) else _read(data)
    return proposals(_evidence(known, _texts(index), wanted))


def proposals(evidence: Evidence) -> Proposals:
    """Return what there is enough for, and what there is not, of all that this evidence is of use for."""
    found = [
        Proposal(one, getattr(evidence, one.unit) if one.unit else 0)
        for one in REMEDIES
        if evidence.slow_queries or not one.slow_queries
    ]
    now = tuple(one for one in found if not one.missing)
    later = sorted((one for one in found if one.missing), key=lambda one: one.missing)
    return Proposals(evidence, now, tuple(later))


def _read(data: object) -> TrainingData:
    if isinstance(data, str | Path):
        return read_training_data([data])
    if not isinstance(data, Sequence):
        raise InputError("data is the path of a file with training data, or a list of paths.")
    return read_training_data(data) if len(data) else TrainingData()


def _texts(index: Index | str | Path | None) -> int:
    if index is None:
        return 0
    if isinstance(index, Index):
        return index.sizes().documents
    with Index.open(index) as opened:
        return opened.sizes().documents


def _evidence(data: TrainingData, texts: int, slow_queries: bool) -> Evidence:
    judged = sum(any(grade > 0 for grade in grades.values()) for grades in data.grades.values())
    labelled = sum(pair.score in (0, 1) for pair in data.scores)
    graded = labelled < len(data.scores)
    own = {text for pair in data.scores for text in (pair.text1, pair.text2)}
    return Evidence(
        queries=judged,
        labelled=0 if graded else labelled,
        scored=len(data.scores) if graded else 0,
        texts=texts + len(data.queries) + len(data.documents) + len(own),
        slow_queries=slow_queries,
    )

"""Training recipes: which loss, which negatives and which schedule follow from a task and from what is known.

Facts only; `askew.training.trainer` runs them with the trainer of sentence-transformers.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from askew.errors import InputError, UnknownNameError
from askew.similarity import Similarity
from askew.tasks import Kind, Task, get
from askew.validation import LARGEST, flag, number, whole


class Rows(StrEnum):
    """What a row of training data holds.

    pairs: a query, a relevant document and hard negatives. lists: the same with a teacher's score of each document.
    scores: two texts and their similarity. texts: texts alone.
    """

    PAIRS = "pairs"
    LISTS = "lists"
    SCORES = "scores"
    TEXTS = "texts"


class Towers(StrEnum):
    """How queries and documents are encoded: by one encoder, by two that begin alike, or by two in DPR's own form."""

    TIED = "tied"
    UNTIED = "untied"
    DPR = "dpr"


@dataclass(frozen=True)
class Schedule:
    """How long and how fast a model learns.

    epochs: passes over the rows. steps: at most so many batches, 0 for no limit. batch: rows of a batch. passed: rows
    that pass the model at a time, which bounds memory. learning_rate: its highest, after the share `warmup` of all
    steps; it falls to 0 in a straight line. evaluations: of the development set, evenly spread. patience: evaluations
    worse than the best, after which training stops. max_tokens: texts are cut to so many tokens while training, 0 for
    the model's own limit. seed: of the order of the rows and of dropout. word_rate: factor of the learning rate of the
    word embeddings. mixed_precision: matrices are multiplied in bfloat16, weights stay in float32.
    """

    epochs: int = 3
    steps: int = 0
    batch: int = 64
    passed: int = 32
    learning_rate: float = 2e-5
    warmup: float = 0.1
    evaluations: int = 10
    patience: int = 5
    max_tokens: int = 0
    seed: int = 0
    word_rate: float = 1.0
    mixed_precision: bool = False

    def total(self, rows: int) -> int:
        """Return the number of batches."""
        most = -(-rows // self.batch) * self.epochs
        return min(most, self.steps) if self.steps else most

    def interval(self, rows: int, after: int = 0) -> int:
        """Return the number of batches between two evaluations. after: so many batches."""
        return max(1, (self.total(rows) - after) // self.evaluations)


@dataclass(frozen=True)
class Recipe:
    """loss: a class of sentence_transformers.sentence_transformer.losses. negatives: hard negatives of each pair.
    distinct: no text occurs twice in a batch, because the other rows' documents are negatives. source: of the method.
    model: what is trained, as sentence-transformers names it; the losses of cross-encoders are its own.
    """

    name: str
    summary: str
    rows: Rows
    loss: str
    source: str
    negatives: int = 0
    distinct: bool = False
    schedule: Schedule = Schedule()
    model: str = "SentenceTransformer"

    @property
    def reads_pairs(self) -> bool:
        """Whether the model reads both texts of a pair together."""
        return self.model == CROSS


CROSS = "CrossEncoder"
DUPLICATES = "duplicate-cross-encoder"
HEAD = Schedule(batch=32, passed=32, learning_rate=1e-4, epochs=3, evaluations=5)
"""Of a fresh head, which has more to learn than an encoder that is adjusted."""
SCALE = 20.0
"""Inverse temperature of cosines in the contrastive losses, the default of sentence-transformers."""
TEMPERATURE = 2.0
"""By which a cross-encoder's logits, which mostly lie between -11 and 11, are divided before they are learnt."""

RECIPES = (
    Recipe(
        "symmetric-pairs",
        "pairs of texts that say the same, against all other texts of the batch",
        Rows.PAIRS,
        "CachedMultipleNegativesRankingLoss",
        "Henderson et al. 2017 (arXiv 1705.00652); cached: Gao et al. 2021 (arXiv 2101.06983)",
        distinct=True,
    ),
    Recipe(
        "symmetric-scores",
        "pairs of texts with their similarity, whose order is learnt",
        Rows.SCORES,
        "CoSENTLoss",
        "Su 2022 (kexue.fm/archives/8847)",
    ),
    Recipe(
        "contrastive",
        "queries and their documents, against mined negatives and all other documents of the batch (InfoNCE)",
        Rows.PAIRS,
        "CachedMultipleNegativesRankingLoss",
        "Gao et al. 2021 (arXiv 2101.06983); negatives: Moreira et al. 2024 (arXiv 2407.15831)",
        negatives=3,
        distinct=True,
    ),
    Recipe(
        "listwise",
        "the order in which a stronger model ranks a query's document and its mined negatives",
        Rows.LISTS,
        "DistillKLDivLoss",
        "Lin et al. 2020 (arXiv 2010.11386)",
        negatives=7,
        schedule=Schedule(batch=16, passed=16),
    ),
    Recipe(
        "two-towers",
        "an encoder for queries and one for documents, with in-batch negatives and one hard negative",
        Rows.PAIRS,
        "CachedMultipleNegativesRankingLoss",
        "Karpukhin et al. 2020, section 3.2 (arXiv 2004.04906)",
        negatives=1,
        distinct=True,
    ),
    Recipe(
        "query-tower",
        "texts alone, to which a small encoder gives the vectors of the document encoder",
        Rows.TEXTS,
        "EmbedDistillLoss",
        "LEAF: Vujanic and Rueckstiess 2025 (arXiv 2509.12539)",
        schedule=Schedule(batch=64, learning_rate=3e-4, word_rate=10.0),
    ),
    Recipe(
        "cross-encoder",
        "queries with their documents, 1, and with mined negatives, 0, each pair by itself",
        Rows.PAIRS,
        "BinaryCrossEntropyLoss",
        "Nogueira and Cho 2019 (arXiv 1901.04085)",
        negatives=4,
        schedule=HEAD,
        model=CROSS,
    ),
    Recipe(
        "listwise-cross-encoder",
        "the order of each query's documents, relevant ones before mined negatives, weighted by nDCG",
        Rows.LISTS,
        "LambdaLoss",
        "Wang et al. 2018 (doi 10.1145/3269206.3271784)",
        negatives=7,
        schedule=replace(HEAD, batch=4, learning_rate=5e-5),
        model=CROSS,
    ),
    Recipe(
        DUPLICATES,
        "pairs of texts that say the same, 1, and others, 0, each read in both orders",
        Rows.SCORES,
        "BinaryCrossEntropyLoss",
        "Nogueira and Cho 2019 (arXiv 1901.04085); calibrated: Guo et al. 2017 (arXiv 1706.04599)",
        negatives=2,
        schedule=HEAD,
        model=CROSS,
    ),
)


def scale_of(similarity: Similarity) -> float:
    """Return by what a similarity is multiplied to become a logit: dot products are learnt as they are."""
    return SCALE if similarity is Similarity.COSINE else 1.0


def recipe(name: str) -> Recipe:
    """Return the recipe of this name. Raises UnknownNameError with similar names."""
    known = {one.name: one for one in RECIPES}
    if not isinstance(name, str) or name not in known:
        raise UnknownNameError("recipe", name, known)
    return known[name]


def choose(task: str, *, scored: bool, teacher: bool, towers: Towers | None, named: str = "") -> Recipe:
    """Return the recipe of a task. scored: the data are pairs with scores. teacher: one is given. named: the recipe
    that is wanted, "" for the task's own.

    Raises `InputError` for what does not go together.
    """
    about = get(task)
    if named and recipe(named).reads_pairs:
        return _reading_pairs(about, named, scored, teacher, towers)
    if named and recipe(named).rows is Rows.TEXTS:
        raise InputError(f"{named} learns from texts alone: askew models distil-queries FOLDER --documents MODEL")
    if named:
        found = choose(task, scored=scored, teacher=teacher, towers=towers)
        if found.name != named:
            raise InputError(f"What is given makes the recipe {found.name}, not {named}: leave out the recipe.")
        return found
    if about.kind is Kind.SYMMETRIC:
        return _symmetric(about, scored, teacher, towers)
    if scored:
        raise InputError(
            f"Pairs of texts with scores teach a symmetric task; {task} needs queries and their documents. Leave out "
            "the column of labels if each row is a relevant pair."
        )
    if towers is not None and teacher:
        raise InputError("Two towers learn from pairs; leave out either towers or the teacher.")
    if towers is not None:
        return recipe("two-towers")
    return recipe("listwise" if teacher else "contrastive")


def _reading_pairs(task: Task, named: str, scored: bool, teacher: bool, towers: Towers | None) -> Recipe:
    """Return the recipe of a cross-encoder: in a symmetric task it detects duplicates, else it reranks."""
    if towers is not None:
        raise InputError("A cross-encoder reads both texts together: leave out the towers.")
    if teacher and recipe(named).rows is Rows.LISTS:
        raise InputError(
            f"{named} learns from grades alone: leave out the teacher, or choose the recipe cross-encoder."
        )
    if task.kind is Kind.SYMMETRIC:
        return recipe(DUPLICATES)
    if scored or named == DUPLICATES:
        raise InputError(
            f"Labelled pairs teach what a duplicate is, in a symmetric task such as duplicate-questions; {task.name} "
            "needs queries and their documents."
        )
    return recipe(named)


def _symmetric(task: Task, scored: bool, teacher: bool, towers: Towers | None) -> Recipe:
    if towers is not None:
        raise InputError(f"Both texts of the task {task.name} are encoded alike: it has no towers.")
    if teacher:
        raise InputError(f"A teacher ranks documents; the task {task.name} has none, so leave it out.")
    return recipe("symmetric-scores" if scored else "symmetric-pairs")


@dataclass(frozen=True)
class Given:
    """What a user decides instead of a recipe's schedule; None is the recipe's."""

    epochs: int | None = None
    steps: int | None = None
    batch: int | None = None
    learning_rate: float | None = None
    max_tokens: int | None = None
    mixed_precision: bool = False


def scheduled(schedule: Schedule, given: Given, seed: int) -> Schedule:
    """Return the schedule with what is given, checked, in the place of its own."""
    bounds = {"epochs": (1, 1000), "steps": (1, LARGEST), "batch": (2, 1 << 16), "max_tokens": (8, 1 << 16)}
    wholes = {key: getattr(given, key) for key in bounds}
    changed: dict[str, Any] = {
        key: whole(value, key, *bounds[key]) for key, value in wholes.items() if value is not None
    }
    if given.learning_rate is not None:
        if not 0 < number(given.learning_rate, "learning_rate") <= 1:
            raise InputError(f"learning_rate is above 0 and at most 1, such as 2e-5, not {given.learning_rate:g}.")
        changed["learning_rate"] = float(given.learning_rate)
    changed["mixed_precision"] = flag(given.mixed_precision, "mixed_precision")
    return replace(schedule, **changed, seed=whole(seed, "seed", 0, (1 << 32) - 1))

"""Training examples: rows of texts as a loss reads them, with mined negatives and a teacher's scores.

They are made once for a run and kept in its folder, so that an interrupted run continues with the same rows.
"""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from askew import files
from askew.encoders.loading import load, load_cross
from askew.encoders.texts import once
from askew.errors import InputError
from askew.index import Index
from askew.models import own
from askew.models.card import Card
from askew.paths import folder
from askew.progress import Report
from askew.similarity import prepare
from askew.tasks import get
from askew.text.normalise import normalise
from askew.training.data import TrainingData
from askew.training.negatives import MARGIN, negatives
from askew.training.recipes import TEMPERATURE, Recipe, Rows, scale_of
from askew.training.runs import Run
from askew.training.towers import text_of
from askew.types import Document, Role

FILE, SOFT = "rows.jsonl", "soft.jsonl"
QUERIES = 300
"""Queries of the development set that are asked at each evaluation, and pairs that are scored."""
OTHERS = 1000
"""Documents without a judgement among which they are asked."""
LEAST = 1e-6
"""Smallest probability of which a logit is taken."""
BLOCK = 8192

Row = dict[str, Any]
Pair = tuple[str, str]
Mined = Mapping[Pair, Sequence[str]]


@dataclass(frozen=True)
class RowSettings:
    """What rows are made of. titles: how a document's title is combined with its text. teacher: a model whose scores
    are learnt, "" for none. limit: of pairs, 0 for none.
    """

    recipe: Recipe
    card: Card
    task: str
    titles: str
    teacher: str
    limit: int
    seed: int


def examples(run: Run, data: TrainingData, wanted: RowSettings, report: Report) -> Path:
    """Return the file with the rows of a run, an object a line, of the training part of its data.

    An interrupted run has it already.
    """
    path = run.folder / FILE
    if not path.is_file():
        if wanted.recipe.rows is Rows.SCORES:
            made = _scored(data)
        else:
            pairs = chosen(data, wanted)
            made = list(_pairs(data, pairs, hard_negatives(run, data, pairs, wanted, report), wanted.titles))
        if wanted.recipe.rows is Rows.LISTS:
            made = _taught(made, wanted, report)
        write(path, made)
    return path


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write rows, an object a line."""
    with files.replacing(path) as file:
        file.writelines((json.dumps(row) + "\n").encode() for row in rows)


def dataset(run: Run) -> Any:
    """Return the rows of a run as a `datasets.Dataset`, which stays on the disk. Those with soft labels come first."""
    import datasets

    datasets.disable_progress_bars()
    found = [str(run.folder / name) for name in (SOFT, FILE) if (run.folder / name).is_file()]
    return datasets.Dataset.from_json(found, cache_dir=str(run.folder / "arrow"))


def soft_count(run: Run) -> int:
    """Return how many rows of a run have soft labels."""
    path = run.folder / SOFT
    return len(path.read_bytes().splitlines()) if path.is_file() else 0


def chosen(data: TrainingData, wanted: RowSettings) -> list[Pair]:
    """Return all relevant pairs, or so many as can be seen, as evenly over the queries as they allow."""
    pairs = data.relevant()
    if not 0 < wanted.limit < len(pairs):
        return pairs
    random.Random(wanted.seed).shuffle(pairs)  # noqa: S311  # reproducible, not secret
    seen: Counter[str] = Counter()
    turns = []
    for query, positive in pairs:
        turns.append((seen[query], query, positive))
        seen[query] += 1
    return [(query, positive) for _, query, positive in sorted(turns, key=lambda turn: turn[0])[: wanted.limit]]


def _scored(data: TrainingData) -> list[Row]:
    if len({pair.score for pair in data.scores}) < 2:
        raise InputError(
            "All pairs have the same score, so that there is no order to learn. Add pairs with another one; or leave "
            "out the column, if each row is a pair of texts that say the same."
        )
    return [{"text1": pair.text1, "text2": pair.text2, "score": float(pair.score)} for pair in data.scores]


def hard_negatives(run: Run, data: TrainingData, pairs: Sequence[Pair], wanted: RowSettings, report: Report) -> Mined:
    """Return as many documents that are not relevant for each pair: given, or mined where none is, and at random the
    rest.
    """
    count = wanted.recipe.negatives
    if not count or not pairs:
        return {}
    without = [pair for pair in pairs if not data.negatives.get(pair)]
    known: Mined = {**(_mined(run, data, without, wanted, report) if without else {}), **data.negatives}
    ids, alike = sorted(data.documents), defaultdict[str, set[str]](set)
    for id in ids:
        alike[normalise(data.documents[id].text)].add(id)
    found = {}
    for query, positive in pairs:
        drawn = random.Random(f"{wanted.seed} {query} {positive}")  # noqa: S311  # reproducible, not secret
        own = alike.get(normalise(data.queries[query]), ())  # a query's own text is no negative
        relevant = {*own, *(id for id, grade in data.grades[query].items() if grade > 0)}
        if len(ids) - len(relevant) < count:
            raise InputError(
                f"There are {len(ids):,} documents. Give others too, which answer no query here: at least {count} for "
                "each query."
            )
        chosen = [id for id in known.get((query, positive), ()) if id not in relevant][:count]
        while len(chosen) < count:
            other = ids[drawn.randrange(len(ids))]
            if other not in relevant and other not in chosen:
                chosen.append(other)
        found[query, positive] = chosen
    return found


def _mined(run: Run, data: TrainingData, pairs: Sequence[Pair], wanted: RowSettings, report: Report) -> Mined:
    """Return hard negatives by the base model, from an index of all documents that is deleted afterwards."""
    place = run.folder / "documents"
    asked = {query: data.queries[query] for query, _ in pairs}
    with Index.open_or_create(place, wanted.task, model=wanted.card.name, policy="accept") as index:
        index.add(list(data.documents.values()), progress=report)
        margin = 1.0 if wanted.teacher else MARGIN  # a teacher sees which of them are relevant
        count = wanted.recipe.negatives
        mined = negatives(index, asked, data.grades, count=count, margin=margin, progress=report).found
    files.discard(folder(place))
    found: dict[Pair, list[str]] = {}
    for one in mined:
        found.setdefault((one.query, one.positive), []).append(one.negative)
    return found


def _pairs(data: TrainingData, pairs: Sequence[Pair], mined: Mined, titles: str) -> Iterator[Row]:
    for query, positive in pairs:
        row = {"query": data.queries[query], "positive": text_of(data.documents[positive], titles)}
        for place, id in enumerate(mined.get((query, positive), ()), 1):
            row[f"negative_{place}"] = text_of(data.documents[id], titles)
        yield row


def _taught(rows: Sequence[Row], wanted: RowSettings, report: Report) -> list[Row]:
    """Add the scores that the teacher gives the documents of each row, as logits."""
    pairs = list(dict.fromkeys((row["query"], text) for row in rows for text in list(row.values())[1:]))
    scores = dict(zip(pairs, _logits(pairs, own.resolve(wanted.teacher), wanted.task, report), strict=True))
    return [{**row, "label": [scores[row["query"], text] for text in list(row.values())[1:]]} for row in rows]


def _logits(pairs: Sequence[Pair], card: Card, task: str, report: Report) -> list[float]:
    """Return the scores of queries with documents whose softmax is what the teacher holds for relevant."""
    if card.kind == "cross-encoder":
        scores = np.asarray(load_cross(card).score(pairs, report), np.float64)
        if card.activation == "sigmoid":
            inner = np.clip(scores, LEAST, 1 - LEAST)
            scores = np.log(inner / (1 - inner))
        found: list[float] = (scores / TEMPERATURE).tolist()
        return found
    encoder = load(card, task)
    queries, asked = once([query for query, _ in pairs])
    texts, shown = once([text for _, text in pairs])
    sides = [
        (prepare(encoder.encode(unique, role, report).vectors, card.similarity), places)
        for unique, role, places in ((queries, get(task).query_role, asked), (texts, Role.DOCUMENT, shown))
    ]
    products = (
        np.einsum("ij,ij->i", *(vectors[places[start : start + BLOCK]] for vectors, places in sides))
        for start in range(0, len(pairs), BLOCK)
    )
    return [scale_of(card.similarity) * product for block in products for product in block.tolist()]


def development(data: TrainingData, *, titles: str, similarity: str, seed: int) -> tuple[Any, str]:
    """Return an evaluator of sentence-transformers for a development set, and the name of its figure that decides.

    It is nDCG@10 among the judged documents and some others, or Spearman's rank correlation of scored pairs.
    """
    from sentence_transformers.sentence_transformer import evaluation

    drawn = random.Random(seed)  # noqa: S311  # reproducible, not secret
    if data.scores:
        pairs = drawn.sample(list(data.scores), min(len(data.scores), QUERIES))
        texts = ([pair.text1 for pair in pairs], [pair.text2 for pair in pairs])
        judge = evaluation.EmbeddingSimilarityEvaluator(*texts, [pair.score for pair in pairs], write_csv=False)
        return judge, f"spearman_{similarity}"
    queries = drawn.sample(sorted(data.grades), min(len(data.grades), QUERIES))
    relevant = {query: {id for id, grade in data.grades[query].items() if grade > 0} for query in queries}
    judged = {id for query in queries for id in data.grades[query]}
    rest = sorted(set(data.documents) - judged)
    asked: Mapping[str, Document] = data.documents
    corpus = [*sorted(judged & set(asked)), *drawn.sample(rest, min(len(rest), OTHERS))]
    evaluator = evaluation.InformationRetrievalEvaluator(
        {query: data.queries[query] for query in queries},
        {id: text_of(asked[id], titles) for id in corpus},
        relevant,
        write_csv=False,
    )
    return evaluator, f"{similarity}_ndcg@10"

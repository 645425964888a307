"""The scale of a channel, measured on the stored questions themselves: each is asked as if its own answer were gone."""

import random
from collections.abc import Mapping, Sequence

import numpy as np

from askew.errors import InputError
from askew.faq.entries import QuestionAnswer
from askew.faq.scale import Scale, scale
from askew.index import Index
from askew.search.ranking import Ranked
from askew.types import Document, FloatMatrix

SAMPLE = 400  # questions asked: the quartile is then known to two or three points of a hundred
NEAREST = 20  # documents looked at for the first with another answer


def measure(channel: Index, questions: Index, answers: Index) -> Scale:
    """`channel` is one of the other two. The same FAQ always gives the same scale."""
    asked = sample(questions, answers)
    entries = questions.sizes().documents
    if not asked:
        return scale(np.empty((0, 0), np.float32), np.empty((0, 0), np.float32), [], entries)
    texts = [entry.question for entry in asked]
    rankings = channel.rank(texts, NEAREST)
    found = held(answers, {entry.document for ranking in rankings for entry in ranking})
    best = [_other(ranking, entry.answer, found) for ranking, entry in zip(rankings, asked, strict=True)]
    messages = channel.sealed.encode(channel.task.query_role, "measuring", texts)
    vectors, owners = _drawn(channel)
    own = held(answers, set(owners))
    stored = [own[owner].text if owner in own else "" for owner in owners]
    unrelated = np.array([[entry.answer != text for text in stored] for entry in asked])
    return scale(messages @ vectors.T, unrelated, [score for scores in best for score in scores], entries)


def sample(questions: Index, answers: Index) -> list[QuestionAnswer]:
    """Some of the entries that are whole, the same ones for the same FAQ."""
    ids = list(dict.fromkeys(questions.store.owners(_some(questions))))
    asked, told = held(questions, ids), held(answers, ids)
    return [QuestionAnswer(id, asked[id].text, told[id].text) for id in ids if id in asked and id in told]


def held(index: Index, ids: set[str] | Sequence[str]) -> Mapping[str, Document]:
    """Those of the documents that are there, by id."""
    wanted = sorted(ids)
    try:
        return {document.id: document for document in index.documents(wanted)}
    except InputError:
        if len(wanted) == 1:
            return {}
        half = len(wanted) // 2
        return {**held(index, wanted[:half]), **held(index, wanted[half:])}


def _other(ranking: Sequence[Ranked], answer: str, found: Mapping[str, Document]) -> list[float]:
    """The best score of another answer; nothing where none is among the nearest."""
    scores = [e.score for e in ranking if e.document in found and found[e.document].text != answer]
    return scores[:1]


def _drawn(channel: Index) -> tuple[FloatMatrix, list[str]]:
    """Some stored vectors, one a row, and whose they are."""
    keys = _some(channel)
    return channel.store.vectors(keys), channel.store.owners(keys)


def _some(index: Index) -> list[int]:
    """Keys of passages, ascending, the same ones for the same index."""
    keys = index.store.keys().tolist()
    return keys if len(keys) <= SAMPLE else sorted(random.Random(0).sample(keys, SAMPLE))  # noqa: S311

"""Leave-one-out measurement of score scales: each stored question is searched as if its own answer were missing."""

from collections.abc import Mapping, Sequence

import numpy as np

from askew.errors import InputError
from askew.faq.entries import QuestionAnswer
from askew.faq.scale import Scale, scale
from askew.index import Index
from askew.search import background
from askew.search.ranking import Ranked
from askew.types import Document, FloatMatrix

SAMPLE = 400  # number of questions, which estimates the quartile within two or three percentage points
NEAREST = 20  # hits searched for the first with a different answer


def measure(channel: Index, questions: Index, answers: Index) -> Scale:
    """Measure the scale of a channel, which is either of the two indexes. Deterministic for a given FAQ."""
    sampled = sample(questions, answers)
    entries = questions.sizes().documents
    if not sampled:
        return scale(np.empty((0, 0), np.float32), np.empty((0, 0), np.float32), [], entries)
    texts = [entry.question for entry in sampled]
    rankings = channel.rank(texts, NEAREST)
    found = held(answers, {entry.document for ranking in rankings for entry in ranking})
    best = [_other(ranking, entry.answer, found) for ranking, entry in zip(rankings, sampled, strict=True)]
    messages = channel.sealed.encode(channel.task.query_role, "measuring", texts)
    vectors, owners = _drawn(channel)
    own = held(answers, set(owners))
    stored = [own[owner].text if owner in own else "" for owner in owners]
    unrelated = np.array([[entry.answer != text for text in stored] for entry in sampled])
    return scale(messages @ vectors.T, unrelated, [score for scores in best for score in scores], entries)


def sample(questions: Index, answers: Index) -> list[QuestionAnswer]:
    """Return a deterministic sample of the complete entries."""
    ids = list(dict.fromkeys(questions.store.owners(_some(questions))))
    found, theirs = held(questions, ids), held(answers, ids)
    return [QuestionAnswer(id, found[id].text, theirs[id].text) for id in ids if id in found and id in theirs]


def held(index: Index, ids: set[str] | Sequence[str]) -> Mapping[str, Document]:
    """Return the existing documents among these ids, by id."""
    wanted = sorted(ids)
    try:
        return {document.id: document for document in index.documents(wanted)}
    except InputError:
        if len(wanted) == 1:
            return {}
        half = len(wanted) // 2
        return {**held(index, wanted[:half]), **held(index, wanted[half:])}


def _other(ranking: Sequence[Ranked], answer: str, found: Mapping[str, Document]) -> list[float]:
    """Return the best score of a different answer; empty if none is among the hits."""
    scores = [e.score for e in ranking if e.document in found and found[e.document].text != answer]
    return scores[:1]


def _drawn(channel: Index) -> tuple[FloatMatrix, list[str]]:
    """Return a sample of stored vectors and the documents they belong to."""
    keys = _some(channel)
    return channel.store.vectors(keys), channel.store.owners(keys)


def _some(index: Index) -> list[int]:
    """Return a deterministic sample of passage keys, in ascending order."""
    keys: list[int] = background.sample(index.store.keys(), SAMPLE).tolist()
    return keys

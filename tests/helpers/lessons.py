"""Toy data that a tiny random model can learn in seconds, and the tiny models that learn it.

Only for tests that have skipped where PyTorch is missing.
"""

import json
import random
from pathlib import Path

from helpers import reference
from helpers.model_folders import saved
from sentence_transformers.sentence_transformer import modules

from askew.training.data import DataKind, ScoredPair, TrainingData
from askew.types import Document

WORDS = (
    *("cat", "dog", "mat", "baby", "home", "leave", "office"),
    *("money", "week", "day", "back", "rent", "key", "lamp", "door"),
    *("tea", "cup", "bus", "shoe", "road"),
)
"""Subjects: a question and its document share one pair of them, in other words around it."""


def base(folder: Path, pooling: str = "mean", normalised: bool = True, **facts: object) -> Path:
    """A tiny random BERT as sentence-transformers saves it."""
    after = (modules.Normalize,) if normalised else ()
    saved(*after, pooling=pooling, **facts)(reference.save("bert", folder / "family"), folder / "base")
    return folder / "base"


def judged(count: int = 330, titles: bool = False, seed: int = 0) -> TrainingData:
    """Questions with a document each; every pair of words occurs once."""
    pairs = [(one, other) for one in WORDS for other in WORDS if one != other]
    random.Random(seed).shuffle(pairs)
    chosen = pairs[:count]
    queries = {f"q{n}": f"how long can i {one} the {other}" for n, (one, other) in enumerate(chosen)}
    documents = {
        f"d{n}": Document(f"d{n}", f"the {one} is back with {other} {n}", one if titles else "")
        for n, (one, other) in enumerate(chosen)
    }
    grades = {f"q{n}": {f"d{n}": 1.0} for n in range(len(chosen))}
    return TrainingData(queries, documents, grades, kinds=frozenset({DataKind.JUDGEMENTS}))


def scored(count: int = 1000, seed: int = 0) -> TrainingData:
    """Pairs of sentences: 1 if both are of one half of the words, 0 if not. No sentence occurs twice."""
    drawn = random.Random(seed)
    halves = (WORDS[::2], WORDS[1::2])
    found = []
    for n in range(count):
        first, second = n % 2, n // 2 % 2
        one, other = drawn.sample(halves[first], 2), drawn.sample(halves[second], 2)
        left, right = f"the {one[0]} is {one[1]} {n}", f"how long {other[0]} can {other[1]} {n}"
        found.append(ScoredPair(left, right, float(first == second)))
    return TrainingData(scores=tuple(found), kinds=frozenset({DataKind.LABELLED}))


def pairs(file: Path) -> Path:
    """The questions with their documents as a file."""
    data = judged()
    rows = [{"query": data.queries[query], "document": data.documents[id].text} for query, id in data.relevant()]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file

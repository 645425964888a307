"""Splits into training, development and test data, by document as well as by query, sealed in a data card."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from askew import files
from askew.errors import InputError, public
from askew.text.display import shorten
from askew.text.normalise import normalise
from askew.training.data import PARTS, DataKind, TrainingData, digest, document_text
from askew.validation import flag, number, whole

SHARES = (0.8, 0.1, 0.1)
SHOWN = 3
WIDTH = 60
CARD = "data.json"
FORMAT = 1


@dataclass(frozen=True)
class Least:
    """The fewest examples of each part that can show a difference: judged queries, or pairs with a label or score.

    each: of pairs with labels, of both classes in every part.
    """

    train: int
    dev: int
    test: int
    each: int = 0


MINIMUM: Mapping[str, Least] = {"queries": Least(50, 20, 30), "pairs": Least(200, 50, 100, each=10)}
"""Below these, even a gain is lost in chance: of 30 queries, a mean difference of 0.3 of its standard deviation over
the queries is significant (one-sided, p < 0.05) one time in two."""


@dataclass(frozen=True)
class PartCard:
    """Contents of one part. relevant: relevant pairs. scores: scored or labelled pairs. sha256: of everything in it."""

    queries: int
    documents: int
    judged: int
    relevant: int
    negatives: int
    scores: int
    sha256: str


@dataclass(frozen=True)
class DataCard:
    """What was trained on and measured with. seed, shares: of a split by chance; given parts have the seed -1.

    shared_documents: whether judged documents stand in several parts, so that nothing is said of new documents.
    left_out: judgements and pairs whose two sides fell into different parts.
    """

    kinds: tuple[str, ...]
    seed: int
    shares: tuple[float, ...]
    shared_documents: bool
    left_out: int
    parts: Mapping[str, PartCard]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Split:
    """Documents without a judgement are in every part, to be searched among."""

    train: TrainingData
    dev: TrainingData
    test: TrainingData
    card: DataCard

    @property
    def parts(self) -> dict[str, TrainingData]:
        return {"train": self.train, "dev": self.dev, "test": self.test}


@public
def split(
    data: TrainingData,
    *,
    seed: int = 0,
    shares: Sequence[float] = SHARES,
    shared_documents: bool = False,
) -> Split:
    """Split training data so that no query, relevant document or scored text of one part is in another.

    Texts that are identical but for case, spacing and punctuation stay together, and so do a query and its relevant
    documents. Where nearly everything hangs together, it is cut: judgements whose two sides fall into different parts
    are left out, and counted in the card. shares: of training, development and test. shared_documents: split by query
    only, for a collection that stays as it is; the result then says nothing of new documents.

    Raises `InputError` if a part has too few examples, with the number that would be enough.
    """
    portions = _checked(shares)
    rng = np.random.default_rng(whole(seed, "seed", 0, 2**32))
    places = _Places(data, flag(shared_documents, "shared_documents")).assigned(portions, rng)
    made = [_part(data, places, place) for place in range(len(PARTS))]
    kept = sum(len(part.relevant()) + len(part.scores) for part in made)
    left_out = len(data.relevant()) + len(data.scores) - kept
    _check_enough(made, portions)
    return _sealed(made, data, seed, portions, shared_documents, left_out)


@public
def given_split(train: TrainingData, dev: TrainingData, test: TrainingData, *, shared_documents: bool = False) -> Split:
    """Take parts as they are given, and refuse those that share queries, scored texts or relevant documents.

    Documents that are relevant in another part alone are left out of the training, where they could become negatives.
    shared_documents: relevant documents may be in several parts, as in benchmarks that were split by query.
    """
    parts = (train, dev, test)
    _check_leaks(parts, flag(shared_documents, "shared_documents"))
    parts = parts if shared_documents else (_unseen(train, [dev, test]), dev, test)
    _check_enough(parts, ())
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    kinds = frozenset(kind for part in parts for kind in part.kinds)
    return _sealed(parts, TrainingData(kinds=kinds, notes=notes), -1, (), shared_documents, 0)


def write_card(folder: Path, card: DataCard) -> Path:
    """Write the data card into a folder, with a SHA-256 of its own content."""
    told = {"format": FORMAT, **asdict(card)}
    files.replace_text(folder / CARD, json.dumps({**told, "sha256": _seal(told)}, ensure_ascii=False, indent=1) + "\n")
    return folder / CARD


def read_card(folder: Path) -> DataCard:
    """Read a data card. InputError if it is none, or was changed since it was sealed."""
    try:
        told = json.loads((folder / CARD).read_text("utf-8"))
        sealed = told.pop("sha256")
        if sealed != _seal(told) or told.pop("format") != FORMAT:
            raise InputError(f"{folder / CARD} was changed since it was written: its seal does not match.")
        parts = {name: PartCard(**part) for name, part in told.pop("parts").items()}
        told |= {name: tuple(told[name]) for name in ("kinds", "shares", "notes")}
        return DataCard(parts=parts, **told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise InputError(f"{folder / CARD} is no data card.") from fault


def _seal(told: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(told, ensure_ascii=True, sort_keys=True).encode("ascii")).hexdigest()


def _checked(shares: Sequence[float]) -> tuple[float, ...]:
    found = tuple(number(share, "shares") for share in shares)
    if len(found) != len(PARTS) or min(found) <= 0 or abs(sum(found) - 1) > 1e-9:
        raise InputError("shares are three numbers above 0 that add up to 1 (train, dev, test), as in (0.8, 0.1, 0.1).")
    return found


class _Places:
    """Where everything goes. Nodes are the normal forms of texts, which tie what is identical.

    A query and a relevant document, or the texts of a scored pair, are tied by an edge.
    """

    def __init__(self, data: TrainingData, shared_documents: bool) -> None:
        self._forms: dict[str, int] = {}
        self.query = {id: self._node(data.queries[id]) for id in data.grades}
        self.document = {} if shared_documents else self._judged(data)
        self.pairs = [(self._node(pair.text1), self._node(pair.text2)) for pair in data.scores]
        edges = [
            (self.query[query], self.document[id]) for query, id in data.relevant() if id in self.document
        ] + self.pairs
        self._edges = np.array(edges, np.int64).reshape(-1, 2)
        self._weights = np.bincount(
            [*self.query.values(), *(first for first, _ in self.pairs)], minlength=len(self._forms)
        )
        self.of_node = np.zeros(len(self._forms), np.int64)

    def _node(self, text: str) -> int:
        return self._forms.setdefault(normalise(text) or text, len(self._forms))

    def _judged(self, data: TrainingData) -> dict[str, int]:
        """Return the nodes of relevant documents, and of those whose text is identical to one of them."""
        judged = {id: self._node(document_text(data.documents[id])) for _, id in data.relevant()}
        for id, document in data.documents.items():
            node = self._forms.get(normalise(document_text(document)))
            if node is not None:
                judged.setdefault(id, node)
        return judged

    def assigned(self, shares: Sequence[float], rng: np.random.Generator) -> "_Places":
        """Give every node a part: whole components, but those larger than the smallest share, whose nodes are drawn."""
        members = _components(len(self._forms), self._edges)
        size = np.bincount(members, weights=self._weights, minlength=1)
        total = size.sum()
        large = size > max(min(shares) * total, 1)
        missing = np.array(shares) * size[~large].sum()
        chosen = np.zeros(len(size), np.int64)
        order = rng.permutation(len(size))
        for one in order[np.argsort(-size[order], kind="stable")]:
            if not large[one]:
                chosen[one] = int(np.argmax(missing))
                missing[chosen[one]] -= size[one]
        drawn = rng.choice(len(shares), size=len(self._forms), p=shares)
        self.of_node = np.where(large[members], drawn, chosen[members])
        return self


def _components(nodes: int, edges: np.ndarray) -> np.ndarray:
    """Return the number of each node's connected component: union and find, with halved paths."""
    root = np.arange(nodes)

    def find(node: int) -> int:
        while root[node] != node:
            root[node] = root[root[node]]
            node = int(root[node])
        return node

    for first, second in edges.tolist():
        root[find(first)] = find(second)
    return np.unique([find(node) for node in range(nodes)], return_inverse=True)[1]


def _part(data: TrainingData, places: _Places, part: int) -> TrainingData:
    """Return the data of one part. A query that lost all its relevant documents is left out."""

    def here(document: str) -> bool:
        return document not in places.document or places.of_node[places.document[document]] == part

    grades: dict[str, dict[str, float]] = {}
    for query, node in places.query.items():
        if places.of_node[node] == part:
            kept = {id: grade for id, grade in data.grades[query].items() if here(id)}
            if any(grade > 0 for grade in kept.values()):
                grades[query] = kept
    relevant = {(query, id) for query, given in grades.items() for id, grade in given.items() if grade > 0}
    negatives = {pair: tuple(filter(here, others)) for pair, others in data.negatives.items() if pair in relevant}
    scores = tuple(
        pair
        for pair, nodes in zip(data.scores, places.pairs, strict=True)
        if all(places.of_node[node] == part for node in nodes)
    )
    return TrainingData(
        {query: data.queries[query] for query in grades},
        {id: document for id, document in data.documents.items() if here(id)},
        grades,
        {pair: others for pair, others in negatives.items() if others},
        scores,
        data.kinds,
    )


def _unseen(train: TrainingData, others: Sequence[TrainingData]) -> TrainingData:
    """Return the data without the documents that are relevant in other parts."""
    forms = {normalise(text) or text for part in others for text in _relevant_texts(part)}
    out = {id for id, one in train.documents.items() if (normalise(document_text(one)) or document_text(one)) in forms}
    if not out:
        return train
    left = {pair: tuple(id for id in ids if id not in out) for pair, ids in train.negatives.items()}
    return replace(
        train,
        documents={id: one for id, one in train.documents.items() if id not in out},
        grades={
            query: {id: grade for id, grade in given.items() if id not in out} for query, given in train.grades.items()
        },
        negatives={pair: ids for pair, ids in left.items() if ids},
    )


def _check_enough(parts: Sequence[TrainingData], shares: Sequence[float]) -> None:
    """Raise InputError for too few examples. shares: of a split; then the error says how many it takes in all."""
    kinds = frozenset(kind for part in parts for kind in part.kinds)
    counts = {"queries": [len(part.grades) for part in parts], "pairs": [len(part.scores) for part in parts]}
    used = [unit for unit, found in counts.items() if any(found)]
    for unit in used or ["queries"]:
        least = MINIMUM[unit]
        needed = (least.train, least.dev, least.test)
        if all(have >= need for have, need in zip(counts[unit], needed, strict=True)):
            continue
        have = ", ".join(f"{count:,} for {name}" for name, count in zip(PARTS, counts[unit], strict=True))
        total = max((need / share for need, share in zip(needed, shares, strict=False)), default=sum(needed))
        what = "queries with a relevant document" if unit == "queries" else "pairs with a label or a score"
        raise InputError(
            f"There is too little data: {have}. It takes {needed[0]:,}, {needed[1]:,} and {needed[2]:,} {what}, "
            f"about {round(total):,} in all."
        )
    if DataKind.LABELLED in kinds and DataKind.SCORED not in kinds:
        _check_classes(parts, MINIMUM["pairs"].each)


def _check_classes(parts: Sequence[TrainingData], least: int) -> None:
    for name, part in zip(PARTS, parts, strict=True):
        classes = Counter(pair.score > 0 for pair in part.scores)
        if any(classes[one] < least for one in (True, False)):
            raise InputError(
                f"The part for {name} has {classes[True]:,} pairs with the label 1 and {classes[False]:,} with 0. It "
                f"takes {least} of each: label more pairs of the other kind."
            )


def _check_leaks(parts: Sequence[TrainingData], shared_documents: bool) -> None:
    kinds: dict[str, Callable[[TrainingData], Iterable[str]]] = {
        "queries": lambda part: (part.queries[id] for id in part.grades),
        "scored texts": lambda part: (text for pair in part.scores for text in (pair.text1, pair.text2)),
    }
    if not shared_documents:
        kinds["relevant documents"] = _relevant_texts
    for what, texts in kinds.items():
        seen: dict[str, str] = {}
        for name, part in zip(PARTS, parts, strict=True):
            forms = {normalise(text) or text: text for text in texts(part)}
            if both := [form for form in forms if form in seen]:
                hint = "" if what != "relevant documents" else ", or allow shared documents (--shared-documents)"
                raise InputError(
                    f"{len(both):,} {what} are in the parts for {seen[both[0]]} and for {name}, so that the test would "
                    f"prove nothing. Leave them out of one{hint}. The first:",
                    [f"  {shorten(' '.join(forms[form].split()), WIDTH)}" for form in both[:SHOWN]],
                )
            seen.update(dict.fromkeys(forms, name))


def _relevant_texts(part: TrainingData) -> Iterable[str]:
    return (document_text(part.documents[id]) for id in dict.fromkeys(id for _, id in part.relevant()))


def _sealed(
    parts: Sequence[TrainingData],
    data: TrainingData,
    seed: int,
    shares: tuple[float, ...],
    shared_documents: bool,
    left_out: int,
) -> Split:
    cards = {name: _part_card(part) for name, part in zip(PARTS, parts, strict=True)}
    kinds = tuple(sorted(map(str, data.kinds)))
    card = DataCard(kinds, seed, shares, shared_documents, left_out, cards, data.notes)
    return Split(parts[0], parts[1], parts[2], card)


def _part_card(part: TrainingData) -> PartCard:
    relevant = part.relevant()
    return PartCard(
        queries=len(part.grades),
        documents=len(part.documents),
        judged=len({id for _, id in relevant}),
        relevant=len(relevant),
        negatives=sum(map(len, part.negatives.values())),
        scores=len(part.scores),
        sha256=digest(part),
    )

"""Synthetic queries: inverse cloze queries taken from the documents themselves."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from askew.documents.headings import sections
from askew.errors import InputError
from askew.text.normalise import normalise
from askew.text.questions import MARKS
from askew.text.sentences import sentences
from askew.text.words import spans, word_count
from askew.types import Document

LIMIT = 200
POOL = 5000
"""Documents, drawn at random, from which queries are made, and among which one must be the only one of its kind."""
SHORT, REST = 4, 8
"""Words that a sentence has at least to be a query, and what is left of its document to be found by."""
TITLE = 2
"""Words of a title or heading at least: "Introduction" asks for nothing."""

ASKED = 12
"""Words at most that are taken out of a sentence."""
MISSING = 0.5
"""The share of them that the document is left without."""

QUESTIONS = ("question", "title question", "faq_question")

NATURAL = ("question", "title", "heading")
"""What somebody wrote so that the document be found or understood by it; sentences were not."""
ALONE = "words"
"""Half of the words of a text that has but one sentence; the text stays whole. The weakest of all."""


@dataclass(frozen=True)
class SyntheticQueries:
    """documents: the corpus in its order, without what was taken. qrels: of each query the one document, 1.

    ways: of each query, by its id, where it was taken from: "question", "title", "heading", "first sentence",
    "sentence", or "words".
    """

    queries: tuple[Document, ...]
    qrels: Mapping[str, Mapping[str, float]]
    documents: tuple[Document, ...]
    ways: Mapping[str, str]


@dataclass(frozen=True)
class _Offer:
    """A query that a document could give, and what is left of the document then."""

    way: str
    query: str
    left: Document


def synthetic_queries(documents: Sequence[Document], limit: int = LIMIT, seed: int = 0) -> SyntheticQueries:
    """At most `limit` queries, no two of one document, in equal parts from the ways that the documents offer.

    A text that stands there twice is not asked for, as either would answer. The same documents, limit and seed give
    the same queries. InputError where no document gives any: it needs a title and a body, two sentences, or a sentence
    of a few words, and a text of its own.
    """
    rng = random.Random(seed)  # noqa: S311  # nothing secret is drawn
    pool = rng.sample(documents, min(len(documents), POOL))
    texts = Counter(normalise(document.text) for document in documents)
    alone = [document for document in pool if document.text.strip() and texts[normalise(document.text)] == 1]
    offers = _only_ones([list(_offers(document, rng)) for document in alone])
    chosen = _balanced(offers, limit)
    if not chosen:
        raise InputError(
            "No query can be made from these documents: none that stands there once has a title beside its text, a "
            f"second sentence, or a sentence of {2 * SHORT} words. Give queries, with --queries."
        )
    left = {offer.left.id: offer for offer in chosen}
    named = [(f"own-{number}", offer) for number, offer in enumerate(chosen, start=1)]
    return SyntheticQueries(
        queries=tuple(Document(id, offer.query) for id, offer in named),
        qrels={id: {offer.left.id: 1.0} for id, offer in named},
        documents=tuple(left[document.id].left if document.id in left else document for document in documents),
        ways={id: offer.way for id, offer in named},
    )


def _offers(document: Document, rng: random.Random) -> Iterator[_Offer]:
    yield from _asked(document)
    yield from _titled(document)
    yield from _headed(document, rng)
    parts = sentences(document.text)
    if len(parts) > 1:
        yield from _some_of(document, parts[0], "first sentence", rng)
    if len(parts) > 2:
        yield from _some_of(document, rng.choice(parts[1:-1]), "sentence", rng)
    if len(parts) == 1 and word_count(document.text) >= 2 * SHORT:
        yield _Offer(ALONE, _half(document.text, rng), document)


def _asked(document: Document) -> Iterator[_Offer]:
    """The question that stands beside an answer, or at its beginning."""
    beside = next((document.metadata[name] for name in QUESTIONS if name in document.metadata), "")
    if isinstance(beside, str) and beside.strip():
        rest = _without_lead(document.text, beside)
        title = "" if _same(document.title, beside) else document.title
        if word_count(beside) >= TITLE and word_count(rest) >= TITLE:
            yield _Offer("question", beside.strip(), replace(document, text=rest, title=title, metadata={}))
        return
    parts = sentences(document.text)
    if len(parts) > 1 and document.text[: parts[0][1]].endswith(tuple(MARKS)):
        yield from _taken(document, parts[0], "question")


def _titled(document: Document) -> Iterator[_Offer]:
    if word_count(document.title) < TITLE:
        return
    rest = _without_lead(document.text, document.title)
    if word_count(rest) >= REST:
        yield _Offer("title", document.title.strip(), replace(document, text=rest, title=""))


def _headed(document: Document, rng: random.Random) -> Iterator[_Offer]:
    found = [section for section in sections(document.text) if section.heading and section.end - section.body > 0]
    if not found:
        return
    section = rng.choice(found)
    heading = section.heading.rpartition(" › ")[2]
    if word_count(heading) >= TITLE:
        yield from _taken(document, (section.start, section.body), "heading", heading)


def _taken(document: Document, span: tuple[int, int], way: str, query: str = "") -> Iterator[_Offer]:
    start, end = span
    query = query or " ".join(document.text[start:end].split())
    rest = f"{document.text[:start].rstrip()} {document.text[end:].lstrip()}".strip()
    if word_count(query) >= (SHORT if way not in NATURAL else TITLE) and word_count(rest) >= REST:
        yield _Offer(way, query, replace(document, text=rest))


def _some_of(document: Document, span: tuple[int, int], way: str, rng: random.Random) -> Iterator[_Offer]:
    """A run of words out of the sentence; of each word that it has, the document loses it here or keeps it."""
    words = list(spans(document.text, *span))
    each = len(words) / max(word_count(document.text[slice(*span)]), 1)  # above 1 in scripts without spaces
    most = round(ASKED * each)
    begin = rng.randrange(max(len(words) - most, 0) + 1)
    run = words[begin : begin + most]
    if len(run) < SHORT * each:
        return
    query = " ".join(document.text[run[0][0] : run[-1][1]].split())
    left = document.text
    for start, end in reversed(run):
        if rng.random() < MISSING:
            left = left[:start] + left[end:]
    if word_count(left) >= REST:
        yield _Offer(way, query, replace(document, text=left))


def _half(text: str, rng: random.Random) -> str:
    words = text.split()
    if len(words) < 2 * SHORT:  # no spaces between the words
        return text[: len(text) // 2]
    return " ".join(words[place] for place in sorted(rng.sample(range(len(words)), len(words) // 2)))


def _without_lead(text: str, lead: str) -> str:
    """The text, without the lead where it begins with it."""
    lead = lead.strip()
    return text[len(lead) :].lstrip(" \t\r\n.:-–—") if _same(text[: len(lead)], lead) else text


def _same(a: str, b: str) -> bool:
    return normalise(a) == normalise(b)


def _only_ones(offers: Sequence[list[_Offer]]) -> list[list[_Offer]]:
    """Without queries that several documents give: the title of a book, on each of its pages, asks for none of them."""
    keys = [{normalise(offer.query) for offer in each} for each in offers]
    many = Counter(key for each in keys for key in each)
    return [[offer for offer in each if many[normalise(offer.query)] == 1] for each in offers]


def _balanced(offers: Sequence[list[_Offer]], limit: int) -> list[_Offer]:
    """One of each document at most, each time of the way that has the fewest so far."""
    counts: Counter[str] = Counter()
    chosen: list[_Offer] = []
    for each in offers:
        if len(chosen) == limit:
            break
        if each:
            offer = min(each, key=lambda offer: counts[offer.way])
            counts[offer.way] += 1
            chosen.append(offer)
    return chosen

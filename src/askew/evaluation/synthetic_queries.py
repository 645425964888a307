"""Synthetic queries taken from the documents themselves (inverse cloze task)."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from askew.documents.headings import sections
from askew.errors import InputError
from askew.text.language import MARKS
from askew.text.normalise import normalise
from askew.text.sentences import sentences
from askew.text.words import spans, word_count
from askew.types import Document

LIMIT = 200
POOL = 5000
"""Documents sampled as sources of queries."""
SHORT, REST = 4, 8
"""Minimum words of a sentence used as a query, and of the rest of its document."""
TITLE = 2
"""Minimum words of a title or heading: "Introduction" is not a query."""

ASKED = 12
"""Maximum words taken from a sentence."""
MISSING = 0.5
"""The share of these words removed from the document."""

QUESTIONS = ("question", "title question", "faq_question")

NATURAL = ("question", "title", "heading")
"""Sources written to find or understand the document, unlike sentences."""
ALONE = "words"
"""Half of the words of a one-sentence text, which stays whole; the weakest source."""


@dataclass(frozen=True)
class SyntheticQueries:
    """documents: the corpus in its order, without the text taken. qrels: grade 1 for each query's document.

    ways: the source of each query, by id: "question", "title", "heading", "first sentence", "sentence" or "words".
    """

    queries: tuple[Document, ...]
    qrels: Mapping[str, Mapping[str, float]]
    documents: tuple[Document, ...]
    ways: Mapping[str, str]


@dataclass(frozen=True)
class _Candidate:
    """A possible query, and the document without it."""

    way: str
    query: str
    left: Document


def synthetic_queries(documents: Sequence[Document], limit: int = LIMIT, seed: int = 0) -> SyntheticQueries:
    """Return at most `limit` queries, one per document, balanced over the available sources.

    Repeated texts are skipped, as either would be a right answer. The same documents, limit and seed give the same
    queries. InputError if no document is suitable: a suitable one is unique and has a title and a body, two sentences,
    or one sentence of several words.
    """
    rng = random.Random(seed)  # noqa: S311  # not for security
    pool = rng.sample(documents, min(len(documents), POOL))
    texts = Counter(normalise(document.text) for document in documents)
    alone = [document for document in pool if document.text.strip() and texts[normalise(document.text)] == 1]
    offers = _only_ones([list(_offers(document, rng)) for document in alone])
    chosen = _balanced(offers, limit)
    if not chosen:
        raise InputError(
            "No queries can be generated: no unique document has a title and a text, two sentences, or a sentence of "
            f"{2 * SHORT} words. Pass your own queries."
        )
    left = {offer.left.id: offer for offer in chosen}
    named = [(f"own-{number}", offer) for number, offer in enumerate(chosen, start=1)]
    return SyntheticQueries(
        queries=tuple(Document(id, offer.query) for id, offer in named),
        qrels={id: {offer.left.id: 1.0} for id, offer in named},
        documents=tuple(left[document.id].left if document.id in left else document for document in documents),
        ways={id: offer.way for id, offer in named},
    )


def _offers(document: Document, rng: random.Random) -> Iterator[_Candidate]:
    yield from _asked(document)
    yield from _titled(document)
    yield from _headed(document, rng)
    parts = sentences(document.text)
    if len(parts) > 1:
        yield from _some_of(document, parts[0], "first sentence", rng)
    if len(parts) > 2:
        yield from _some_of(document, rng.choice(parts[1:-1]), "sentence", rng)
    if len(parts) == 1 and word_count(document.text) >= 2 * SHORT:
        yield _Candidate(ALONE, _half(document.text, rng), document)


def _asked(document: Document) -> Iterator[_Candidate]:
    """Yield the question stored with an answer, or at its beginning."""
    beside = next((document.metadata[name] for name in QUESTIONS if name in document.metadata), "")
    if isinstance(beside, str) and beside.strip():
        rest = _without_lead(document.text, beside)
        title = "" if _same(document.title, beside) else document.title
        if word_count(beside) >= TITLE and word_count(rest) >= TITLE:
            yield _Candidate("question", beside.strip(), replace(document, text=rest, title=title, metadata={}))
        return
    parts = sentences(document.text)
    if len(parts) > 1 and document.text[: parts[0][1]].endswith(tuple(MARKS)):
        yield from _taken(document, parts[0], "question")


def _titled(document: Document) -> Iterator[_Candidate]:
    if word_count(document.title) < TITLE:
        return
    rest = _without_lead(document.text, document.title)
    if word_count(rest) >= REST:
        yield _Candidate("title", document.title.strip(), replace(document, text=rest, title=""))


def _headed(document: Document, rng: random.Random) -> Iterator[_Candidate]:
    found = [section for section in sections(document.text) if section.heading and section.end - section.body > 0]
    if not found:
        return
    section = rng.choice(found)
    heading = section.heading.rpartition(" › ")[2]
    if word_count(heading) >= TITLE:
        yield from _taken(document, (section.start, section.body), "heading", heading)


def _taken(document: Document, span: tuple[int, int], way: str, query: str = "") -> Iterator[_Candidate]:
    start, end = span
    query = query or " ".join(document.text[start:end].split())
    rest = f"{document.text[:start].rstrip()} {document.text[end:].lstrip()}".strip()
    if word_count(query) >= (SHORT if way not in NATURAL else TITLE) and word_count(rest) >= REST:
        yield _Candidate(way, query, replace(document, text=rest))


def _some_of(document: Document, span: tuple[int, int], way: str, rng: random.Random) -> Iterator[_Candidate]:
    """Yield words of a sentence, some of which are removed from the document."""
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
        yield _Candidate(way, query, replace(document, text=left))


def _half(text: str, rng: random.Random) -> str:
    words = text.split()
    if len(words) < 2 * SHORT:  # no spaces between the words
        return text[: len(text) // 2]
    return " ".join(words[place] for place in sorted(rng.sample(range(len(words)), len(words) // 2)))


def _without_lead(text: str, lead: str) -> str:
    """Return the text without the lead, if it starts with it."""
    lead = lead.strip()
    return text[len(lead) :].lstrip(" \t\r\n.:-–—") if _same(text[: len(lead)], lead) else text


def _same(a: str, b: str) -> bool:
    return normalise(a) == normalise(b)


def _only_ones(offers: Sequence[list[_Candidate]]) -> list[list[_Candidate]]:
    """Drop queries shared by several documents, such as the title of a book on each of its pages."""
    keys = [{normalise(offer.query) for offer in each} for each in offers]
    many = Counter(key for each in keys for key in each)
    return [[offer for offer in each if many[normalise(offer.query)] == 1] for each in offers]


def _balanced(offers: Sequence[list[_Candidate]], limit: int) -> list[_Candidate]:
    """Choose at most one query per document, from the source least used so far."""
    counts: Counter[str] = Counter()
    chosen: list[_Candidate] = []
    for each in offers:
        if len(chosen) == limit:
            break
        if each:
            offer = min(each, key=lambda offer: counts[offer.way])
            counts[offer.way] += 1
            chosen.append(offer)
    return chosen

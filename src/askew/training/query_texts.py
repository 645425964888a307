"""Query-like texts of a corpus: titles, headings, sentences, beginnings of sentences, and phrases of some words.

Queries are short and documents long; an encoder that is trained on documents alone learns little of what it will read.
What is cut from the documents at the length of queries has their words and subjects, and nobody needs to have asked
anything yet. LEAF (arXiv:2509.12539) trains on queries and documents that are public; this takes the user's own.
"""

import random
from collections.abc import Collection, Iterator, Sequence

from askew.documents.headings import sections
from askew.errors import InputError
from askew.text.language import languages
from askew.text.normalise import normalise
from askew.text.sentences import sentences
from askew.text.words import folded, spans, word_count, word_lists
from askew.types import Document

LIMIT = 50_000
FORMS = ("title", "sentence", "beginning", "phrase")
"""Forms of texts, from which the same number is taken where there are enough."""
LONGEST = 24
"""Maximum words of a text: hardly any query is longer."""
SHORTEST = 4
"""Minimum words of a sentence."""
PHRASE = 6
"""Maximum words of a phrase."""
ROUNDS = 16
"""Maximum texts of one form from one document, and how often a sentence is cut."""
SAMPLE = 200
"""Documents from which the languages are told."""


def query_texts(
    documents: Sequence[Document], limit: int = LIMIT, seed: int = 0, without: Collection[str] = ()
) -> tuple[str, ...]:
    """Return at most `limit` distinct texts, spread evenly over the documents and FORMS.

    without: texts that are left out in any spelling, such as the queries that an evaluation asks. The same documents,
    limit and seed give the same texts. Raises InputError if there is no text at all.
    """
    rng = random.Random(seed)  # noqa: S311  # not for security
    order = rng.sample(documents, min(len(documents), limit))
    stops = _function_words(order[:SAMPLE])
    seen = {normalise(text) for text in without} | {""}
    found: list[str] = []
    offers = [_offers(document, stops, rng.randrange(1 << 30)) for document in order]
    for turn in range(ROUNDS * len(FORMS)):
        for n, offer in enumerate(offers):
            if len(found) == limit:
                return tuple(found)
            text = next(offer[FORMS[(turn + n) % len(FORMS)]], "")
            if (key := normalise(text)) not in seen:
                seen.add(key)
                found.append(text)
    if not found:
        raise InputError("The documents contain no titles and no sentences from which queries could be made.")
    return tuple(found)


def _function_words(documents: Sequence[Document]) -> frozenset[str]:
    found = languages([document.text for document in documents])
    lists = word_lists()
    return frozenset().union(*(lists[code].words for code in found if code in lists))


def _offers(document: Document, stops: Collection[str], seed: int) -> dict[str, Iterator[str]]:
    """Return the texts of a document by their form, each in an order of its own."""
    return {
        "title": _titles(document),
        "sentence": _sentences(document.text, seed),
        "beginning": _beginnings(document.text, seed + 1),
        "phrase": _phrases(f"{document.title}\n\n{document.text}", stops, seed + 2),
    }


def _titles(document: Document) -> Iterator[str]:
    if document.title.strip():
        yield document.title.strip()
    for section in sections(document.text):
        yield from (part.title.strip() for part in section.path[-1:])


def _sentences(text: str, seed: int) -> Iterator[str]:
    for start, end in _shuffled(text, random.Random(seed)):  # noqa: S311
        if SHORTEST <= word_count(text[start:end]) <= LONGEST:
            yield _line(text[start:end])


def _beginnings(text: str, seed: int) -> Iterator[str]:
    """Yield the first words of sentences."""
    rng = random.Random(seed)  # noqa: S311
    for start, words in _again(text, rng):
        if len(words) >= 2 * SHORTEST:
            last = rng.randint(SHORTEST, min(len(words) - SHORTEST, LONGEST))
            yield _line(text[start : words[last - 1][1]])


def _phrases(text: str, stops: Collection[str], seed: int) -> Iterator[str]:
    """Yield runs of words that neither begin nor end with a function word."""
    rng = random.Random(seed)  # noqa: S311
    for _, words in _again(text, rng):
        begin = rng.randrange(len(words)) if words else 0
        run = words[begin : begin + rng.randint(1, PHRASE)]
        while run and folded(text[slice(*run[0])]) in stops:
            run = run[1:]
        while run and folded(text[slice(*run[-1])]) in stops:
            run = run[:-1]
        if run and any(map(str.isalpha, text[run[0][0] : run[-1][1]])):
            yield _line(text[run[0][0] : run[-1][1]])


def _shuffled(text: str, rng: random.Random) -> list[tuple[int, int]]:
    """Return the sentences of a text in a random order."""
    found = sentences(text)
    rng.shuffle(found)
    return found


def _again(text: str, rng: random.Random) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Yield where each sentence of a text starts, and its words, and then again: it can be cut at many places."""
    found = [(start, list(spans(text, start, end))) for start, end in _shuffled(text, rng)]
    for _ in range(ROUNDS):
        yield from found


def _line(text: str) -> str:
    return " ".join(text.split())

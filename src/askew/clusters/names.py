"""Cluster labels: terms that a cluster's texts use and other clusters' texts do not, in any language.

Class-based TF-IDF: a term's weight is the share of the cluster's texts that use it, times the logarithm of how much
that exceeds the mean share over all clusters. A text counts once, however often it uses a term, so no long text
dominates a cluster's name.

Terms are content words and pairs of adjacent ones, without the stop words of the languages of the texts. In scripts
without spaces, where a word takes a dictionary to find, they are sequences of characters between function words, and
of sequences that occur together the longest names the cluster.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.clusters.settings import Labels
from askew.text.display import shorten
from askew.text.language import languages, likeliest
from askew.text.stem import stem
from askew.text.words import SOUTHEAST_ASIAN, SPACELESS, TIBETAN, spans, word_lists

LINKS = frozenset("of de du des del della di da do dos".split())  # noqa: SIM905
"""Words that join two nouns into one name: `mot de passe`."""
TERMS = 8
IN_NAME = 3
READ = 2000
"""Texts read per cluster, evenly spaced."""
READ_CHARACTERS = 4000
READ_SPACELESS = 800
"""Characters of a run without spaces that are read, as most of its sequences are terms."""
WHOLE = 0.5
"""Two adjacent words become one term if they are adjacent in this share of the texts with the rarer word."""
WHOLE_SEQUENCE = 0.8
"""The same for a sequence of characters and a longer one."""
SHORTENED = 40
SAMPLE = 200
"""Texts, evenly spaced, that tell the languages of the terms."""
LISTED = MappingProxyType(
    {
        "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
        "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ru": "russian",
        "sv": "swedish",
    }
)  # fmt: skip
"""Languages of which the search engine has Snowball's stop words."""
PARTICLE = re.compile("(?<=[가-힣]{2})(?:에서|으로|은|는|이|가|을|를|의|에|로|와|과|도)$")
"""Korean particles at the end of a noun."""
CHARACTER = re.compile(f"[{SPACELESS}]")
RUN = re.compile(f"[{SPACELESS}]+")
KANA = re.compile("[\u3041-\u309f]+")
"""Hiragana, which writes what is no content word in most Japanese texts."""
KATAKANA = re.compile("[\u30a0-\u30ff]{2,}")
JOINED = re.compile(f"[{SOUTHEAST_ASIAN}{TIBETAN}]")
FOLLOWING = re.compile("[\u0e30-\u0e3a\u0e45-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3\u0f71-\u0fbc]")
"""Marks and vowels that belong to the consonant before them."""
LEADING = re.compile("[\u0e40-\u0e44\u0ec0-\u0ec4]")
"""Vowels that belong to the consonant after them."""
HAN_SIZES, JOINED_SIZES = (2, 3, 4), range(3, 13)
"""Characters of a sequence."""


def described(texts: Sequence[str], labels: Labels, clusters: int) -> list[list[str]]:
    """Return the terms of each cluster 0, 1, …, heaviest first, without inflected repeats."""
    codes = spoken(texts)
    shares = [_shares(texts, np.flatnonzero(labels == number), codes) for number in range(clusters)]
    total: Counter[str] = Counter()
    for part in shares:
        total.update(part)
    return [_chosen(part, total, clusters, codes[0]) for part in shares]


def spoken(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the languages of the texts, most frequent first, at least one."""
    some = texts[:: max(len(texts) // SAMPLE, 1)]
    return tuple(languages(some)) or (likeliest(some, tuple(word_lists())),)


def names(about: Sequence[Sequence[str]], shown: Sequence[str]) -> list[str]:
    """Name each cluster by a few terms, more if names would clash. shown: an example text each, the fallback without
    terms.
    """
    result: list[str] = []
    for held, text in zip(about, shown, strict=True):
        name = ", ".join(held[:IN_NAME]) or shorten(text, SHORTENED)
        longer = (", ".join(held[:count]) for count in range(IN_NAME + 1, len(held) + 1))
        numbered = (f"{name} ({count})" for count in range(2, len(about) + 2))
        result.append(next(n for n in (name, *longer, *numbered) if n not in result))
    return result


def terms(text: str, codes: Sequence[str]) -> list[str]:
    """Return distinct terms in lower case; a pair counts if neither word is a stop word of these languages."""
    found: dict[str, None] = {}
    text = text[:READ_CHARACTERS]
    last, before = 0, ""
    for start, end in spans(text):
        plain = text[start:end].lower()
        word = "" if CHARACTER.match(plain) else _content(plain, tuple(codes))
        beside = text[last:start].isspace()
        if word:
            found[word] = None
            if before and beside:
                found[f"{before} {word}"] = None
        last, before = end, f"{before} {plain}" if plain in LINKS and before and beside else word
    for match in RUN.finditer(text):
        found.update(dict.fromkeys(_sequences(match[0][:READ_SPACELESS], tuple(codes))))
    return list(found)


@lru_cache(maxsize=1 << 16)
def _content(word: str, codes: tuple[str, ...]) -> str:
    """Return the word without what is joined to it (`l'`, `'s`, a particle), "" for a stop word."""
    word = word.replace("’", "'").removesuffix("'s")
    if _is_stop(word, codes):
        return ""
    head, mark, tail = word.partition("'")
    if mark and tail and (len(head) <= 2 or _is_stop(head, codes)):  # l'arrivée, dell'ordine
        word = tail
    elif mark and "tr" in codes:  # İstanbul'da
        word = head
    word = PARTICLE.sub("", word)
    told = word[:1].isalpha() and (len(word) > 2 or not word.isascii()) and not _is_stop(word, codes)
    return word if told else ""


def _is_stop(word: str, codes: tuple[str, ...]) -> bool:
    return any(
        word in _stop_words(code) or (code in LISTED and not _analyzer(LISTED[code]).analyze(word)) for code in codes
    )


@cache
def _stop_words(code: str) -> frozenset[str]:
    """Return the stop words that Snowball has not."""
    data = tomllib.loads(resources.files("askew.clusters").joinpath("stopwords.toml").read_text("utf-8"))
    lists = word_lists().get(code)
    known = lists.words | lists.asks | lists.within | lists.told | lists.self if lists else frozenset[str]()
    return known | frozenset(data.get(code, "").split())


@cache
def _analyzer(language: str) -> Any:
    """Return what drops the stop words of a language from a text."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    return TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.stopword(language)).build()


def _sequences(run: str, codes: tuple[str, ...]) -> Iterator[str]:
    """Yield the sequences of characters of a run without spaces that may be a word."""
    if JOINED.match(run):
        for piece in _cut("th", codes).split(run):
            yield from _joined(piece)
        return
    japanese = "ja" in codes or KANA.search(run)
    yield from KATAKANA.findall(run)
    pieces = (KATAKANA.sub(" ", KANA.sub(" ", run)) if japanese else _cut("zh", codes).sub(" ", run)).split()
    for piece in pieces:
        for size in HAN_SIZES:
            yield from (piece[place : place + size] for place in range(len(piece) - size + 1))


def _joined(piece: str) -> Iterator[str]:
    """Yield the sequences that neither begin nor end within a syllable."""
    begins = [not FOLLOWING.match(char) for char in piece]
    begins = [may and not (place and LEADING.match(piece[place - 1])) for place, may in enumerate(begins)] + [True]
    for start in range(len(piece)):
        for size in JOINED_SIZES:
            if begins[start] and start + size <= len(piece) and begins[start + size]:
                yield piece[start : start + size]


@cache
def _cut(script: str, codes: tuple[str, ...]) -> re.Pattern[str]:
    """Return what matches function words of the script, longest first, but no part of a syllable."""
    words = {word for code in (script, *codes) for word in _stop_words(code) if CHARACTER.match(word)}
    either = "|".join(sorted(map(re.escape, words), key=lambda word: (-len(word), word)))
    return re.compile(f"(?<!{LEADING.pattern})(?:{either})(?!{FOLLOWING.pattern})")


def _shares(texts: Sequence[str], members: NDArray[np.int64], codes: Sequence[str]) -> Mapping[str, float]:
    """Return each term's share of the texts; in all but tiny clusters, terms of only one text are dropped."""
    if len(members) > READ:
        members = members[np.linspace(0, len(members) - 1, READ).astype(np.int64)]
    counts: Counter[str] = Counter()
    for member in members:
        counts.update(terms(texts[member], codes))
    least = 2 if len(members) > 3 else 1
    return {term: count / len(members) for term, count in counts.items() if count >= least}


def _chosen(shares: Mapping[str, float], total: Mapping[str, float], clusters: int, language: str) -> list[str]:
    weight = {term: share * _rarity(share, total[term], clusters) for term, share in shares.items()}
    order = sorted((term for term in weight if weight[term] > 0), key=lambda term: (-weight[term], term))
    longer = [term for term in shares if " " in term or CHARACTER.match(term)]
    found: list[str] = []
    roots: set[str] = set()
    for term in order:
        if _roots(term, language) & roots:
            continue
        whole = _whole(term, longer, shares)
        if not _roots(whole, language) & roots:
            found.append(whole)
            roots |= _roots(whole, language)
        if len(found) == TERMS:
            break
    return found


def _roots(term: str, language: str) -> set[str]:
    """Return what two terms of a name must not share: stems, or two adjacent characters."""
    if CHARACTER.match(term):
        return {term[place : place + 2] for place in range(max(len(term) - 1, 1))}
    return {stem(word, language) for word in term.split() if word not in LINKS}


def _rarity(share: float, total: float, clusters: int) -> float:
    """Weigh a term's share against the other clusters; a single cluster has only the share."""
    return float(np.log(share * clusters / total)) if clusters > 1 else 1.0


def _whole(term: str, longer: Sequence[str], shares: Mapping[str, float]) -> str:
    """Return the longer term this one nearly always occurs in: "minister" becomes "prime minister"."""
    if CHARACTER.match(term):
        within = [other for other in longer if term in other and shares[other] >= WHOLE_SEQUENCE * shares[term]]
        return max(within, key=lambda other: (len(other), shares[other], other), default=term)
    if " " in term:
        return term
    pairs = [other for other in longer if " " in other and term in other.split()]
    best = max(pairs, key=lambda other: (shares[other], other), default=term)
    return best if shares[best] >= WHOLE * shares[term] else term

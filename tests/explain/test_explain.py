import re
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from helpers import reference
from tokenizers import Tokenizer

from askew import Document, Index, demo
from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import signature
from askew.errors import InputError
from askew.explain.explain import (
    COMPARED,
    ExplainedQuery,
    Explanation,
    check_document,
    compared,
    explain,
    near_ids,
    ranking_of_search,
    subject,
)
from askew.models import cards, pull
from askew.search.background import PAIRS, SEED
from askew.search.ranking import SearchParams
from askew.text.sentences import sentences
from askew.types import Role

CARD = cards.get("all-MiniLM-L6-v2")
K = 10
WORD = re.compile(r"\w+(?:(?:['’-]|(?<=\d)[.,:](?=\d))\w+)*")
NEAR = 2e-6  # two backends' scores; measured on these texts: 4e-7 at most
QUESTIONS = demo.questions()
HITS = [(question.text, number % K) for number, question in enumerate(QUESTIONS[::3])]
FAR = [(QUESTIONS[1].text, 52), (QUESTIONS[2].text, 30)]


class Reference:
    """All passages of the handbook, encoded by sentence-transformers."""

    def __init__(self, index: Index) -> None:
        self.folder = pull.find(CARD)
        self.pages = {page.id: page for page in demo.handbook()}
        self.keys = index.store.keys().tolist()
        self.passages = index.store.passages(self.keys)
        self.owners = [passage.document for passage in self.passages]
        self.vectors = self.encode([self.given(row) for row in range(len(self.keys))])

    def encode(self, texts: list[str]) -> np.ndarray:
        return reference.encode(self.folder, texts, CARD.max_tokens)

    def given(self, row: int) -> str:
        """The title, the headings that are not in the passage, and the passage."""
        page, passage = self.pages[self.owners[row]], self.passages[row]
        above = [
            part for part in passage.heading.split(" › ") if part != page.title and f"# {part}" not in passage.text
        ]
        return f"{page.title} " + "\n".join(filter(None, (" › ".join(above), passage.text)))

    def best(self, scores: np.ndarray) -> dict[str, float]:
        best: dict[str, float] = {}
        for owner, score in zip(self.owners, scores, strict=True):
            best[owner] = max(score, best.get(owner, -9.0))
        return best


@pytest.fixture(scope="module")
def brute(book: Index) -> Reference:
    return Reference(book)


@pytest.fixture(scope="module", params=[*HITS, *FAR], ids=lambda case: f"rank {case[1] + 1}")
def found(request: pytest.FixtureRequest, book: Index) -> Explanation:
    """The question's hit at some rank: all from 1 to 10, and two far below."""
    query, place = request.param
    [ranking] = book.rank([query], 53)
    return explain(book, query, ranking[place].document, K)


def scores_of(brute: Reference, found: Explanation) -> np.ndarray:
    return brute.vectors @ brute.encode([found.query])[0]


def test_a_filter_on_pages_keeps_a_document_with_any_of_them(tmp_path: Path) -> None:
    pages = "alpha beta gamma. " * 120 + "\f" + "delta epsilon zeta. " * 120
    with Index.create(tmp_path / "x", "question-answering", model="hashing") as index:
        index.add([Document("d", pages), Document("e", "alpha other\fdelta thing")])
        assert index.search("delta epsilon", 5, where={"$page": 2})[0].document.id == "d"
        assert not explain(index, "delta epsilon", "d", where={"$page": 2}).filtered_out
        assert explain(index, "delta epsilon", "d", where={"$page": 3}).filtered_out


def test_the_dense_standing(book: Index, brute: Reference, found: Explanation) -> None:
    best = brute.best(scores_of(brute, found))
    mine, order = best[found.document], sorted(best.values(), reverse=True)
    assert found.dense.score == pytest.approx(mine, abs=NEAR)
    above = [document for document, score in best.items() if score > mine]
    assert (found.dense.rank, found.dense.of, found.dense.least_k) == (len(above) + 1, len(best), len(above) + 1)
    assert found.dense.score_at_k == pytest.approx(order[K - 1], abs=NEAR)
    assert found.dense.missing == pytest.approx(max(order[K - 1] - mine, 0), abs=2 * NEAR)
    assert found.dense.shown == (found.document in {hit.id for hit in book.search(found.query, K, mode="dense")})


def test_the_lexical_standing(book: Index, brute: Reference, found: Explanation) -> None:
    answer = book.store.lexical(found.query, 10_000)
    asked = zip(answer.keys[0].tolist(), answer.scores[0].tolist(), strict=True)
    order = list(dict.fromkeys(brute.owners[brute.keys.index(key)] for key, _ in asked))
    scores: dict[str, float] = {}
    for key, score in zip(answer.keys[0].tolist(), answer.scores[0].tolist(), strict=True):
        scores.setdefault(brute.owners[brute.keys.index(key)], score)
    if found.document not in order:
        assert (found.lexical.rank, found.lexical.of, found.lexical.shown) == (0, len(order), False)
        return
    rank = order.index(found.document) + 1
    assert (found.lexical.rank, found.lexical.of, found.lexical.least_k) == (rank, len(order), rank)
    assert (found.lexical.score, found.lexical.score_at_k) == (scores[found.document], scores[order[K - 1]])
    assert found.lexical.missing == max(scores[order[K - 1]] - scores[found.document], 0)
    assert found.lexical.shown == (rank <= K)


def bm25(found: Explanation, book: Index) -> dict[str, float]:
    return {entry.document: entry.score for entry in book.rank([found.query], 53, mode="lexical")[0]}


def background(scores: np.ndarray) -> tuple[float, float]:
    """Return mean and deviation of all but the best score; the latter at least half of that of all."""
    rest = np.sort(scores)[:-1]
    return float(rest.mean()), float(max(rest.std(), scores.std() / 2))


def test_the_hybrid_standing_is_the_sum_of_the_evidence(brute: Reference, found: Explanation, book: Index) -> None:
    """By meaning 0.1 z³ for z deviations above the rest, by words BM25, as a share of what the best have."""
    scores, lexical = scores_of(brute, found), bm25(found, book)
    mean, deviation = background(scores)
    dense = {document: 0.1 * max((score - mean) / deviation, 0) ** 3 for document, score in brute.best(scores).items()}
    total = max(dense.values()) + max(lexical.values())
    fused = {document: (value + lexical.get(document, 0.0)) / total for document, value in dense.items()}
    mine, order = fused[found.document], sorted(fused.values(), reverse=True)
    room = 1e-5  # the cube of a quotient of two differences of scores
    assert found.hybrid.score == pytest.approx(mine, abs=room)
    above, beside = (sum(score > mine + shift for score in order) for shift in (room, -room))
    assert above < found.hybrid.rank <= beside
    assert found.hybrid.least_k == found.hybrid.rank
    assert found.hybrid.score_at_k == pytest.approx(order[K - 1], abs=room)
    assert found.hybrid.missing == pytest.approx(max(order[K - 1] - mine, 0), abs=room)
    assert found.hybrid.of == len(dense)


def test_the_evidence_of_each_channel(brute: Reference, found: Explanation, book: Index) -> None:
    scores, by_words, close = scores_of(brute, found), bm25(found, book), partial(pytest.approx, abs=2e-4)
    by_meaning = brute.best(scores)
    mean, deviation = background(scores)
    z = {document: max((score - mean) / deviation, 0.0) for document, score in by_meaning.items()}
    dense, lexical = found.evidence
    assert (dense.channel, dense.weight, lexical.channel, lexical.weight) == ("dense", 1.0, "lexical", 1.0)
    assert (dense.rank, dense.of, dense.passage) == (found.dense.rank, found.dense.of, found.dense.passage)
    assert (lexical.rank, lexical.of, lexical.passage) == (found.lexical.rank, found.lexical.of, found.lexical.passage)
    assert (dense.floor, dense.deviation) == (close(mean), close(deviation))
    assert (lexical.floor, lexical.deviation) == (0.0, 0.0)
    assert dense.score == pytest.approx(found.dense.score, abs=NEAR)
    assert dense.evidence == close(0.1 * z[found.document] ** 3)
    assert dense.best == close(0.1 * max(z.values()) ** 3)
    assert lexical.evidence == lexical.score == by_words.get(found.document, 0.0)
    assert lexical.best == max(by_words.values())
    assert dense.share == pytest.approx(dense.evidence / (dense.best + lexical.best))
    assert dense.share + lexical.share == pytest.approx(found.hybrid.score)


def test_the_percentiles(brute: Reference, found: Explanation) -> None:
    scores, rng = scores_of(brute, found), np.random.default_rng(SEED)
    others = np.array([s for s, owner in zip(scores, brute.owners, strict=True) if owner != found.document])
    drawn = zip(*rng.integers(len(brute.keys), size=(2, PAIRS)), strict=True)
    pairs = np.array([brute.vectors[a] @ brute.vectors[b] for a, b in drawn if brute.owners[a] != brute.owners[b]])
    for told, expected in ((found.among_passages, others), (found.among_pairs, pairs)):
        assert told.among == len(expected)
        assert told.median == pytest.approx(np.median(expected), abs=NEAR)
        low, high = (100 * np.mean(expected < found.dense.score + shift) for shift in (-NEAR, NEAR))
        assert low - 1e-9 <= told.percent <= high + 1e-9


def test_what_the_model_reads_has_the_vectors_of_the_index(book: Index, brute: Reference, found: Explanation) -> None:
    [own] = book.store.extents([found.document])
    row = brute.keys.index(own.start + found.dense.passage)
    assert found.document_given.given == brute.given(row)
    assert np.abs(brute.encode([found.document_given.given])[0] - book.store.vectors([brute.keys[row]])[0]).max() < 1e-5
    scores = scores_of(brute, found)
    assert scores[row] == max(scores[brute.keys.index(key)] for key in own)
    assert (found.query_given.given, found.query_given.prompt) == (found.query, "")
    facts = (found.model, found.precision, found.similarity, found.task, found.roles.used)
    assert facts == ("all-MiniLM-L6-v2", "fp32", "cosine", "question-answering", "query")


def test_the_tokens(brute: Reference, found: Explanation) -> None:
    tokenizer = Tokenizer.from_file(str(brute.folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    for side in (found.query_given, found.document_given):
        assert side.tokens == count(side.given)
        assert side.seen == min(side.tokens, CARD.max_tokens - 2)
    page = brute.pages[found.document]
    assert found.ledger.tokens == found.ledger.seen == count(page.text) + count(page.title)
    assert found.ledger.passages == brute.owners.count(found.document)


def without(text: str) -> list[str]:
    """Two spaces where a word was are one to this model."""
    return [text[: word.start()] + text[word.end() :] for word in WORD.finditer(text)]


def test_the_words_of_the_query(book: Index, brute: Reference, found: Explanation) -> None:
    [own] = book.store.extents([found.document])
    vector = brute.vectors[brute.keys.index(own.start + found.dense.passage)]
    words = sorted(found.query_words.words, key=lambda word: word.start)
    assert [word.word for word in words] == WORD.findall(found.query)
    expected = brute.encode(without(found.query)) @ vector
    assert np.allclose([word.score_without for word in words], expected, atol=NEAR)
    assert np.allclose([word.effect for word in words], found.dense.score - expected, atol=2 * NEAR)
    effects = [word.effect for word in found.query_words.words]
    assert effects == sorted(effects, reverse=True)
    assert found.query_words.score == found.dense.score


def test_the_words_of_the_best_sentence(brute: Reference, found: Explanation, book: Index) -> None:
    [own] = book.store.extents([found.document])
    passage = brute.passages[brute.keys.index(own.start + found.dense.passage)]
    text, query = brute.pages[found.document].text, brute.encode([found.query])[0]
    every = [text[a:b] for a, b in sentences(text, passage.start, passage.end) if not text[a:b].startswith("#")]
    scores = brute.encode(every) @ query
    assert found.sentence_words.text == every[int(scores.argmax())]
    assert found.sentence_words.score == pytest.approx(scores.max(), abs=NEAR)
    expected = brute.encode(without(found.sentence_words.text)) @ query
    words = sorted(found.sentence_words.words, key=lambda word: word.start)
    assert np.allclose([word.score_without for word in words], expected, atol=NEAR)
    assert np.allclose([word.effect for word in words], scores.max() - expected, atol=2 * NEAR)


def test_one_model_for_both_roles_has_one_ranking(brute: Reference, found: Explanation) -> None:
    best = brute.best(scores_of(brute, found))
    assert found.roles.alike
    for role in (found.roles.query, found.roles.document):
        assert [entry.document for entry in role.top] == sorted(best, key=lambda document: -best[document])[:K]
        assert (role.rank, role.score) == (found.dense.rank, found.dense.score)


def test_weights_are_those_given_else_those_learned(book: Index) -> None:
    query = QUESTIONS[0].text
    found = explain(book, query, "pets-at-work.md", K, weights=(1.0, 0.0))
    assert (found.weights, book.weights) == ((1.0, 0.0), explain(book, query, "pets-at-work.md", K).weights)
    assert found.hybrid.rank == found.dense.rank < 53
    assert [(each.weight, each.share) for each in found.evidence] == [(1.0, found.hybrid.score), (0.0, 0.0)]
    assert explain(book, query, "pets-at-work.md", K, weights=(0.0, 1.0)).hybrid.rank == found.lexical.rank


PAGES = [
    Document("old", "red tents and boats", metadata={"year": 2001}),
    Document("new", "red tents", metadata={"year": 2024}),
    Document("none", "blue kayaks", metadata={"year": 2024}),
]


def test_a_filter_counts_only_what_it_keeps(small: Index) -> None:
    small.add(PAGES)
    found = explain(small, "red tents and boats", "new", 1, {"year": {"$gte": 2020}})
    assert (found.filtered_out, found.dense.rank, found.dense.of, found.lexical.of) == (False, 1, 2, 1)
    assert explain(small, "red tents and boats", "new", 1).dense.rank == 2


def test_a_document_that_the_filter_leaves_out_is_explained_without_it(small: Index) -> None:
    small.add(PAGES)
    where = {"year": {"$gte": 2020}}
    found, free = (explain(small, "red tents and boats", "old", 1, given) for given in (where, None))
    assert (found.filtered_out, free.filtered_out) == (True, False)
    assert found.where == where
    assert {**asdict(found), "where": None, "filtered_out": False} == asdict(free)


def test_no_word_in_common(small: Index) -> None:
    small.add(PAGES)
    found = explain(small, "red tents", "none", 1)
    assert (found.lexical.rank, found.lexical.score, found.lexical.shown) == (0, 0.0, False)
    assert found.lexical.note == "shares no word with the query"
    assert found.lexical.missing == found.lexical.score_at_k > 0
    assert found.hybrid.rank == 3
    lexical = found.evidence[1]
    assert (lexical.rank, lexical.of, lexical.passage, lexical.score) == (0, 2, 0, 0.0)
    assert (lexical.evidence, lexical.share) == (0.0, 0.0)
    assert lexical.best == explain(small, "red tents", "new", 1).evidence[1].evidence > 0


def test_bad_use_is_refused(small: Index) -> None:
    small.add(PAGES)
    with pytest.raises(InputError, match=r"no document 'nes'\. Did you mean new"):
        explain(small, "tents", "nes")
    with pytest.raises(InputError, match="empty"):
        explain(small, " ", "new")
    with pytest.raises(InputError, match="k must be at least 1"):
        explain(small, "tents", "new", 0)


def test_while_somebody_writes_beside_it(small: Index, tmp_path: Path) -> None:
    """The writer replaces the document under the reader's eyes: at every call of the encoder, some times."""
    small.add(PAGES)
    encoder = small.encoder("testing")
    changes = iter(range(3))

    class Disturbed(type(encoder)):  # type: ignore[misc]
        def encode(self, texts, role, report=lambda _: None, titles=()):
            for number in changes:
                small.store.delete(["none"])
                small.add([Document("new", f"red tents, issue {number}")])
                break
            return super().encode(texts, role, report, titles)

    with Index.open(tmp_path / "small", encoder=Disturbed(encoder.signature)) as reader:
        found = explain(reader, "red tents issue", "new")
        later = explain(reader, "red tents issue", "new")
    assert "issue" not in found.document_given.text  # one state, from before the first change
    assert "issue" in later.document_given.text
    assert (found.dense.of, later.dense.of) == (3, 2)


HASHING = signature(cards.get("hashing"), "question-answering", "fp32")
THREE = [Document("tents", "red tents\n\nand blue ones"), Document("boats", "red boats"), Document("cats", "old cats")]


class Counting(HashingEncoder):
    """Counts the texts that it is given."""

    texts = 0

    def encode(self, texts, role, report=lambda _: None, titles=()):
        self.texts += len(texts)
        return super().encode(texts, role, report, titles)


def case(index: Index, id: str = "tents") -> ExplainedQuery:
    return ExplainedQuery(index, index.encoder("testing"), "red tents", id, SearchParams(2, "hybrid"))


@pytest.mark.parametrize(("prompts", "encoded"), [({}, 1), ({"query": "ask: ", "document": "text: "}, 2)])
def test_the_query_is_encoded_once_for_each_role_that_differs(
    tmp_path: Path, prompts: dict[str, str], encoded: int
) -> None:
    encoder = Counting(replace(HASHING, prompts=prompts))
    with Index.create(tmp_path / "x", "question-answering", encoder=encoder) as index:
        index.add(THREE)
        before = encoder.texts
        found = compared(case(index), None)
        assert encoder.texts == before + encoded
        assert found.used is Role.QUERY
        assert set(found.orders) == set(found.scores) == set(Role)
        assert (found.scores[Role.QUERY] is found.scores[Role.DOCUMENT]) == (encoded == 1)


def test_a_symmetric_index_asks_in_the_role_of_documents(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "paraphrase", model="hashing") as index:
        index.add(THREE)
        assert compared(case(index), None).used is Role.DOCUMENT


def test_the_subject_is_the_passage_that_stands_highest(small: Index) -> None:
    small.add(THREE)
    found = compared(case(small), None)
    [own] = small.store.extents(["tents"])
    document = subject(case(small), found, own)
    assert (document.document.id, document.own) == ("tents", own)
    assert document.score == found.order.score(found.order.rank("tents"))
    assert document.score == pytest.approx(float(document.vector @ found.vector), abs=1e-6)
    assert [e.document for e in ranking_of_search(case(small), found, "dense", 2)] == ["tents", "boats"]


def test_a_document_that_was_replaced_meanwhile_is_a_key_error(small: Index) -> None:
    small.add(THREE)
    found = compared(case(small), None)
    small.add([Document("tents", "red tents, new")])
    [own] = small.store.extents(["tents"])
    with pytest.raises(KeyError, match="tents"):
        subject(case(small), found, own)


def test_only_what_the_filter_keeps_is_compared(small: Index) -> None:
    small.add([Document(f"d{i}", f"red tent {i}", metadata={"year": 2000 + i}) for i in range(6)])
    found = compared(case(small, "d4"), {"year": {"$gte": 2003}})
    assert found.corpus.ids == ("d3", "d4", "d5")
    assert len(ranking_of_search(case(small, "d4"), found, "hybrid", 6)) == 3
    assert np.isfinite(found.scores[Role.QUERY]).all()


IDS = ["annual-leave.md", "family-leave.md", "pets.md", "manuals/Pumps/series-7.pdf", "manuals/pumps/series-9.pdf"]


def test_slips_parts_and_other_capitals_are_near() -> None:
    assert near_ids("famly-leave.md", IDS)[0] == "family-leave.md"
    assert near_ids("PETS.MD", IDS) == ["pets.md"]
    assert near_ids("series-7.pdf", IDS)[0] == "manuals/Pumps/series-7.pdf"
    assert near_ids("pumps", IDS) == ["manuals/Pumps/series-7.pdf", "manuals/pumps/series-9.pdf"]
    assert near_ids("zzz", IDS) == []


def test_of_very_many_ids_those_that_begin_alike_are_compared() -> None:
    ids = [f"{number:09d}.txt" for number in range(COMPARED + 5000)]
    assert near_ids("000024999.tx", ids)[0] == "000024999.txt"


def test_an_unknown_document_is_refused_with_near_ids(small: Index) -> None:
    small.add([Document("leave.md", "28 days"), Document("pets.md", "dogs")])
    check_document(small.store, "pets.md")
    with pytest.raises(InputError, match=r"no document 'pet\.md'\. Did you mean pets\.md"):
        check_document(small.store, "pet.md")
    with pytest.raises(InputError, match=r"no document 'zz'\. `askew search` shows"):
        check_document(small.store, "zz")

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.entries import DIM, entry
from helpers.hashing_card import hashing_card

from askew.contract import Contract
from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import load, signature
from askew.errors import ContractError, InputError, ModelError, StoreError, UnknownNameError
from askew.index import Index
from askew.ingest import BATCH
from askew.models import cards, own
from askew.paths import folder
from askew.progress import Progress
from askew.search.rerank import Reranker
from askew.stores.local.store import LocalStore
from askew.types import Document, Hit, Role

LEAVE = Document("leave", "Everyone has 28 days of paid holiday a year.", "Leave", {"year": 2024})
PETS = Document("pets", "Dogs may come to the office on Fridays.", "Pets", {"year": 2020})


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.create(tmp_path / "handbook", "question-answering", model="hashing") as made:
        made.add([LEAVE, PETS])
        yield made


class Counting(HashingEncoder):
    """Counts the texts that it is given."""

    texts = 0

    def encode(self, texts, role, report=lambda _: None, titles=()):
        self.texts += len(texts)
        return super().encode(texts, role, report, titles)


def hashing(**changes: object) -> Counting:
    return Counting(replace(signature(cards.get("hashing"), "question-answering", "fp32"), **changes))


def ids(hits) -> list[str]:
    return [hit.document.id for hit in hits]


@pytest.mark.parametrize("given", [{"model": "all-MiniLM-L6-v2"}, {"precision": "int8"}, {"prompts": {"query": "q: "}}])
def test_settings_that_an_encoder_has_are_not_given_beside_it(tmp_path: Path, given: dict[str, Any]) -> None:
    encoder = load(cards.get("hashing"), "question-answering")
    with pytest.raises(InputError, match="encoder"):
        Index.create(tmp_path / "x", "question-answering", encoder=encoder, **given)
    assert list(tmp_path.iterdir()) == []
    Index.create(tmp_path / "x", "question-answering", encoder=encoder, model="hashing", precision="fp32").close()
    card = hashing_card(tmp_path)
    own_encoder = load(own.resolve(card), "question-answering")
    Index.create(tmp_path / "y", "question-answering", encoder=own_encoder, model=str(card)).close()


def test_a_question_finds_its_document(index: Index) -> None:
    [hit, _] = index.search("how many days of holiday?")
    assert (hit.rank, hit.document, hit.passage.text) == (1, LEAVE, LEAVE.text)
    assert hit.score > 0.2


@pytest.mark.parametrize("mode", ["dense", "lexical", "hybrid"])
def test_every_mode_finds_and_obeys_filters(index: Index, mode: str) -> None:
    assert ids(index.search("dogs in the office", 1, mode=mode)) == ["pets"]
    assert ids(index.search("dogs in the office on days", 5, mode=mode, where={"year": {"$gt": 2020}})) == ["leave"]


def test_weights_turn_a_half_of_hybrid_off(index: Index) -> None:
    assert ids(index.search("dogs", 5, mode="hybrid", weights=(0, 1))) == ["pets"]
    with pytest.raises(InputError, match="weights"):
        index.search("dogs", 5, mode="hybrid", weights=(0, 0))
    with pytest.raises(InputError, match="weights"):
        index.search("dogs", 5, mode="hybrid", weights=(-1, 1))


def test_rank_answers_many_queries_by_id_and_score(index: Index) -> None:
    first, second = index.rank(["holiday days", "dogs"], 1)
    assert (first[0].document, second[0].document) == ("leave", "pets")


def test_what_is_stored_already_is_not_encoded_again(tmp_path: Path) -> None:
    encoder = hashing()
    with Index.create(tmp_path / "x", "question-answering", encoder=encoder) as index:
        documents = [Document(f"d{i}", f"text number {i}") for i in range(20)]
        assert vars(index.add(documents)) == {
            "new": 20,
            "changed": 0,
            "unchanged": 0,
            "truncated": 0,
            "unknown": 0,
            "truncated_sparse": 0,
        }
        assert encoder.texts == 20
        documents[7] = replace(documents[7], text="another text")
        assert vars(index.add(documents)) == {
            "new": 0,
            "changed": 1,
            "unchanged": 19,
            "truncated": 0,
            "unknown": 0,
            "truncated_sparse": 0,
        }
        assert encoder.texts == 21
        documents[8] = replace(documents[8], metadata={"a": 1})
        assert index.add(documents).changed == 1


def test_an_interrupted_add_goes_on_where_it_was(tmp_path: Path) -> None:
    documents = [Document(f"d{i}", f"text number {i}") for i in range(2 * BATCH)]

    def stop(progress: Progress) -> None:
        if progress.done > BATCH:
            raise KeyboardInterrupt

    encoder = hashing()
    with Index.create(tmp_path / "x", "question-answering", encoder=encoder) as index:
        with pytest.raises(KeyboardInterrupt):
            index.add(documents, progress=stop)
        assert index.sizes().documents == BATCH
        encoder.texts = 0
        assert index.add(documents).unchanged == BATCH
        assert encoder.texts == BATCH


def test_long_documents_are_split_and_found_by_their_last_sentence(tmp_path: Path) -> None:
    text = "".join(f"Sentence number {i} says little. " for i in range(400)) + "The password is aubergine."
    with Index.create(tmp_path / "x", "question-answering", model="hashing", chunk_tokens=40) as index:
        index.add([Document("long", text), Document("short", "A short one.")])
        [hit] = index.search("password aubergine", 1)
        assert hit.document.id == "long"
        assert hit.passage.text.endswith("The password is aubergine.")
        assert hit.document.text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert index.sizes().truncated == 0
        assert index.sizes().seen == index.sizes().tokens


@pytest.mark.parametrize(("policy", "truncated"), [("warn", 1), ("accept", 1)])
def test_policies_that_cut_count_what_they_cut(tmp_path: Path, policy: str, truncated: int) -> None:
    encoder = hashing(max_tokens=10)
    with Index.create(tmp_path / "x", "paraphrase", policy=policy, encoder=encoder) as index:
        assert index.add([Document("long", "word " * 25), Document("short", "word")]).truncated == truncated
        sizes = index.sizes()
        assert (sizes.tokens, sizes.seen, sizes.truncated) == (26, 11, 1)


def test_the_policy_error_adds_nothing(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "paraphrase", policy="error", encoder=hashing(max_tokens=10)) as index:
        with pytest.raises(InputError, match=r"long: 25 tokens, 15 would be lost"):
            index.add([Document("short", "word"), Document("long", "word " * 25)])
        assert index.sizes().documents == 0
        index.add([Document("short", "word")])


@pytest.mark.parametrize("act", ["add", "search", "similar"])
def test_another_encoder_of_the_same_dimension_is_refused(tmp_path: Path, act: str) -> None:
    with Index.create(tmp_path / "x", "question-answering", encoder=hashing()) as index:
        index.add([LEAVE])
    with Index.open(tmp_path / "x", writable=True, encoder=hashing(pooling="mean", prompts={"query": "q "})) as index:
        acts = {
            "add": lambda: index.add([PETS]),
            "search": lambda: index.search("dogs"),
            "similar": lambda: index.similar("dogs"),
        }
        with pytest.raises(ContractError) as caught:
            acts[act]()
        assert [difference.field for difference in caught.value.differences] == ["pooling", "prompts"]
        assert index.sizes().documents == 1
        with pytest.raises(ContractError):
            index.duplicates(0.5)


def test_similar_takes_the_role_of_a_document_on_both_sides(tmp_path: Path) -> None:
    encoder = hashing(prompts={"query": "unrelated words "})
    asked = []
    encode = encoder.encode
    encoder.encode = lambda texts, role, *rest: asked.append(role) or encode(texts, role, *rest)
    with Index.create(tmp_path / "x", "question-answering", encoder=encoder) as index:
        index.add([LEAVE, PETS])
        asked.clear()
        assert ids(index.similar("paid holiday", 1)) == ["leave"]
        assert asked == [Role.DOCUMENT]
        index.search("paid holiday", 1)
        assert asked == [Role.DOCUMENT, Role.QUERY]


def test_duplicates_are_pairs_of_documents_best_first(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "duplicate-questions", model="hashing") as index:
        index.add(
            [
                Document("a", "how do I return a tent"),
                Document("b", "how do I return a tent?"),
                Document("c", "how do I return my tent"),
                Document("d", "are you open on Sunday"),
            ]
        )
        pairs = index.duplicates(0.6)
        assert [(pair.a, pair.b) for pair in pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
        assert pairs[0].score == pytest.approx(1, abs=1e-6)
        for wrong in (1.01, float("nan"), "0.5", True):
            with pytest.raises(InputError):
                index.duplicates(wrong)


def test_deleted_documents_are_gone(index: Index) -> None:
    assert index.delete(["pets", "none"]) == 1
    assert ids(index.search("dogs in the office")) == ["leave"]
    with pytest.raises(InputError, match="holds no document 'pets'"):
        index.documents(["pets"])


@pytest.mark.parametrize(
    "act",
    [
        lambda index: index.search("  "),
        lambda index: index.search("x", 0),
        lambda index: index.search("x", mode="fuzzy"),
        lambda index: index.similar("", 1),
        lambda index: index.search("x", where={"year": {"$near": 1}}),
        lambda index: index.add([LEAVE, replace(LEAVE, text="Another text.")]),
        lambda index: index.add([Document("x", " \n")]),
        lambda index: index.optimise(recall=2),
        lambda index: index.search("\ud800"),
    ],
)
def test_wrong_arguments_raise_input_error_and_change_nothing(index: Index, act) -> None:
    with pytest.raises(InputError):
        act(index)
    assert index.sizes().documents == 2
    assert index.check() == []


def test_unknown_names_and_settings_make_no_index(tmp_path: Path) -> None:
    for wrong in (
        {"task": "faqs"},
        {"task": "faq", "model": "all-MiniLM"},
        {"task": "faq", "model": "hashing", "policy": "cut"},
        {"task": "faq", "model": "hashing", "chunk_tokens": 0},
        {"task": "faq", "model": "hashing", "overlap": -1},
        {"task": "faq", "model": "hashing", "precision": "fp16"},
    ):
        with pytest.raises(InputError):
            Index.create(tmp_path / "x", **wrong)
    with pytest.raises(UnknownNameError, match="Did you mean faq"):
        Index.create(tmp_path / "x", "faqs")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StoreError, match=str(tmp_path / "x")):
        Index.open(tmp_path / "x")


def test_the_folder_has_the_suffix_once() -> None:
    assert folder("a/b") == folder("a/b.askew") == Path("a/b.askew")
    assert folder("v1.2") == Path("v1.2.askew")


def test_a_prompt_of_ones_own_is_sealed_and_used_again_when_opened(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "enterprise-search", model="hashing", prompts={"query": "dogs "}) as index:
        index.add([LEAVE, PETS])
    with Index.open(tmp_path / "x") as index:
        assert dict(index.contract.encoder.prompts) == {"query": "dogs "}
        assert index.encoder("searching").signature == index.contract.encoder
    with pytest.raises(UnknownNameError, match="no role 'passage'"):
        Index.create(tmp_path / "y", "enterprise-search", model="hashing", prompts={"passage": "x"})


def test_metadata_and_texts_that_cannot_be_kept_are_refused_in_a_sentence(index: Index) -> None:
    for wrong in (Document("x", "t", metadata={"d": object()}), Document("x", "a \ud800")):
        with pytest.raises(InputError, match="position 0"):
            index.add([wrong])
    assert index.search("dogs", 10**12)
    assert index.check() == []


def test_mining_beside_a_writer_leaves_out_what_is_gone(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "duplicate-questions", model="hashing") as writer:
        writer.add([Document(name, "red tents") for name in "abcd"])
        with Index.open(tmp_path / "x") as reader:

            def meanwhile(_: Progress) -> None:
                writer.delete(["b"])

            found = reader.duplicates(0.9, progress=meanwhile)
    assert {(pair.a, pair.b) for pair in found} == {("a", "c"), ("a", "d"), ("c", "d")}


class Reversed:
    """Puts the last candidate first."""

    def score(self, pairs):
        return np.arange(len(pairs), dtype=np.float32)


def test_hits_can_be_reranked_paged_and_marked(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "question-answering", model="hashing") as index:
        index.add([Document(f"d{i}", f"Tents are red. Number {i} of the kayaks {'kayak ' * i}") for i in range(8)])
        plain = index.search("kayak", 8, highlight=8)
        assert plain.reranking.model == ""
        assert all(hit.document.text[hit.sentence.start : hit.sentence.end].startswith("Number") for hit in plain)
        again = index.search("kayak", 8, rerank=Reranker("reversed", Reversed()))
        assert ids(again) == ids(plain)[::-1]
        assert (again.reranking.scored, again.reranking.candidates) == (8, 8)
        assert {hit.method for hit in again} == {"reversed"}
        assert ids(index.search("kayak", 3, offset=2)) == ids(plain)[2:5]
        with pytest.raises(InputError):
            index.search("kayak", budget=1.0)
        with pytest.raises(ModelError, match="hashing is a bi-encoder"):
            index.search("kayak", rerank="hashing")


def test_weights_are_learned_from_judged_queries_and_kept(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "question-answering", model="hashing") as index:
        index.add([LEAVE, PETS])
        assert index.weights == (1.0, 1.0)
        learned = index.learn(["dogs", "paid holiday"], [{"pets": 1}, {"leave": 1}])
        assert (learned.queries, learned.fused) == (2, 1.0)
        assert index.weights == (learned.dense, learned.lexical)
    with Index.open(tmp_path / "x") as index:
        assert index.weights == (learned.dense, learned.lexical)
        with pytest.raises(StoreError, match="writable=True"):
            index.learn(["dogs"], [{"pets": 1}])


@pytest.mark.parametrize("mode", ["dense", "lexical", "hybrid"])
def test_many_queries_have_the_hits_that_each_has_alone(index: Index, mode: str) -> None:
    queries = ["how many days of holiday?", "dogs in the office"]
    both = index.search(queries, mode=mode, highlight=1)
    assert [list(hits) for hits in both] == [list(index.search(query, mode=mode, highlight=1)) for query in queries]
    assert index.search(tuple(queries), mode=mode, highlight=1) == both
    assert index.search([], mode=mode) == []


def same(found: Sequence[Hit], expected: Sequence[Hit]) -> bool:
    """Whether these are the same hits, scores within the rounding of a second normalisation."""
    scores = [hit.score for hit in expected]
    return ids(found) == ids(expected) and [hit.score for hit in found] == pytest.approx(scores, abs=1e-6)


def test_a_vector_finds_what_its_text_finds(index: Index) -> None:
    query = "dogs in the office"
    vectors = index.sealed.encode_queries([query, "holiday"], "testing")
    search = partial(index.search, mode="dense")  # a vector has no words
    assert same(index.search(vectors[0]), search(query))
    assert same(index.search(7 * vectors[0]), search(query))
    assert same(index.search(vectors[0].tolist(), 1), search(query, 1))
    one, two = index.search(vectors)
    assert same(one, search(query))
    assert same(two, search("holiday"))
    [hit] = index.search(vectors[0], 1, highlight=1)
    assert hit.sentence == hit.shown


@pytest.mark.parametrize("wrong", [{"mode": "hybrid"}, {"mode": "lexical"}, {"min_confidence": 0.9}])
def test_what_needs_text_refuses_vectors(index: Index, wrong: dict) -> None:
    with pytest.raises(InputError):
        index.search(np.ones(index.contract.encoder.dim, np.float32), **wrong)
    with pytest.raises(InputError):
        index.search(np.ones(3, np.float32))


def test_similar_takes_texts_and_vectors(index: Index) -> None:
    text = PETS.text
    vector = index.sealed.encode_documents([text])
    alone = index.similar(text, 2)
    assert ids(alone) == ["pets", "leave"]
    assert index.similar([text, LEAVE.text], 2) == [alone, index.similar(LEAVE.text, 2)]
    assert same(index.similar(vector[0], 2), alone)
    assert same(index.similar(vector, 2)[0], alone)


def test_an_index_of_own_vectors_takes_vectors_and_refuses_text(tmp_path: Path) -> None:
    contract = Contract.for_vectors("article-similarity", DIM)
    with Index(LocalStore.create(tmp_path / "own.askew", DIM, contract.seal())) as index:
        rows = np.eye(2, DIM)
        texts = {"red": "red tent", "blue": "blue tent"}
        index.store.write([entry(id, (text, row)) for (id, text), row in zip(texts.items(), rows, strict=True)])
        hits = index.search(1.8 * rows[0] + 0.2 * rows[1], k=1)
        assert (ids(hits), hits[0].score) == (["red"], pytest.approx(1.8 / np.hypot(1.8, 0.2)))
        assert ids(index.similar((2 * rows[1]).tolist(), 1)) == ["blue"]
        assert ids(index.search("blue", mode="lexical")) == ["blue"]
        for refused in (index.search, index.similar):
            with pytest.raises(InputError):
                refused("red tent")


def test_vectors_are_stored_in_the_precision_that_was_asked(tmp_path: Path) -> None:
    sizes = {}
    for precision in ("float32", "float16", "int8", "binary"):
        with Index.create(tmp_path / precision, "paraphrase", model="hashing", vectors=precision) as index:
            index.add([f"a red tent number {n}" for n in range(50)])
            index.delete(index.search("a red tent number 7", 1)[0].document.id)
            index.optimise()
            assert (index.contract.vectors, index.check()) == (precision, [])
            assert index.search("a red tent number 8", 1)[0].document.text == "a red tent number 8"
            [file] = (tmp_path / f"{precision}.askew").glob("vectors-*")
            sizes[precision] = file.stat().st_size / 50
    assert sizes == {"float32": 2048, "float16": 1024, "int8": 516, "binary": 260}
    with pytest.raises(ContractError, match="vectors"):
        Index.open_or_create(tmp_path / "int8", "paraphrase", vectors="binary")
    with pytest.raises(InputError, match="int8"):
        Index.create(tmp_path / "x", "paraphrase", model="hashing", vectors="int4")


def test_pairs_of_quantised_vectors_are_exact_for_what_is_stored(tmp_path: Path) -> None:
    with Index.create(tmp_path / "x", "paraphrase", model="hashing", vectors="int8") as index:
        index.add([f"a red tent {n % 20} by the lake {n % 7}" for n in range(60)])
        found = index.duplicates(0.9)
        vectors = index.store.vectors(index.store.keys()).astype(np.float64)
        expected = np.triu(vectors @ vectors.T >= 0.9, 1).sum()
    assert found.certificate.possible == 60 * 59 // 2
    assert found.contract.vectors == "int8"
    assert len(found.pairs) == expected

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from askew import ingest
from askew.contract import Contract
from askew.encoders.hashing import HashingEncoder
from askew.encoders.loading import signature
from askew.errors import InputError
from askew.models import cards
from askew.progress import silent
from askew.similarity import Similarity
from askew.stores.memory import MemoryStore
from askew.types import Document, Role

LONG = Document("long", "One two three. Four five six. Seven eight nine.", "A title")


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder(replace(signature(cards.get("hashing"), "faq", "fp32"), max_tokens=8))


def contract(encoder: HashingEncoder, policy: str, chunk_tokens: int = 8, overlap: int = 0) -> Contract:
    return Contract("faq", encoder.signature, policy, chunk_tokens, overlap, "")


def test_a_digest_changes_with_anything_that_was_given() -> None:
    base = Document("a", "text", "title", {"x": 1})
    others = [replace(base, text="t"), replace(base, title=""), replace(base, metadata={"x": 2})]
    assert len({ingest.digest(document) for document in [base, *others]}) == 4
    assert ingest.digest(base) == ingest.digest(replace(base, id="b"))


def test_split_documents_carry_their_title_in_every_passage(encoder: HashingEncoder) -> None:
    [entry] = ingest.entries([LONG], encoder, contract(encoder, "chunk"))
    assert [passage.text for passage in entry.passages] == ["One two three. Four five six.", "Seven eight nine."]
    expected = encoder.encode(["A title One two three. Four five six.", "A title Seven eight nine."], Role.DOCUMENT)
    assert np.allclose(entry.vectors, expected.vectors)
    assert (entry.tokens, entry.seen) == (11, 11)


def test_a_title_that_takes_half_the_room_is_left_out_and_counted_as_lost(encoder: HashingEncoder) -> None:
    [entry] = ingest.entries([replace(LONG, title="a b c d e")], encoder, contract(encoder, "chunk"))
    assert (entry.tokens, entry.seen) == (14, 9)
    assert np.allclose(entry.vectors[1], encoder.encode(["Seven eight nine."], Role.DOCUMENT).vectors[0])


def test_what_is_not_split_is_encoded_whole_and_its_loss_counted(encoder: HashingEncoder) -> None:
    entries = ingest.entries([LONG, Document("s", "short")], encoder, contract(encoder, "warn"))
    assert [len(entry.passages) for entry in entries] == [1, 1]
    assert [(entry.tokens, entry.seen) for entry in entries] == [(11, 8), (1, 1)]


def test_vectors_are_prepared_for_the_models_similarity() -> None:
    dot = HashingEncoder(replace(signature(cards.get("hashing"), "faq", "fp32"), similarity=Similarity.DOT))
    dot.encode = lambda texts, role, *_: replace(
        HashingEncoder.encode(dot, texts, role), vectors=np.full((len(texts), dot.signature.dim), 2, np.float32)
    )
    [entry] = ingest.entries([Document("s", "short")], dot, contract(dot, "warn"))
    assert (entry.vectors == 2).all()


def test_a_title_counts_to_what_would_be_lost(encoder: HashingEncoder) -> None:
    with pytest.raises(InputError, match="a: 9 tokens, 1 would be lost"):
        ingest.check_truncation([Document("a", "word " * 7, "two words")], encoder)
    ingest.check_truncation([Document("a", "word " * 6, "two words")], encoder)


class Unknowing(HashingEncoder):
    """Does not know words with a q."""

    def encode(self, texts, role, report=silent, titles=()):
        made = super().encode(texts, role, report, titles)
        strange = np.array([sum("q" in word for word in text.split()) for text in texts])
        return replace(made, seen=np.maximum(made.seen - strange, 0))


@pytest.mark.parametrize("policy", ["chunk", "warn"])
def test_documents_with_unknown_words_are_counted_apart_from_cut_ones(tmp_path: Path, policy: str) -> None:
    encoder = Unknowing(replace(signature(cards.get("hashing"), "faq", "fp32"), max_tokens=8))
    store = MemoryStore(encoder.signature.dim, "m")
    texts = {"known": "one two", "strange": "one qq q", "long": "one two three four five six seven eight nine ten"}
    documents = [Document(id, text) for id, text in texts.items()]
    added = ingest.add(store, encoder, contract(encoder, policy), documents)
    assert (added.new, added.truncated, added.unknown) == (3, 1 if policy == "warn" else 0, 1)
    lost = {account.document: account.lost for account in store.accounts()}
    assert lost == {"known": 0, "strange": 2, "long": 2 if policy == "warn" else 0}

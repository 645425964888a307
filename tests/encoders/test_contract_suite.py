"""What every encoder promises, held by every adapter: `ADAPTERS` in conftest.py says which there are."""

import numpy as np
import pytest

from askew.encoders import Encoder
from askew.progress import Progress
from askew.types import Role

TEXTS = [
    "How do I reset my password?",
    "no",
    "",
    "🎉 ünïcode 東京",
    "the cat " * 40,
    "Two men are playing chess.",
    "no",
]
ROLES = [*Role]


@pytest.mark.parametrize("role", ROLES)
def test_one_row_for_each_text(adapter: Encoder, role: Role) -> None:
    encoded = adapter.encode(TEXTS, role)
    assert encoded.vectors.shape == (len(TEXTS), adapter.signature.dim)
    assert encoded.vectors.dtype == np.float32
    assert np.isfinite(encoded.vectors).all()
    assert encoded.tokens.shape == encoded.seen.shape == (len(TEXTS),)
    assert encoded.tokens.dtype == encoded.seen.dtype == np.int64


def test_no_texts_no_rows(adapter: Encoder) -> None:
    for role in ROLES:
        encoded = adapter.encode([], role)
        assert encoded.vectors.shape == (0, adapter.signature.dim)
        assert encoded.tokens.shape == encoded.seen.shape == (0,)


@pytest.mark.parametrize("role", ROLES)
def test_what_is_cut_is_counted(adapter: Encoder, role: Role) -> None:
    encoded = adapter.encode(TEXTS, role)
    assert (encoded.seen <= encoded.tokens).all()
    assert encoded.tokens[2] == encoded.seen[2] == 0
    assert encoded.tokens[4] >= 80
    assert adapter.room(role) <= encoded.seen[4] < encoded.tokens[4]
    assert encoded.tokens[1] > 0
    unknown = adapter.signature.architecture == "static"  # its few words are not among these
    assert encoded.seen[1] == (0 if unknown else encoded.tokens[1])


def test_spans_are_the_tokens_that_are_counted(adapter: Encoder) -> None:
    """The document's role has no prompt here, so a text is tokenised as it stands."""
    encoded, spans = adapter.encode(TEXTS, Role.DOCUMENT), adapter.spans(TEXTS)
    assert [len(each) for each in spans] == encoded.tokens.tolist()
    for text, each in zip(TEXTS, spans, strict=True):
        assert each.shape == (len(each), 2)
        assert ((each[:, 0] >= 0) & (each[:, 0] <= each[:, 1]) & (each[:, 1] <= len(text))).all()


def test_a_text_that_fits_the_room_is_seen_whole(adapter: Encoder) -> None:
    text = "the cat " * 40
    room, [spans] = adapter.room(Role.DOCUMENT), adapter.spans([text])
    fitting = text[: spans[room - 1, 1]]
    encoded = adapter.encode([fitting], Role.DOCUMENT)
    assert encoded.tokens[0] == encoded.seen[0] == room


def test_a_vector_does_not_depend_on_its_batch(adapter: Encoder) -> None:
    rng = np.random.default_rng(5)
    texts = [" ".join(rng.choice(["cat", "dog", "chess", "not"], size=n)) for n in rng.integers(1, 14, 90)]
    for role in ROLES:
        together = adapter.encode(texts, role).vectors
        alone = np.concatenate([adapter.encode([text], role).vectors for text in texts[:30]])
        lengths = np.linalg.norm(together[:30], axis=1) * np.linalg.norm(alone, axis=1)
        assert ((together[:30] * alone).sum(axis=1) / lengths).min() >= 1 - 1e-6


def test_the_order_is_kept_and_equal_texts_get_equal_rows(adapter: Encoder) -> None:
    vectors = adapter.encode(TEXTS, Role.DOCUMENT).vectors
    assert (vectors[1] == vectors[6]).all()
    assert np.allclose(adapter.encode(TEXTS[::-1], Role.DOCUMENT).vectors[::-1], vectors, atol=1e-6)
    assert np.abs(vectors[0] - vectors[5]).max() > 1e-3


def test_a_role_with_words_or_weights_of_its_own_gives_other_vectors(adapter: Encoder) -> None:
    query, document = (adapter.encode(["playing chess"], role).vectors for role in ROLES)
    own = bool(adapter.signature.prompts) or len(adapter.signature.weights) > 1
    assert (np.abs(query - document).max() > 1e-3) == own


def test_a_title_counts_and_has_an_effect(adapter: Encoder) -> None:
    texts, titles = ["two men", "two men", ""], ["chess", "", "chess"]
    bare, titled = adapter.encode(texts, Role.DOCUMENT), adapter.encode(texts, Role.DOCUMENT, titles=titles)
    assert np.abs(titled.vectors[0] - bare.vectors[0]).max() > 1e-3
    assert np.allclose(titled.vectors[1], bare.vectors[1], atol=1e-6)
    assert titled.tokens[0] > bare.tokens[0]
    assert titled.tokens[1] == bare.tokens[1]
    assert titled.tokens[2] == len(adapter.spans(["chess"])[0])


def test_progress_ends_at_the_total(adapter: Encoder) -> None:
    told: list[Progress] = []
    adapter.encode(TEXTS, Role.DOCUMENT, told.append)
    assert told[-1].done == told[-1].total > 0
    assert [each.done for each in told] == sorted(each.done for each in told)

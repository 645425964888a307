import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("httpx", reason="services are asked through httpx: pip install 'askew[hosted]'")

from helpers.embedding_service import (
    DIM,
    KEY,
    PROVIDERS,
    VARIABLE,
    WORDS,
    FakeTime,
    Fault,
    Server,
    expected,
    serving,
    vector,
)

from askew.encoders.hosted import encoder as hosted
from askew.encoders.hosted.encoder import HostedEncoder
from askew.encoders.signature import Signature
from askew.errors import InputError, ModelError
from askew.net import ServiceError
from askew.net.retry import Limits
from askew.progress import Progress
from askew.types import Role

TEXTS = [f"text number {number}" for number in range(75)]
NUMBERED = ("openai", "voyage", "jina")


@pytest.fixture(params=PROVIDERS)
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv(VARIABLE, KEY)
    with serving(request.param) as running:
        yield running


@pytest.fixture
def sealed(signature: Signature, server: Server) -> Signature:
    prompts = WORDS[server.provider]
    return replace(signature, architecture="hosted", dim=DIM, max_tokens=60, prompts=prompts, weights={}, tokenizer={})


@pytest.fixture
def fake() -> FakeTime:
    return FakeTime()


@pytest.fixture
def encoder(sealed: Signature, server: Server, fake: FakeTime) -> HostedEncoder:
    return HostedEncoder(sealed, server.hosted, limits=Limits(timeout=5), clock=fake.clock)


def wanted(server: Server, texts: Sequence[str], role: Role) -> np.ndarray:
    return np.stack([expected(server.provider, text, role) for text in texts])


@pytest.mark.parametrize("role", list(Role))
def test_each_text_gets_its_vector_with_the_services_word_for_the_role(
    encoder: HostedEncoder, server: Server, role: Role
) -> None:
    told: list[Progress] = []
    encoded = encoder.encode(TEXTS, role, told.append)
    assert np.abs(encoded.vectors - wanted(server, TEXTS, role)).max() <= 1e-6
    assert encoded.vectors.dtype == np.float32
    assert len(server.seen) == 10  # 75 texts, 8 a request
    assert [step.done for step in told] == sorted(step.done for step in told)
    assert (told[-1].done, told[-1].total) == (75, 75)


FAULTS = [
    Fault("status", 429, {"Retry-After": "3"}),
    Fault("cut"),
    Fault("status", 500),
    Fault("silent"),
    Fault("status", 500),
    Fault("cut", 1),
    Fault("status", 503),
    Fault("shuffled"),
]


def test_with_every_fault_at_once_no_vector_is_lost_doubled_or_misplaced(
    encoder: HostedEncoder, server: Server, fake: FakeTime
) -> None:
    faults = FAULTS if server.provider in NUMBERED else FAULTS[:-1]
    server.faults.extend(faults)
    encoded = encoder.encode(TEXTS, Role.DOCUMENT)
    assert np.abs(encoded.vectors - wanted(server, TEXTS, Role.DOCUMENT)).max() <= 1e-6
    assert set(server.served.values()) == {1}
    assert len(server.served) == 75
    assert len(server.seen) == 10 + 7  # each failure is one more request
    assert max(fake.slept) >= 2.9


def test_equal_texts_are_sent_once(encoder: HostedEncoder, server: Server) -> None:
    texts = ["b", "a", "b", "b", "a", "c"]
    encoded = encoder.encode(texts, Role.QUERY)
    assert np.abs(encoded.vectors - wanted(server, texts, Role.QUERY)).max() <= 1e-6
    assert sum(server.served.values()) == 3


def test_a_vector_does_not_depend_on_its_batch(encoder: HostedEncoder) -> None:
    together = encoder.encode(TEXTS, Role.DOCUMENT).vectors
    alone = np.concatenate([encoder.encode([text], Role.DOCUMENT).vectors for text in TEXTS[:20]])
    assert np.array_equal(together[:20], alone)


def test_several_requests_are_in_flight_and_no_more(sealed: Signature, server: Server, fake: FakeTime) -> None:
    server.faults.extend([Fault("slow", seconds=0.1)] * 10)
    encoder = HostedEncoder(sealed, server.hosted, limits=Limits(parallel=3), clock=fake.clock)
    encoder.encode(TEXTS, Role.DOCUMENT)
    assert server.busiest == 3


def test_a_request_is_bounded_by_its_length_too(
    encoder: HostedEncoder, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosted, "BUDGET", 30)
    texts = [f"word {number} " + "abcd " * 10 for number in range(6)]
    encoder.encode(texts, Role.DOCUMENT)
    assert len(server.seen) == 3


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("short", "7 vectors for 8 texts"),
        ("extra", "9 vectors for 8 texts"),
        ("nan", "NaN"),
        ("infinite", "NaN"),
        ("word", "not numeric"),
        ("nothing", "NaN"),
        ("nested", "not numeric"),
        ("wide", "shape"),
        ("narrow", "shape"),
        ("other", "structure"),
        ("null", "structure"),
        ("html", "hotel"),
        ("empty", "other than JSON"),
    ],
)
def test_a_wrong_answer_is_refused_whole(encoder: HostedEncoder, server: Server, kind: str, said: str) -> None:
    server.faults.extend([Fault("none"), Fault(kind)])
    with pytest.raises(ModelError, match=said):
        encoder.encode(TEXTS[:24], Role.DOCUMENT)


@pytest.mark.parametrize("kind", ["twice", "beyond", "nameless"])
@pytest.mark.parametrize("server", NUMBERED, indirect=True)
def test_an_answer_that_mixes_places_up_is_refused(encoder: HostedEncoder, server: Server, kind: str) -> None:
    server.faults.append(Fault(kind))
    with pytest.raises(ModelError, match="index"):
        encoder.encode(TEXTS[:8], Role.DOCUMENT)


def test_when_one_request_fails_the_others_stop(encoder: HostedEncoder, server: Server) -> None:
    server.faults.extend([Fault("status", 400), *[Fault("slow", seconds=0.05)] * 200])
    with pytest.raises(ModelError, match="HTTP 400"):
        encoder.encode([f"{number}" for number in range(1600)], Role.DOCUMENT)
    assert len(server.seen) < 20


@pytest.mark.parametrize("server", ["openai"], indirect=True)
def test_a_failure_does_not_wait_for_requests_that_wait(sealed: Signature, server: Server) -> None:
    server.faults.append(Fault("status", 429, {"Retry-After": "30"}, seconds=0.2))
    server.faults.append(Fault("status", 400, seconds=0.5))
    start = time.monotonic()
    with pytest.raises(ModelError, match="HTTP 400"):
        HostedEncoder(sealed, server.hosted).encode(TEXTS[:16], Role.DOCUMENT)
    assert time.monotonic() - start < 10


def test_the_servers_message_is_passed_on_in_every_format(encoder: HostedEncoder, server: Server) -> None:
    server.faults.append(Fault("status", 400))
    with pytest.raises(ServiceError, match=r"tiny: .*no, 400; you sent .*\*\*\*"):
        encoder.encode(["a"], Role.QUERY)
    server.faults.append(Fault("status", 401))
    with pytest.raises(ServiceError, match=VARIABLE) as caught:
        encoder.encode(["a"], Role.QUERY)
    assert KEY not in str(caught.value)


def test_a_missing_key_is_told_before_anything_is_sent(
    encoder: HostedEncoder, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(ModelError, match=VARIABLE):
        encoder.encode(["a"], Role.QUERY)
    assert server.seen == []


def test_the_key_is_nowhere_in_the_encoder_or_its_signature(encoder: HostedEncoder) -> None:
    encoder.encode(["a"], Role.QUERY)
    assert KEY not in f"{encoder!r} {vars(encoder)} {vars(encoder._client)} {encoder.signature.as_json()}"


@pytest.mark.parametrize("dim", [5, DIM])
def test_fewer_components_are_asked_for_where_the_card_says_so(
    sealed: Signature, server: Server, fake: FakeTime, dim: int
) -> None:
    encoder = HostedEncoder(replace(sealed, dim=dim), server.hosted, dimensions=True, clock=fake.clock)
    found = encoder.encode(TEXTS[:3], Role.QUERY).vectors
    assert np.abs(found - [expected(server.provider, text, Role.QUERY, dim) for text in TEXTS[:3]]).max() <= 1e-6


@pytest.mark.parametrize("server", ["openai"], indirect=True)
def test_packed_vectors_are_the_same(sealed: Signature, server: Server, fake: FakeTime) -> None:
    plain, packed = (
        HostedEncoder(sealed, server.hosted, packed=flag, clock=fake.clock).encode(TEXTS, Role.QUERY).vectors
        for flag in (False, True)
    )
    assert np.array_equal(plain, packed)


def test_vectors_keep_their_length_where_the_model_is_not_normalised(
    sealed: Signature, server: Server, fake: FakeTime
) -> None:
    encoder = HostedEncoder(replace(sealed, normalised=False), server.hosted, clock=fake.clock)
    [found] = encoder.encode(["a"], Role.QUERY).vectors
    assert np.linalg.norm(found) > 1.5


def test_a_text_without_a_word_is_not_sent(encoder: HostedEncoder, server: Server) -> None:
    encoded = encoder.encode(["", "a", " \n\t", "b"], Role.DOCUMENT)
    assert not encoded.vectors[[0, 2]].any()
    assert np.abs(encoded.vectors[[1, 3]] - wanted(server, ["a", "b"], Role.DOCUMENT)).max() <= 1e-6
    assert encoded.tokens.tolist() == encoded.seen.tolist() == [0, 1, 0, 1]
    assert encoder.encode([], Role.QUERY).vectors.shape == (0, DIM)


def test_a_text_too_long_is_cut_before_it_is_sent_and_counted(encoder: HostedEncoder, server: Server) -> None:
    room = encoder.room(Role.DOCUMENT)
    assert room == 40 - (3 if server.provider == "openai" else 0)  # two thirds of 60, less "passage: "
    texts = ["abcd " * room, "abcd " * (room + 1), "休" * 100]
    encoded = encoder.encode(texts, Role.DOCUMENT)
    assert encoded.tokens.tolist() == [len(spans) for spans in encoder.spans(texts)] == [room, room + 1, 100]
    assert encoded.seen.tolist() == [room] * 3
    sent = [text.removeprefix("passage: ") for text in server.served]
    assert sorted(sent) == sorted(["abcd " * room, ("abcd " * room).strip(), "休" * room])


def test_titles_go_before_the_texts(encoder: HostedEncoder, server: Server) -> None:
    encoded = encoder.encode(["body", "body", ""], Role.DOCUMENT, titles=["Title", "", "Only"])
    assert np.abs(encoded.vectors - wanted(server, ["Title body", "body", "Only"], Role.DOCUMENT)).max() <= 1e-6
    assert encoded.tokens.tolist() == [3, 1, 1]


@pytest.mark.parametrize("server", ["gemini"], indirect=True)
def test_gemini_has_a_field_for_titles(sealed: Signature, server: Server, fake: FakeTime) -> None:
    encoder = HostedEncoder(replace(sealed, titles="field", normalised=False), server.hosted, clock=fake.clock)
    long = "abcd " * 50
    texts, titles = ["body", "body", "", long, "body"], ["Title", "", "Only", "Title", long]
    encoded = encoder.encode(texts, Role.DOCUMENT, titles=titles)
    word = "RETRIEVAL_DOCUMENT"
    expected = [
        vector("body", word, "Title"),
        vector("body", word),
        vector("Only", word),
        vector(("abcd " * 38).strip(), word, "Title"),
        vector(("abcd " * 40).strip(), word),
    ]
    assert np.abs(encoded.vectors - expected).max() <= 1e-6
    assert encoded.tokens.tolist() == [3, 1, 1, 52, 51]
    assert encoded.seen.tolist() == [3, 1, 1, 40, 40]
    [query] = encoder.encode(["body"], Role.QUERY, titles=["Title"]).vectors
    assert np.abs(query - vector("Title body", "RETRIEVAL_QUERY")).max() <= 1e-6


@pytest.mark.parametrize("server", ["openai", "cohere"], indirect=True)
def test_a_card_that_does_not_fit_the_service_is_refused(sealed: Signature, server: Server) -> None:
    for titles in ("field", "segment"):
        with pytest.raises(ModelError, match=f"titles = {titles!r}"):
            HostedEncoder(replace(sealed, titles=titles), server.hosted)
    with pytest.raises(ModelError, match="'acme'"):
        HostedEncoder(sealed, replace(server.hosted, provider="acme"))
    with pytest.raises(InputError, match="surrogate"):
        HostedEncoder(sealed, server.hosted).encode(["\ud83c"], Role.QUERY)


@pytest.mark.parametrize("server", ["openai"], indirect=True)
def test_a_prompt_that_fills_the_model_is_refused(sealed: Signature, server: Server) -> None:
    encoder = HostedEncoder(replace(sealed, prompts={"query": "abcd " * 40}), server.hosted)
    with pytest.raises(ModelError, match="prompt"):
        encoder.encode(["a"], Role.QUERY)


@pytest.mark.parametrize("server", ["cohere"], indirect=True)
def test_a_service_that_needs_a_word_is_not_asked_without(sealed: Signature, server: Server) -> None:
    encoder = HostedEncoder(replace(sealed, prompts={"document": "search_document"}), server.hosted)
    with pytest.raises(ModelError, match="input_type"):
        encoder.encode(["a"], Role.QUERY)
    assert server.seen == []

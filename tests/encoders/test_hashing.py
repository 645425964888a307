from dataclasses import replace

import numpy as np
import pytest

from askew.encoders.hashing import HashingEncoder
from askew.encoders.signature import Signature
from askew.types import Role


@pytest.fixture
def encoder(signature: Signature) -> HashingEncoder:
    return HashingEncoder(replace(signature, architecture="hashing", dim=256, max_tokens=5))


def test_shared_words_are_near_and_others_are_not(encoder: HashingEncoder) -> None:
    a, b, c = encoder.encode(["red tents", "Red tent!", "blue kayak"], Role.DOCUMENT).vectors
    assert a @ b > 0.6 > 0.3 > a @ c
    assert np.isclose(a @ a, 1)


def test_vectors_are_the_same_on_every_machine(encoder: HashingEncoder) -> None:
    [vector] = encoder.encode(["tent"], Role.QUERY).vectors
    assert {int(i): round(float(vector[i]), 3) for i in np.flatnonzero(vector)} == {73: 0.707, 95: 0.707}


def test_it_counts_words_and_sees_as_many_as_it_may(encoder: HashingEncoder) -> None:
    encoded = encoder.encode(["one two three four five six", ""], Role.DOCUMENT)
    assert (encoded.tokens.tolist(), encoded.seen.tolist()) == ([6, 0], [5, 0])
    assert not encoded.vectors[1].any()
    assert [encoder.spans(["ab cd"])[0].tolist()] == [[[0, 2], [3, 5]]]

import numpy as np
import pytest
from helpers.patients import Make, plain_texts, spread

from askew.diagnostics.sample import K, draw, neighbours


def test_a_small_index_is_looked_at_whole_and_a_large_one_the_same_way_each_time(patient: Make) -> None:
    store = patient(plain_texts(80)).index.store
    assert len(draw(store)) == 80
    one, two = draw(store, 30), draw(store, 30)
    assert (one.keys == two.keys).all()
    assert (np.diff(one.keys) > 0).all()
    assert [f"d{key}" for key in one.keys] == one.documents
    assert one.texts[3] == plain_texts(80)[one.keys[3]]
    assert (one.vectors == store.vectors(one.keys)).all()


def test_counts_are_those_of_a_plain_computation(patient: Make) -> None:
    sample = draw(patient(plain_texts(600)).index.store)
    scores = sample.vectors @ sample.vectors.T
    np.fill_diagonal(scores, -np.inf)
    order = np.argsort(-scores, axis=1)[:, :K]
    among = neighbours(sample)
    assert (among.counts == np.bincount(order.ravel(), minlength=600)).all()
    assert among.last == pytest.approx(np.take_along_axis(scores, order, axis=1)[:, -1], abs=1e-5)
    assert among.never == pytest.approx((among.counts == 0).mean())


def test_a_hub_shows_in_the_skewness(patient: Make) -> None:
    rows = spread(300, 512, common=1.0)
    even = neighbours(draw(patient(plain_texts(300), spread(300, 512)).index.store))
    rows[7] = 0
    rows[7, 0] = 1
    hub = neighbours(draw(patient(plain_texts(300), rows).index.store))
    assert hub.counts[7] == 299
    assert hub.skewness > 5 > even.skewness

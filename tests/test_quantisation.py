import numpy as np
import pytest

from askew.errors import InputError
from askew.quantisation import Precision, RowFormat, signs_of

RNG = np.random.default_rng(1)


def vectors(count: int, dim: int) -> np.ndarray:
    return RNG.normal(size=(count, dim)).astype(np.float32)


@pytest.mark.parametrize("precision", list(Precision))
@pytest.mark.parametrize("dim", [1, 7, 8, 13, 384])
def test_a_row_has_its_width_and_depends_on_its_vector_alone(precision: Precision, dim: int) -> None:
    form, given = RowFormat(dim, precision), vectors(20, dim)
    rows = form.encode(given)
    assert (rows.shape, rows.dtype) == ((20, form.width), np.uint8)
    assert (form.encode(given[::-1])[::-1] == rows).all()
    assert (form.encode(given[3:4]) == rows[3:4]).all()
    found = form.decode(rows)
    assert (found.shape, found.dtype) == ((20, dim), np.float32)
    assert (form.decode(rows[5:9]) == found[5:9]).all()
    assert form.decode(form.encode(given[:0])).shape == (0, dim)


def test_what_a_precision_takes_of_384_dimensions() -> None:
    assert {str(one): RowFormat(384, one).width for one in Precision} == {
        "float32": 1536,
        "float16": 768,
        "int8": 388,
        "binary": 196,
    }


@pytest.mark.parametrize(("precision", "least"), [("float16", 0.9999999), ("int8", 0.9999), ("binary", 0.99)])
def test_what_is_stored_is_like_what_was_given(precision: str, least: float) -> None:
    given = vectors(200, 384)
    form = RowFormat(384, Precision(precision))
    found = form.decode(form.encode(given))
    lengths = np.linalg.norm(found, axis=1) / np.linalg.norm(given, axis=1)
    cosines = (given * found).sum(axis=1) / np.linalg.norm(found, axis=1) / np.linalg.norm(given, axis=1)
    assert cosines.mean() >= least
    assert np.abs(lengths - 1).max() < (1e-3 if precision == "float16" else 1e-6)


@pytest.mark.parametrize("precision", list(Precision))
def test_zeros_are_kept_and_tiny_and_huge_numbers_stay_finite(precision: Precision) -> None:
    form = RowFormat(4, precision)
    given = np.array([[0, 0, 0, 0], [1e-44, 0, 0, -1e-44], [3e4, -1, 2, 0.1]], np.float32)
    found = form.decode(form.encode(given))
    assert found[0].tolist() == [0, 0, 0, 0]
    assert np.isfinite(found).all()
    assert found[2, 0] == pytest.approx(3e4, rel=0.2)
    assert np.isfinite(RowFormat(2, Precision.BINARY).encode(np.array([[9e14, 1]], np.float32))).all()


def test_a_number_that_float16_does_not_have_is_refused() -> None:
    with pytest.raises(InputError, match="65,504"):
        RowFormat(2, Precision.FLOAT16).encode(np.array([[7e4, 1]], np.float32))


def test_int8_keeps_the_largest_dimension_and_rounds_the_others_to_one_of_127_steps() -> None:
    form = RowFormat(3, Precision.INT8)
    [found] = form.decode(form.encode(np.array([[127, -63.4, 0.6]], np.float32)))
    assert found == pytest.approx(
        np.array([127, -63, 1]) * np.linalg.norm([127, -63.4, 0.6]) / np.linalg.norm([127, -63, 1])
    )


def test_a_binary_row_begins_with_the_signs() -> None:
    form, given = RowFormat(13, Precision.BINARY), vectors(5, 13)
    assert (form.signs(form.encode(given)) == signs_of(given)).all()
    assert ((form.decode(form.encode(given)) < 0) == (given < 0)).all()
    assert form.signs(form.encode(given)).shape == (5, 2)

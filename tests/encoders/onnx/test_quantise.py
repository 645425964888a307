import numpy as np

from askew.encoders.onnx.quantise import OUTLIERS, Range, activation_grid, ranges, weight_grid


def test_zero_is_on_the_grid_and_the_ends_fit() -> None:
    scale, zero = activation_grid(Range(-1.0, 3.0))
    steps = np.array([-1.0, 0.0, 3.0]) / scale + int(zero)
    assert np.allclose(steps, [0, int(zero), 255], atol=0.51)
    assert activation_grid(Range(2.0, 3.0))[1] == 0


def test_weights_are_within_half_a_step_and_seven_bits() -> None:
    weight = np.random.default_rng(1).normal(size=(50, 7)).astype(np.float32)
    steps, grid = weight_grid(weight)
    assert np.abs(grid).max() == 63
    assert (np.abs(grid * steps - weight) <= steps / 2 + 1e-6).all()


def test_a_column_of_zeros_stays_zero() -> None:
    steps, grid = weight_grid(np.zeros((3, 2), np.float32))
    assert not (grid * steps).any()


def test_ranges_span_all_batches() -> None:
    batches = [{"a": np.array([[1.0], [2.0]], np.float32)}, {"a": np.array([[-3.0]], np.float32)}]
    assert ranges(batches) == {"a": Range(-3.0, 2.0)}


def test_channels_far_larger_than_all_others_stay_in_single_precision() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(64, 2 * OUTLIERS)).astype(np.float32)
    (even,) = ranges([{"a": x}]).values()
    assert even.outliers == ()
    x[:, [7, 90]] *= 40
    (found,) = ranges([{"a": x[:32]}, {"a": x[32:]}]).values()
    others = np.delete(x, [7, 90], axis=1)
    assert found.outliers == (7, 90)
    assert (found.low, found.high) == (others.min(), others.max())


def test_more_outliers_than_that_stay_on_the_grid() -> None:
    x = np.random.default_rng(2).normal(size=(64, OUTLIERS)).astype(np.float32)
    x[:, [7, 90]] *= 40
    (found,) = ranges([{"a": x}]).values()
    assert found == Range(float(x.min()), float(x.max()))

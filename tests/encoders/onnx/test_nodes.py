from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from askew.encoders.families.shape import Linear
from askew.encoders.onnx.nodes import ALIGNMENT, Nodes, inside
from askew.encoders.onnx.quantise import Range, ranges


def graph(width: int) -> Nodes:
    nodes = Nodes({})
    table = np.random.default_rng(1).normal(size=(9, width)).astype(np.float32)
    rows = nodes.node("Gather", [nodes.constant("table", table), nodes.input("ids")])
    nodes.output(nodes.node("ReduceMean", [rows, nodes.constant("axis", np.array([1]))], keepdims=0), "vectors", width)
    return nodes


def run(model: str | bytes) -> np.ndarray:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(["vectors"], {"ids": np.array([[0, 4], [8, 8]])})[0]


def test_the_saved_graph_computes_what_the_one_in_memory_does(tmp_path: Path) -> None:
    nodes = graph(500)
    model = nodes.model(inside)
    onnx.checker.check_model(model)
    assert (run(str(nodes.save(tmp_path))) == run(model.SerializeToString())).all()


def test_large_constants_lie_beside_the_graph_on_whole_pages(tmp_path: Path) -> None:
    nodes = graph(500)
    nodes.constant("other", np.ones(3000, np.float32))
    nodes.save(tmp_path)
    assert (tmp_path / "encoder.onnx").stat().st_size < 2000
    model = onnx.load(tmp_path / "encoder.onnx", load_external_data=False)
    beside = [{entry.key: entry.value for entry in tensor.external_data} for tensor in model.graph.initializer]
    assert [int(entry["offset"]) for entry in beside if entry] == [0, -(-9 * 500 * 4 // ALIGNMENT) * ALIGNMENT]


def test_a_constant_is_kept_once() -> None:
    nodes = Nodes({})
    assert nodes.constant("a", np.ones(2)) == nodes.constant("a", np.zeros(2)) == "a"
    assert nodes.constants["a"].tolist() == [1, 1]


def product(ranges: dict[str, Range], x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """x (channels,) @ weight + bias."""
    nodes = Nodes(ranges)
    rows = nodes.node("Gather", [nodes.constant("table", x[None]), nodes.input("ids")])
    both = nodes.linear(rows, Linear(weight, bias), "both")
    vectors = nodes.node("Squeeze", [both, nodes.constant("axis", np.array([1]))])
    nodes.output(vectors, "vectors", bias.size)
    session = onnxruntime.InferenceSession(nodes.model(inside).SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(["vectors"], {"ids": np.array([[0]])})[0][0]


def test_a_product_in_int8_leaves_its_outliers_exact() -> None:
    rng = np.random.default_rng(4)
    x, weight = rng.normal(size=400).astype(np.float32), rng.normal(size=(400, 9)).astype(np.float32)
    x[[3, 200]] *= 300
    bias = rng.normal(size=9).astype(np.float32)
    exact = x @ weight + bias
    assert np.allclose(product({}, x, weight, bias), exact, rtol=1e-5, atol=1e-3)
    (split,) = ranges([{"both": x[None]}]).values()
    whole = Range(float(x.min()), float(x.max()))
    apart, together = (np.abs(product({"both": of}, x, weight, bias) - exact).max() for of in (split, whole))
    assert split.outliers == (3, 200)
    assert apart < 1 < together

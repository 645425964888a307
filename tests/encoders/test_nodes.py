from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from askew.encoders.nodes import ALIGNMENT, Nodes, inside


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

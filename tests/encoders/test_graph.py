from dataclasses import replace
from pathlib import Path

import onnx
import pytest

from askew.encoders.families import read
from askew.encoders.graph import build
from askew.encoders.quantise import Range
from askew.errors import ModelError


def test_the_graph_is_valid_onnx_apart_from_the_operators_of_the_runtime(tiny: Path) -> None:
    model = build(read("bert", tiny), "mean", True)
    onnx.checker.check_model(model)
    assert [output.name for output in model.graph.output] == ["vectors"]


def test_only_places_with_a_range_run_in_int8(tiny: Path) -> None:
    model = build(read("bert", tiny), "mean", True, {"layer.0.up": Range(-1, 1)})
    assert [node.op_type for node in model.graph.node].count("MatMulIntegerToFloat") == 1


def test_a_watching_graph_shows_what_enters_each_product(tiny: Path) -> None:
    model = build(read("bert", tiny), "mean", True, watch=True)
    names = {output.name for output in model.graph.output}
    assert names == {
        "vectors",
        *(f"layer.{i}.{p}" for i in (0, 1) for p in ("attention", "output", "up", "down")),
    }


def test_what_has_no_fast_path_is_refused_by_name(tiny: Path) -> None:
    with pytest.raises(ModelError, match="pooling 'max'"):
        build(read("bert", tiny), "max", True)
    with pytest.raises(ModelError, match="activation 'swish'"):
        build(replace(read("bert", tiny), activation="swish"), "mean", True)

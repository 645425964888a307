from dataclasses import replace
from pathlib import Path

import onnx
import pytest
from helpers import tiny_families

from askew.encoders.families import read
from askew.encoders.families.layouts import LAYOUTS
from askew.encoders.onnx.graph import PACKED, POOLINGS, build
from askew.encoders.onnx.nodes import inside
from askew.encoders.onnx.quantise import Range
from askew.errors import ModelError


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("architecture", LAYOUTS)
def test_the_graph_is_valid_onnx_apart_from_the_operators_of_the_runtime(
    architecture: str, pooling: str, tmp_path: Path
) -> None:
    model = build(read(architecture, tiny_families.save(architecture, tmp_path), 16), pooling, True).model(inside)
    onnx.checker.check_model(model)
    assert [output.name for output in model.graph.output] == ["vectors"]
    assert [given.name for given in model.graph.input] == ["ids"]


def test_types_are_an_input_only_where_the_family_tells_the_texts_of_a_pair_apart(tmp_path: Path) -> None:
    wanted = {
        name: build(read(name, tiny_families.save(name, tmp_path / name), 16), "cls", False, pairs=True).inputs
        for name in ("bert", "mpnet", "distilbert")
    }
    assert wanted == {"bert": ["ids", "types"], "mpnet": ["ids"], "distilbert": ["ids"]}


def test_only_places_with_a_range_run_in_int8(tiny: Path) -> None:
    graph = build(read("bert", tiny, 16), "mean", True, ranges={"layer.0.up": Range(-1, 1)})
    assert [node.op_type for node in graph.nodes].count("MatMulIntegerToFloat") == 1


def test_what_enters_each_product_is_known_by_its_place(tiny: Path) -> None:
    graph = build(read("bert", tiny, 16), "mean", True)
    assert set(graph.places) == {f"layer.{i}.{p}" for i in (0, 1) for p in ("attention", "output", "up", "down")}


def test_what_has_no_fast_path_is_refused_by_name(tiny: Path) -> None:
    transformer = read("bert", tiny, 16)
    with pytest.raises(ModelError, match="pooling 'weighted'"):
        build(transformer, "weighted", True)
    with pytest.raises(ModelError, match="activation 'mish'"):
        build(replace(transformer, activation="mish"), "mean", True)


def test_texts_of_any_lengths_are_read_together_in_as_many_products_as_one_text(tmp_path: Path) -> None:
    transformer = read("bert", tiny_families.save("bert", tmp_path), 16)
    alone, packed = (build(transformer, "cls", False, packed=choice) for choice in (False, True))
    onnx.checker.check_model(packed.model(inside))
    products = [[node.op_type for node in graph.nodes].count("MatMul") for graph in (alone, packed)]
    assert products[0] == products[1]
    assert {given.name for given in packed.model(inside).graph.input} == {"ids", *PACKED}

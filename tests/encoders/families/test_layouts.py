from pathlib import Path

import pytest
from helpers import tiny_families

from askew.encoders.families import read
from askew.encoders.families.layouts import LAYOUTS
from askew.encoders.onnx.graph import ACTIVATIONS


@pytest.mark.parametrize(("architecture", "prefix"), [(a, i) for a in LAYOUTS for i in range(len(LAYOUTS[a].prefixes))])
def test_tensors_are_found_behind_each_prefix_of_the_family(architecture: str, prefix: int, tmp_path: Path) -> None:
    transformer = read(architecture, tiny_families.save(architecture, tmp_path, prefix=prefix), 16)
    assert len(transformer.layers) == tiny_families.DEPTH
    assert transformer.positions.shape == (16, tiny_families.WIDTH)


def test_classifiers_use_activations_that_the_graph_knows() -> None:
    between = {layer[1] for layout in LAYOUTS.values() for layer in layout.classifier[:-1]}
    assert between <= set(ACTIVATIONS)

"""ONNX builder: collects nodes and constants, and saves large constants as external data that can be mapped."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from askew.encoders.families.shape import Linear, Norm
from askew.encoders.onnx.quantise import Range, activation_grid, weight_grid

MICROSOFT = "com.microsoft"
OPSETS = {"": 20, MICROSOFT: 1}
GRAPH, WEIGHTS = "encoder.onnx", "weights.bin"
INLINE = 1024  # bytes; smaller constants stay in the graph
ALIGNMENT = 4096  # bytes, a page

Array = NDArray[np.generic]


@dataclass
class Nodes:
    """Graph under construction. `places` maps the name of each product to its input tensor."""

    ranges: Mapping[str, Range]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    packing: dict[str, tuple[int, list[str | int]]] = field(default_factory=dict)
    """Type and shape of the inputs that say where the texts of a packed batch are; empty for a graph without any."""
    outputs: dict[str, list[str | int] | None] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    shared: dict[tuple[str, ...], str] = field(default_factory=dict)

    def input(self, name: str) -> str:
        """Declare an input with one integer per token."""
        self.inputs.append(name)
        return name

    def number(self, name: str) -> str:
        """Declare an input (1,): one number for all texts."""
        if name not in self.whole:
            self.whole.append(name)
        return name

    def output(self, tensor: str, name: str, width: int, *axes: str) -> None:
        """Declare an output (texts, axes…, width); width: 0 for one of any shape."""
        self.nodes.append(helper.make_node("Identity", [tensor], [name], name))
        self.outputs[name] = ["texts", *axes, width] if width else None

    def node(self, operator: str, inputs: Sequence[str], domain: str = "", **attributes: object) -> str:
        return self.first(operator, inputs, 1, domain, attributes)

    def first(
        self, operator: str, inputs: Sequence[str], outputs: int, domain: str, attributes: Mapping[str, object]
    ) -> str:
        """Add a node with so many outputs, and return the first of them."""
        name = f"{operator}.{len(self.nodes)}"
        names = [name, *(f"{name}.{number}" for number in range(1, outputs))]
        self.nodes.append(helper.make_node(operator, inputs, names, name, domain=domain, **attributes))
        return name

    def once(self, operator: str, inputs: Sequence[str], **attributes: object) -> str:
        """Add a node, or return the one that already has these inputs."""
        key = (operator, *inputs, repr(attributes))
        if key not in self.shared:
            self.shared[key] = self.node(operator, inputs, "", **attributes)
        return self.shared[key]

    def constant(self, name: str, value: Array) -> str:
        if name not in self.constants:
            self.constants[name] = np.asarray(value, order="C")
        return name

    def norm(self, x: str, norm: Norm, name: str) -> str:
        """Normalise x (…, channels); a norm without a scale leaves it as it is."""
        if not norm.scale.size:
            return x
        scale = self.constant(name + ".scale", norm.scale)
        if not norm.centred:
            return self.node("SimplifiedLayerNormalization", [x, scale], axis=-1, epsilon=norm.epsilon)
        bias = self.constant(name + ".bias", norm.bias)
        return self.node("LayerNormalization", [x, scale, bias], epsilon=norm.epsilon)

    def linear(self, x: str, linear: Linear, name: str, place: str = "") -> str:
        """Add x @ weight + bias; `place`: where x is, if several layers read it."""
        bias = self.constant(name + ".bias", linear.bias) if linear.bias.size else ""
        return self.product(x, linear.weight, name, place or name, bias)

    def product(self, x: str, weight: NDArray[np.float32], name: str, place: str, bias: str = "") -> str:
        """Add x @ weight, plus a bias (outputs,); in int8 if the range of x at this place is known."""
        self.places[place] = x
        if place not in self.ranges:
            found = self.node("MatMul", [x, self.constant(name + ".weight", weight)])
            return self.node("Add", [found, bias]) if bias else found
        outliers = list(self.ranges[place].outliers)
        if not outliers:
            return self._quantised(x, weight, name, place, bias)
        quantised, exact = weight.copy(), weight[outliers]
        quantised[outliers] = 0
        columns = self.constant(place + ".outliers", np.array(outliers))
        large = self.once("Gather", [x, columns], axis=2)
        added = self.node("MatMul", [large, self.constant(name + ".exact", exact)])
        return self.node("Add", [self._quantised(x, quantised, name, place, bias), added])

    def _quantised(self, x: str, weight: NDArray[np.float32], name: str, place: str, bias: str) -> str:
        scale, zero = activation_grid(self.ranges[place])
        steps, grid = weight_grid(weight)
        scales = [self.constant(place + ".scale", scale), self.constant(name + ".steps", steps)]
        zeros = self.constant(place + ".zero", zero)
        rounded = self.once("QuantizeLinear", [x, scales[0], zeros])
        inputs = [rounded, self.constant(name + ".weight", grid), *scales, zeros, *(["", bias] if bias else [])]
        return self.node("MatMulIntegerToFloat", inputs, MICROSOFT)

    def model(self, tensor: Callable[[str, Array], TensorProto]) -> onnx.ModelProto:
        """Return the model; `tensor` serialises each constant."""
        constants = [tensor(name, value) for name, value in self.constants.items()]
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"]) for name in self.inputs]
        inputs += [helper.make_tensor_value_info(name, TensorProto.INT64, [1]) for name in self.whole]
        inputs += [helper.make_tensor_value_info(name, *facts) for name, facts in self.packing.items()]
        outputs = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in self.outputs.items()
        ]
        graph = helper.make_graph(self.nodes, "encoder", inputs, outputs, constants)
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9, producer_name="askew")

    def save(self, folder: Path) -> Path:
        """Write the graph and its weights as two files, and return the path of the graph."""
        with (folder / WEIGHTS).open("wb") as file:
            model = self.model(partial(_beside, file))
        (folder / GRAPH).write_bytes(model.SerializeToString())
        return folder / GRAPH


def inside(name: str, value: Array) -> TensorProto:
    return numpy_helper.from_array(value, name)


def _beside(file: BinaryIO, name: str, value: Array) -> TensorProto:
    """Write a constant as external data, straight from numpy: no copy, and no protobuf message above 2 GB."""
    if value.nbytes < INLINE:
        return inside(name, value)
    file.write(bytes(-file.tell() % ALIGNMENT))
    kind = helper.np_dtype_to_tensor_dtype(value.dtype)
    tensor = TensorProto(name=name, data_type=kind, dims=value.shape, data_location=TensorProto.EXTERNAL)
    for key, entry in {"location": WEIGHTS, "offset": file.tell(), "length": value.nbytes}.items():
        tensor.external_data.add(key=key, value=str(entry))
    file.write(value.data)
    return tensor

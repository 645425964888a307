"""ONNX graph of late interaction: a transformer with the projection of each token's vector, scaled to length one."""

from collections.abc import Sequence
from pathlib import Path

from askew.encoders.families import WEIGHTS, read, steps
from askew.encoders.families.shape import Dense
from askew.encoders.families.tensors import Tensors
from askew.encoders.onnx.calibration import calibrate
from askew.encoders.onnx.graph import ATTENDED, activate, hidden
from askew.encoders.onnx.nodes import Nodes
from askew.encoders.tokens import Tokens
from askew.errors import ModelError
from askew.models.card import Module

PROJECTION = "linear"
"""Name of the projection that the original ColBERT keeps among the transformer's weights."""


def graph(
    architecture: str,
    folder: Path,
    root: str,
    longest: int,
    fewer: bool,
    modules: Sequence[Module],
    tokens: Tokens | None,
) -> Nodes:
    """Build the graph from ids (texts, tokens) int64 to vectors (texts, tokens, dim) float32 of length one.

    folder: has the modules' folders, and in `root` config.json and model.safetensors. fewer: whether tokens attend only
    to as many at the start as an input says. tokens: for int8, which is calibrated with them; None for fp32.
    """
    transformer = read(architecture, folder / root, longest)
    if transformer.causal and fewer:
        raise ModelError(
            f"The model in {folder} expands queries by tokens that the others do not attend to, which is unsupported "
            "for attention that only looks back."
        )
    nodes = Nodes(calibrate(transformer, tokens) if tokens else {})
    if fewer:
        nodes.number(ATTENDED)
    x, width = hidden(nodes, transformer), transformer.words.shape[1]
    for number, layer in enumerate(_projections(folder, root, modules, width)):
        x = activate(nodes, nodes.linear(x, layer.linear, f"projection.{number}"), layer.activation)
        width = layer.linear.weight.shape[1]
    nodes.output(nodes.node("LpNormalization", [x], axis=-1, p=2), "vectors", width, "tokens")
    return nodes


def _projections(folder: Path, root: str, modules: Sequence[Module], width: int) -> list[Dense]:
    """Return the layers that project a token's vector: those of the modules, or the one beside the transformer."""
    if modules:
        found = [step for step in steps(modules, folder, width) if isinstance(step, Dense)]
        if len(found) != len(modules):
            raise ModelError(f"{folder}: only dense layers project token vectors.")
        return found
    tensors = Tensors.open(folder / root / WEIGHTS)
    return [tensors.dense(PROJECTION, width, "identity")] if tensors.has(f"{PROJECTION}.weight") else []

"""Where the ranges of int8 come from: texts of many kinds, ours and fixed, so that everyone's vectors agree."""

from collections.abc import Mapping
from importlib import resources

import onnx

from askew.encoders.families import Transformer
from askew.encoders.graph import build
from askew.encoders.quantise import Range, ranges
from askew.encoders.tokens import Tokens


def calibrate(transformer: Transformer, tokens: Tokens) -> Mapping[str, Range]:
    """Runs the fp32 graph over the texts, each alone and all of them joined, and notes what enters each product."""
    import onnxruntime

    watching = build(transformer, pooling="mean", normalised=False, watch=True)
    session = onnxruntime.InferenceSession(_bytes(watching), providers=["CPUExecutionProvider"])
    places = [output.name for output in session.get_outputs() if output.name != "vectors"]
    lines = resources.files("askew.encoders").joinpath("calibration.txt").read_text("utf-8").splitlines()
    texts = [*lines, " ".join(lines), " ".join(reversed(lines))]
    return ranges(
        dict(zip(places, session.run(places, {"ids": ids[None]}), strict=True)) for ids in tokens.tokenise(texts).ids
    )


def _bytes(model: onnx.ModelProto) -> bytes:
    return model.SerializeToString()  # type: ignore[no-any-return]  # onnx is untyped here

"""Calibration of int8 ranges on a fixed set of varied texts, so that every installation gets the same vectors."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from askew.encoders.families.shape import Array, Transformer
from askew.encoders.onnx.graph import build
from askew.encoders.onnx.quantise import Range, ranges
from askew.encoders.texts import varied
from askew.encoders.tokens import Tokenised, Tokens


def calibrate(transformer: Transformer, tokens: Tokens, pairs: bool = False) -> Mapping[str, Range]:
    """Run the fp32 graph over the texts, each alone and all joined, and record the input range of every product.

    With `pairs`, each text is also run as the second of a pair, after the text that precedes it.
    """
    lines = varied()
    texts = [*lines, " ".join(lines), " ".join(reversed(lines))]
    shown = [tokens.titled(texts, ["", *texts[:-1]]), tokens.titled(texts, [""] * len(texts))]
    graph = build(transformer, pooling="mean", normalised=False, pairs=pairs)
    for place, tensor in graph.places.items():
        graph.output(tensor, place, 0)
    with tempfile.TemporaryDirectory(prefix="askew-") as folder:
        windows = shown if pairs else shown[1:]
        return ranges(_watch(graph.save(Path(folder)), list(graph.places), windows))


def _watch(graph: Path, places: Sequence[str], windows: Sequence[Tokenised]) -> Iterator[Mapping[str, Array]]:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    wanted = [given.name for given in session.get_inputs()]
    for window in windows:
        for ids, types in zip(window.ids, window.types, strict=True):
            inputs = {"ids": ids[None], "types": types[None]}
            yield dict(zip(places, session.run(places, {name: inputs[name] for name in wanted}), strict=True))

"""A model's graph, compiled once: kept in the cache under the fingerprint, whole or not at all."""

import shutil
import tempfile
from pathlib import Path

from askew import paths
from askew.encoders.signature import Signature
from askew.encoders.tokens import Tokens

GRAPH = "encoder.onnx"


def compiled(signature: Signature, folder: Path, tokens: Tokens) -> Path:
    """The graph of this signature, made from the weights in `folder` if the cache does not hold it yet."""
    home = paths.cache() / "compiled" / signature.fingerprint[:16]
    if not (home / GRAPH).exists():
        _compile(signature, folder, tokens, home)
    return home / GRAPH


def forget(signature: Signature) -> None:
    """Drops a compiled graph, so that it is made anew."""
    shutil.rmtree(paths.cache() / "compiled" / signature.fingerprint[:16], ignore_errors=True)


def _compile(signature: Signature, folder: Path, tokens: Tokens, home: Path) -> None:
    # Only here: a search with a compiled graph needs none of it, and onnx alone takes 30 ms to import.
    import onnx

    from askew.encoders.calibration import calibrate
    from askew.encoders.families import read
    from askew.encoders.graph import build

    transformer = read(signature.architecture, folder)
    ranges = calibrate(transformer, tokens) if signature.precision == "int8" else None
    model = build(transformer, signature.pooling, signature.normalised, ranges)
    home.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=home.parent))
    try:
        # The weights lie beside the graph, so that ONNX Runtime maps them instead of reading 90 MB at each start.
        onnx.save_model(model, staging / GRAPH, save_as_external_data=True, location="weights.bin", size_threshold=1024)
        try:
            staging.rename(home)
        except OSError:
            if not (home / GRAPH).exists():
                raise
    finally:
        if staging.exists():
            shutil.rmtree(staging, ignore_errors=True)

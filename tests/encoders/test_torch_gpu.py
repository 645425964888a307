"""What holds on the processor holds on a GPU, where there is one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sentence_transformers", reason="needs PyTorch: pip install 'askew[torch]'")

import torch
from helpers import torch_models

from askew.encoders.signature import Signature
from askew.encoders.torch import TorchEncoder
from askew.types import Role

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
FAMILIES = list(torch_models.FAMILIES)


def encoders(name: str, signature: Signature, folder: Path) -> tuple[TorchEncoder, TorchEncoder]:
    """The same model where it runs by itself, which is the GPU, and on the processor."""
    pooling = {"lasttoken": "last_token"}.get(torch_models.POOLINGS.get(name, ""), "mean")
    architecture = "instructor" if name == "t5" else "sentence-transformers"
    sealed = replace(
        signature, architecture=architecture, pooling=pooling, normalised=True, prompts={"query": "how long: "}
    )
    home = torch_models.FAMILIES[name](folder)
    return TorchEncoder(sealed, home), TorchEncoder(sealed, home, device="cpu")


@pytest.mark.parametrize("name", FAMILIES)
def test_vectors_are_those_of_the_processor_and_do_not_depend_on_the_batch(
    name: str, signature: Signature, tmp_path: Path
) -> None:
    there, here = encoders(name, signature, tmp_path)
    rng = np.random.default_rng(5)
    texts = [" ".join(rng.choice(["cat", "dog", "mat", "not"], size=n)) for n in rng.integers(1, 12, 400)]
    for role in Role:
        together = there.encode(texts, role).vectors
        assert there._open().device.type == "cuda"
        assert np.abs(together - here.encode(texts, role).vectors).max() <= 1e-5
        alone = np.concatenate([there.encode([text], role).vectors for text in texts[:20]])
        assert (together[:20] * alone).sum(axis=1).min() >= 1 - 1e-6

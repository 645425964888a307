"""Instructor and ModernBERT where PyTorch cannot be imported: folders as the hub has them, in another process."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sentence_transformers", reason="the reference libraries are not here")
pytestmark = pytest.mark.filterwarnings("ignore")  # theirs

import torch  # noqa: E402  # needs PyTorch
from helpers import torch_models  # noqa: E402
from sentence_transformers.sentence_transformer import modules  # noqa: E402

from askew.models import cards  # noqa: E402

TEXTS = ["the cat", "How do I reset my password?", "", "the dog sat on the mat " * 20]
PROMPT = "how long can i "
CARD = """
name = "tiny"
summary = "s"
architecture = "{architecture}"
pooling = "mean"
normalised = true
similarity = "cosine"
dim = 24
dense = "identity"
max_tokens = 16
languages = ["en"]
licence = "none"
commercial = true
size_mb = 1
trained = "both"
tasks = ["question-answering"]
verified = false
checked = "no"
folder = "{folder}"
[files]
{files}
[prompts.question-answering]
query = "{prompt}"
"""
BLOCKED = """
import json, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "sentence_transformers"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Blocked())
from pathlib import Path
from askew.encoders.loading import load
from askew.models import cards
from askew.types import Role
card, texts = cards.load(Path(sys.argv[1])), json.loads(sys.argv[2])
encoder = load(card, "question-answering")
print(json.dumps([encoder.encode(texts, role).vectors.tolist() for role in (Role.QUERY, Role.DOCUMENT)]))
assert "torch" not in sys.modules
"""


def pickled(folder: Path) -> None:
    """Put PyTorch's own file of weights in the place of every other."""
    from safetensors.torch import load_file

    for file in folder.rglob("model.safetensors"):
        torch.save(load_file(file), file.with_name("pytorch_model.bin"))
        file.unlink()


@pytest.mark.parametrize(
    ("architecture", "make", "old"),
    [
        ("instructor", torch_models.t5, True),
        ("instructor", torch_models.t5, False),
        ("modernbert", torch_models.modernbert, False),
    ],
)
def test_vectors_are_the_reference_librarys_without_it(
    architecture: str, make: Callable[[Path], Path], old: bool, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    make(folder)
    after = (torch_models.dense(folder, torch.nn.Identity()), modules.Normalize())
    reference = torch_models.reference(folder, included=architecture != "instructor", after=after)
    expected = [reference.encode(TEXTS, prompt=prompt) for prompt in (PROMPT, "")]
    if old:
        pickled(folder)
    names = [str(file.relative_to(folder)) for file in sorted(folder.rglob("*")) if file.is_file()]
    card = tmp_path / "card.toml"
    listed = "\n".join(f'"{name}" = ""' for name in names)
    card.write_text(CARD.format(architecture=architecture, folder=folder, files=listed, prompt=PROMPT))
    assert cards.load(card).dim == 24
    environment = os.environ | {"ASKEW_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-c", BLOCKED, str(card), json.dumps(TEXTS)]
    made = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert made.returncode == 0, made.stderr
    for found, wanted in zip(json.loads(made.stdout), expected, strict=True):
        assert np.abs(np.array(found) - wanted).max() <= 1e-5

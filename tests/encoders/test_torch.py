import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sentence_transformers", reason="needs PyTorch: pip install 'askew[torch]'")

import torch
from helpers import torch_models
from sentence_transformers.sentence_transformer import modules

from askew.encoders import torch as adapter
from askew.encoders.signature import Signature
from askew.encoders.torch import TorchEncoder
from askew.errors import InputError, ModelError
from askew.progress import Progress
from askew.types import Role

TEXTS = [
    "the cat sat on the mat",
    "how long can i stay home with the baby",
    "",
    "🎉 ünïcode",
    "cat",
    "the dog " * 40,
    "is not 4 weeks",
    "cat",
]
PROMPT = "how long: "
FAMILIES = list(torch_models.FAMILIES)
OURS = {"lasttoken": "last_token"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: make(tmp_path_factory.mktemp(name)) for name, make in torch_models.FAMILIES.items()}


@pytest.fixture
def sealed(signature: Signature) -> Signature:
    return replace(signature, architecture="sentence-transformers", normalised=False, prompts={"query": PROMPT})


def of(name: str, sealed: Signature) -> Signature:
    pooling = torch_models.POOLINGS.get(name, "mean")
    architecture = "instructor" if name == "t5" else "sentence-transformers"
    return replace(sealed, architecture=architecture, pooling=OURS.get(pooling, pooling))


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("role", list(Role))
def test_vectors_are_those_of_sentence_transformers(
    folders: dict[str, Path], sealed: Signature, name: str, role: Role
) -> None:
    encoder = TorchEncoder(of(name, sealed), folders[name], device="cpu")
    pooling = torch_models.POOLINGS.get(name, "mean")
    reference = torch_models.reference(folders[name], pooling, included=name != "t5")
    prompt = encoder.signature.prompts.get(role, "")
    expected = reference.encode(TEXTS, prompt=prompt)
    assert np.abs(encoder.encode(TEXTS, role).vectors - expected).max() <= 1e-5


@pytest.mark.parametrize("name", FAMILIES)
def test_the_encoders_promises(folders: dict[str, Path], sealed: Signature, name: str) -> None:
    encoder = TorchEncoder(of(name, sealed), folders[name], device="cpu")
    told: list[Progress] = []
    encoded = encoder.encode(TEXTS, Role.DOCUMENT, told.append)
    assert encoded.tokens.tolist() == [len(spans) for spans in encoder.spans(TEXTS)]
    assert encoded.seen.tolist() == np.minimum(encoded.tokens, encoder.room(Role.DOCUMENT)).tolist()
    assert encoded.tokens[5] >= 80 > encoded.seen[5]
    assert encoder.room(Role.QUERY) < encoder.room(Role.DOCUMENT) < 16
    assert np.array_equal(encoded.vectors[4], encoded.vectors[7])
    assert (told[-1].done, told[-1].total) == (7, 7)
    fitting = "the dog " * 40
    fitting = fitting[: encoder.spans([fitting])[0][encoder.room(Role.DOCUMENT) - 1, 1]]
    once = encoder.encode([fitting], Role.DOCUMENT)
    assert once.tokens[0] == once.seen[0] == encoder.room(Role.DOCUMENT)
    assert encoder.encode([], Role.QUERY).vectors.shape == (0, 32)
    assert encoder.spans([]) == []


@pytest.mark.parametrize("name", FAMILIES)
def test_a_vector_does_not_depend_on_its_batch(folders: dict[str, Path], sealed: Signature, name: str) -> None:
    encoder = TorchEncoder(replace(of(name, sealed), normalised=True), folders[name], device="cpu")
    rng = np.random.default_rng(5)
    texts = [" ".join(rng.choice(["cat", "dog", "mat", "not"], size=n)) for n in rng.integers(1, 12, 90)]
    together = encoder.encode(texts, Role.QUERY).vectors
    alone = np.concatenate([encoder.encode([text], Role.QUERY).vectors for text in texts[:20]])
    assert (together[:20] * alone).sum(axis=1).min() >= 1 - 1e-6


def test_instructors_prompt_is_read_and_left_out_of_the_pooling(folders: dict[str, Path], sealed: Signature) -> None:
    """By hand: the mean of the last layer over the tokens behind the prompt."""
    encoder = TorchEncoder(of("t5", sealed), folders["t5"], device="cpu")
    [found] = encoder.encode(["the cat"], Role.QUERY).vectors
    model = encoder._open()
    lead = len(model.tokenizer(PROMPT, add_special_tokens=False)["input_ids"])
    ids = model.tokenizer(PROMPT + "the cat", return_tensors="pt")
    with torch.no_grad():
        states = model[0].model(**ids).last_hidden_state[0]
    assert np.abs(found - states[lead:].mean(0).numpy()).max() <= 1e-5
    assert np.abs(found - states.mean(0).numpy()).max() > 1e-3  # pooled with the prompt it is another vector
    assert np.abs(found - encoder.encode(["the cat"], Role.DOCUMENT).vectors[0]).max() > 1e-3  # yet it was read


def test_other_models_pool_their_prompt(folders: dict[str, Path], sealed: Signature) -> None:
    encoder = TorchEncoder(of("bert", sealed), folders["bert"], device="cpu")
    plain = TorchEncoder(replace(sealed, prompts={}), folders["bert"], device="cpu")
    prompted = encoder.encode(["the cat"], Role.QUERY).vectors
    assert np.abs(prompted - plain.encode([PROMPT + "the cat"], Role.QUERY).vectors).max() <= 1e-6


def test_instructor_whole_as_the_hub_has_it(folders: dict[str, Path], sealed: Signature, tmp_path: Path) -> None:
    """Its modules.json does not say that the prompt is left out of the pooling; the card's architecture does."""
    layer = torch_models.dense(tmp_path, torch.nn.Identity(), outputs=24)
    after = (layer, modules.Normalize())
    home = torch_models.complete(folders["t5"], tmp_path / "whole", after=after)
    facts = replace(of("t5", sealed), dense="identity", normalised=True, dim=24)
    encoder = TorchEncoder(facts, home, device="cpu")
    reference = torch_models.reference(folders["t5"], included=False, after=after)
    pooled = torch_models.reference(folders["t5"], included=True, after=after)
    for role, prompt in ((Role.QUERY, PROMPT), (Role.DOCUMENT, "")):
        found = encoder.encode(TEXTS, role).vectors
        assert np.abs(found - reference.encode(TEXTS, prompt=prompt)).max() <= 1e-5
    assert np.abs(encoder.encode(TEXTS, Role.QUERY).vectors - pooled.encode(TEXTS, prompt=PROMPT)).max() > 1e-3


def test_instructor_from_its_parts(folders: dict[str, Path], sealed: Signature, tmp_path: Path) -> None:
    for file in folders["t5"].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    layer = torch_models.dense(tmp_path, torch.nn.Identity(), outputs=24)
    facts = replace(of("t5", sealed), dense="identity", normalised=True, dim=24)
    reference = torch_models.reference(tmp_path, included=False, after=(layer, modules.Normalize()))
    found = TorchEncoder(facts, tmp_path, device="cpu").encode(TEXTS, Role.QUERY).vectors
    assert np.abs(found - reference.encode(TEXTS, prompt=PROMPT)).max() <= 1e-5
    with pytest.raises(ModelError, match=r"dense.*'identity'.*'tanh'"):
        TorchEncoder(replace(facts, dense="tanh"), tmp_path, device="cpu").encode(["cat"], Role.QUERY)


def test_a_prompt_of_the_folder_is_not_taken(folders: dict[str, Path], sealed: Signature, tmp_path: Path) -> None:
    home = torch_models.complete(folders["bert"], tmp_path)
    found = TorchEncoder(sealed, home, device="cpu").encode(TEXTS, Role.DOCUMENT).vectors
    assert np.abs(found - torch_models.reference(folders["bert"]).encode(TEXTS)).max() <= 1e-5


def test_titles_go_before_the_text(folders: dict[str, Path], sealed: Signature) -> None:
    encoder = TorchEncoder(sealed, folders["bert"], device="cpu")
    titled = encoder.encode(["sat on", "sat on", ""], Role.DOCUMENT, titles=["the cat", "", "the cat"]).vectors
    plain = encoder.encode(["the cat sat on", "sat on", "the cat"], Role.DOCUMENT).vectors
    assert np.abs(titled - plain).max() <= 1e-6


def test_small_batches_give_the_same(
    folders: dict[str, Path], sealed: Signature, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = TorchEncoder(sealed, folders["bert"], device="cpu")
    whole = encoder.encode(TEXTS, Role.DOCUMENT).vectors
    monkeypatch.setitem(adapter.BUDGETS, "cpu", 10)
    assert np.abs(encoder.encode(TEXTS, Role.DOCUMENT).vectors - whole).max() <= 1e-5


def test_bf16_stays_near_fp32_and_is_not_it(folders: dict[str, Path], sealed: Signature) -> None:
    facts = replace(sealed, normalised=True)
    fp32, bf16 = (
        TorchEncoder(replace(facts, precision=precision), folders["bert"], device="cpu").encode(TEXTS, Role.QUERY)
        for precision in ("fp32", "bf16")
    )
    assert (fp32.vectors * bf16.vectors).sum(axis=1).min() > 0.99
    assert np.abs(fp32.vectors - bf16.vectors).max() > 1e-4
    assert bf16.vectors.dtype == np.float32


def test_the_promise_of_the_card_is_checked(folders: dict[str, Path], sealed: Signature) -> None:
    right = TorchEncoder(sealed, folders["bert"], device="cpu").encode(["the cat"], Role.DOCUMENT).vectors[0, :8]
    TorchEncoder(sealed, folders["bert"], [("the cat", right.tolist())], "cpu").encode(["dog"], Role.QUERY)
    wrong = TorchEncoder(sealed, folders["bert"], [("the cat", (right + 0.01).tolist())], "cpu")
    for _ in range(2):
        with pytest.raises(ModelError, match="models check"):
            wrong.encode(["dog"], Role.QUERY)


def test_what_does_not_fit_is_a_clear_error(folders: dict[str, Path], sealed: Signature) -> None:
    def ask(text: str = "cat", **facts: object) -> None:
        TorchEncoder(replace(sealed, **facts), folders["bert"], device="cpu").encode([text], Role.QUERY)  # type: ignore[arg-type]

    with pytest.raises(ModelError, match=r"\b32\b.*\b7\b"):
        ask(dim=7)
    with pytest.raises(ModelError, match="prompt has 48 tokens"):
        ask(prompts={"query": "cat " * 16})
    with pytest.raises(InputError, match="surrogate"):
        ask("\ud83c")
    with pytest.raises(ModelError, match=sealed.model):
        ask("cat " * 500, max_tokens=200)  # the model has 64 positions


OFFLINE = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname"):
        sys.stderr.write(f"NETWORK {event} {arguments!r}\\n")
        raise PermissionError(f"the network is forbidden: {event}")

sys.addaudithook(refuse)
from pathlib import Path
from askew.encoders.signature import Signature
from askew.encoders.torch import TorchEncoder
from askew.types import Role
for folder in sys.argv[1:]:
    facts = Signature.from_json(__import__("json").loads(Path(folder, "signature.json").read_text()))
    print(TorchEncoder(facts, Path(folder), device="cpu").encode(["the cat"], Role.QUERY).vectors.shape)
"""


def test_loading_and_encoding_need_no_network(folders: dict[str, Path], sealed: Signature, tmp_path: Path) -> None:
    import json

    whole = torch_models.complete(folders["bert"], tmp_path)
    (whole / "signature.json").write_text(json.dumps(sealed.as_json()))
    for name in FAMILIES:
        (folders[name] / "signature.json").write_text(json.dumps(of(name, sealed).as_json()))
    paths = [str(whole), *(str(folders[name]) for name in FAMILIES)]
    own = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    run = subprocess.run([sys.executable, "-c", OFFLINE, *paths], capture_output=True, text=True, env=own)
    assert run.returncode == 0, run.stderr
    assert run.stdout == "(1, 32)\n" * len(paths)
    assert "NETWORK" not in run.stderr
    assert "Loading weights" not in run.stderr

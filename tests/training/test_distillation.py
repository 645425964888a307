"""Query towers distilled from a tiny document encoder."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers import torch_models
from helpers.encoder_pairs import document_encoder, saved, texts
from helpers.tiny_families import save
from safetensors.numpy import load_file, save_file

from askew.encoders.loading import load
from askew.encoders.pairing import make_pair
from askew.errors import ContractError, InputError, ModelError
from askew.models import cards, own
from askew.progress import Progress
from askew.training.runs import place
from askew.types import Role

pytest.importorskip("sentence_transformers")
pytest.importorskip("accelerate")

from askew.training.batches import by_length
from askew.training.distillation import DistilledQueries, distil_queries
from askew.training.query_tower import STACKED, regression, tower
from askew.training.recipes import Schedule
from askew.training.trainer import check_device, word_rates

WEIGHTS = "model.safetensors"
TASK = "question-answering"
FRESH = ["a dog in the park", "reset the password of my meeting"]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def models(tmp_path: Path) -> tuple[str, str]:
    """The document encoder, and a model that was alike before noise was added to its weights."""
    large, folder = document_encoder(tmp_path / "large"), saved(tmp_path / "small", "small")
    rng, weights = np.random.default_rng(0), load_file(folder / WEIGHTS)
    noise = {key: rng.normal(0, value.std() + 1e-3, value.shape) for key, value in weights.items()}
    save_file({key: (value + noise[key]).astype(np.float32) for key, value in weights.items()}, folder / WEIGHTS)
    return large, own.add(folder).name


def distil(models: tuple[str, str], out: Path, count: int = 600, **how: object) -> DistilledQueries:
    given = {"epochs": 2, "batch": 16, "learning_rate": 5e-4, "progress": False} | how
    return distil_queries(*models, texts(count), out, **given)  # type: ignore[arg-type]


def test_a_tower_is_near_the_larger_encoder_and_makes_a_pair(tmp_path: Path, models: tuple[str, str]) -> None:
    made = distil(models, tmp_path / "tower")
    assert made.fitted.best > made.fitted.base
    assert made.agreement.shared
    card = cards.get(made.name)
    assert (made.name, card.dim, card.max_tokens, card.licence) == ("tower", 32, 64, "MIT")
    large, small = (load(cards.get(name), TASK).encode(FRESH, Role.QUERY).vectors for name in (models[0], "tower"))
    assert np.einsum("ij,ij->i", large, small).min() > 0.7
    assert make_pair("both", models[0], "tower").agreement.found > 0.8
    assert not place(tmp_path / "tower").exists()


def test_mixed_precision_trains_a_tower_whose_weights_are_in_float32(tmp_path: Path, models: tuple[str, str]) -> None:
    made = distil(models, tmp_path / "tower", mixed_precision=True)
    assert made.fitted.best > made.fitted.base
    assert {value.dtype for value in load_file(tmp_path / "tower" / WEIGHTS).values()} == {np.dtype(np.float32)}


def test_mixed_precision_is_refused_where_a_gpu_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda including_emulation: including_emulation)
    schedule = Schedule(mixed_precision=True)
    check_device(schedule)  # a processor computes in bfloat16, if slowly
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    with pytest.raises(InputError, match="bfloat16"):
        check_device(schedule)


@pytest.mark.parametrize("family", [*sorted(STACKED), "t5", "modernbert"])
def test_word_embeddings_learn_faster_in_every_family(family: str, tmp_path: Path) -> None:
    folder = tmp_path / family
    folder.mkdir()
    made = save(family, folder) if family in STACKED else getattr(torch_models, family)(folder)
    model = tower(own.add(made), TASK, 8, True, "cosine")
    rates = word_rates(model, Schedule(learning_rate=0.01, word_rate=10))
    ((pattern, rate),) = rates.items()
    named = {f"model.{name}": value for name, value in model.named_parameters()}
    (words,) = (value for name, value in named.items() if re.search(pattern, name))
    assert rate == pytest.approx(0.1)
    assert words.shape[0] == max(len(value) for value in named.values())
    assert word_rates(model, Schedule()) == {}


def test_a_tower_may_keep_the_first_layers_of_the_document_encoder(tmp_path: Path, models: tuple[str, str]) -> None:
    made = distil((models[0], models[0]), tmp_path / "tower", layers=1)
    assert made.student == models[0]
    config = json.loads((tmp_path / "tower" / "config.json").read_text())
    assert config["num_hidden_layers"] == 1
    layers = {name.split("layer.")[1][0] for name in load_file(tmp_path / "tower" / WEIGHTS) if "layer." in name}
    assert layers == {"0"}
    large, small = (load(cards.get(name), TASK).encode(FRESH, Role.QUERY).vectors for name in (models[0], "tower"))
    assert np.einsum("ij,ij->i", large, small).min() > 0.9


@pytest.mark.parametrize("layers", [0, 99, True, "one"])
def test_layers_that_a_student_does_not_have_are_refused(
    tmp_path: Path, models: tuple[str, str], layers: object
) -> None:
    with pytest.raises(InputError, match="layers"):
        distil(models, tmp_path / "tower", layers=layers)
    assert not place(tmp_path / "tower").exists()


def test_sentence_transformers_loads_the_product_and_gives_the_same_vectors(
    tmp_path: Path, models: tuple[str, str]
) -> None:
    from sentence_transformers import SentenceTransformer

    distil(models, tmp_path / "tower", steps=10)
    theirs = SentenceTransformer(str(tmp_path / "tower"), device="cpu", local_files_only=True)
    ours = load(cards.get("tower"), TASK).encode(FRESH, Role.QUERY).vectors
    assert np.abs(theirs.encode(FRESH) - ours).max() < 1e-5
    assert (theirs.get_embedding_dimension(), theirs.similarity_fn_name) == (32, "cosine")


KILLED = """
import sys
from askew.training import trainer
trainer.SECONDS = 0.0  # a checkpoint after every step
from pathlib import Path
from helpers.encoder_pairs import texts
from askew.training.distillation import distil_queries
def told(step):
    print(step.what, step.done, flush=True)
distil_queries("large", "small", texts(600), sys.argv[1], epochs=1, batch=64, learning_rate=5e-4, name="tower",
    progress=told)
"""


def killed_at(out: Path, what: str) -> int:
    """Distil in a process of its own, and kill it when it reports this. Returns its exit status."""
    command = [sys.executable, "-c", KILLED, str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == what:
                process.send_signal(signal.SIGKILL)
    return process.returncode


def test_a_run_that_was_killed_ends_with_the_same_model(tmp_path: Path, models: tuple[str, str]) -> None:
    assert killed_at(tmp_path / "whole", "never") == 0
    own.remove("tower")
    for what in ("encode 600", "train 2", "train 4"):
        assert killed_at(tmp_path / "killed", what) == -signal.SIGKILL
        assert not (tmp_path / "killed").exists()
    assert killed_at(tmp_path / "killed", "never") == 0
    one, other = (load_file(tmp_path / name / WEIGHTS) for name in ("whole", "killed"))
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[key], other[key]) for key in one)


def test_an_interrupted_run_with_other_texts_is_not_continued(tmp_path: Path, models: tuple[str, str]) -> None:
    def stopped(step: Progress) -> None:
        if step.what == "train":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        distil(models, tmp_path / "tower", progress=stopped)
    with pytest.raises(ContractError) as caught:
        distil(models, tmp_path / "tower", count=500)
    assert [one.field for one in caught.value.differences] == ["texts"]
    assert distil(models, tmp_path / "tower").fitted.step > 0


def test_no_text_is_encoded_twice_by_the_document_encoder(
    tmp_path: Path, models: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from askew.encoders.onnx.encoder import OnnxEncoder

    asked: list[str] = []
    encode: Callable[..., object] = OnnxEncoder.encode

    def counted(self: OnnxEncoder, given: list[str], *rest: object, **named: object) -> object:
        asked.extend(given if self.signature.model == "large" else [])
        return encode(self, given, *rest, **named)

    monkeypatch.setattr(OnnxEncoder, "encode", counted)
    distil(models, tmp_path / "one", steps=2)
    first = len(asked)
    distil(models, tmp_path / "two", steps=2, learning_rate=1e-4)
    assert first >= 600
    assert len(asked) - first < 100  # the texts by which the agreement is measured


def test_what_cannot_be_distilled_is_refused(tmp_path: Path, models: tuple[str, str]) -> None:
    out = tmp_path / "tower"
    with pytest.raises(InputError, match="distinct"):
        distil(models, out, count=50)
    with pytest.raises(InputError, match="cannot be trained"):
        distil((models[0], "hashing"), out)
    with pytest.raises(InputError, match="strings"):
        distil_queries(*models, "a text", out)
    with pytest.raises(InputError, match="already"):
        distil(models, out, name="large")
    out.mkdir()
    with pytest.raises(InputError, match="already exists"):
        distil(models, out)


def test_a_tower_that_has_not_learnt_the_space_is_refused(tmp_path: Path, models: tuple[str, str]) -> None:
    stranger = document_encoder(tmp_path / "stranger", "stranger", seed=9)
    with pytest.raises(ModelError, match="space"):
        distil((models[0], stranger), tmp_path / "tower", count=200, steps=1, learning_rate=1e-6)
    assert "tower" not in cards.names()
    assert not (tmp_path / "tower").exists()


def test_ridge_regression_finds_a_map_with_its_bias() -> None:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(400, 12)).astype(np.float32)
    matrix, bias = (rng.normal(size=shape).astype(np.float32) for shape in ((7, 12), (7,)))
    found = regression(inputs, inputs @ matrix.T + bias)
    assert found[0] == pytest.approx(matrix, abs=5e-3)
    assert found[1] == pytest.approx(bias, abs=5e-3)


def test_batches_hold_rows_of_similar_length_in_random_order() -> None:
    import torch

    rng = np.random.default_rng(0)
    lengths = rng.integers(5, 200, 5000).tolist()
    sampler = by_length(lengths)(range(5000), 16, False, generator=torch.Generator(), seed=1)
    batches = list(sampler)
    assert sorted(row for batch in batches for row in batch) == list(range(5000))
    assert len(batches) == len(sampler)
    padding = sum(max(lengths[row] for row in batch) * len(batch) for batch in batches) / sum(lengths)
    assert padding < 1.1
    assert batches == list(sampler)
    sampler.set_epoch(1)
    assert batches != list(sampler)

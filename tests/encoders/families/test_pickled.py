import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from askew.encoders.families.tensors import Tensors
from askew.errors import ModelError

torch = pytest.importorskip("torch", reason="PyTorch, which makes these files, is not here")


def saved(folder: Path, tensors: dict[str, object]) -> Path:
    torch.save(tensors, folder / "pytorch_model.bin")
    return folder / "model.safetensors"


@pytest.mark.parametrize("kind", ["float32", "float16", "bfloat16"])
def test_numbers_are_pytorchs(kind: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    made = {"a.weight": torch.randn(5, 3, dtype=getattr(torch, kind)), "b": torch.randn(7, dtype=getattr(torch, kind))}
    made["part"] = torch.nn.Parameter(made["a.weight"][1:3])
    tensors = Tensors.open(saved(tmp_path, made))
    for name, value in made.items():
        assert np.array_equal(tensors.array(name, *value.shape), value.detach().float().numpy())


def test_a_tensor_that_is_not_row_by_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="row by row"):
        Tensors.open(saved(tmp_path, {"a": torch.randn(5, 3).T}))


class Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("harmed"),)


@pytest.mark.parametrize("protocol", [2, 4])
def test_code_in_the_file_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: int) -> None:
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile(tmp_path / "pytorch_model.bin", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"a": Harm()}, protocol))
    with pytest.raises(ModelError, match="no code"):
        Tensors.open(tmp_path / "model.safetensors")
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize("content", [b"", b"PK", b"\x80\x02}.", bytes(500)])
def test_anything_else_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(content)
    with pytest.raises(ModelError, match="Cannot read the weights"):
        Tensors.open(tmp_path / "model.safetensors")


def test_numbers_that_are_missing_are_an_error(tmp_path: Path) -> None:
    saved(tmp_path, {"a": torch.randn(50)})
    whole = (tmp_path / "pytorch_model.bin").read_bytes()
    with zipfile.ZipFile(tmp_path / "pytorch_model.bin") as archive:
        members = {member.filename: archive.read(member) for member in archive.infolist()}
    with zipfile.ZipFile(tmp_path / "pytorch_model.bin", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content[:100] if "/data/" in name else content)
    assert len(whole) > 200
    with pytest.raises(ModelError, match="beyond its numbers"):
        Tensors.open(tmp_path / "model.safetensors")

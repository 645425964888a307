"""Runs every command and code block in the documentation, in order, in one folder per document.

In `console` blocks, a line `$ command` is run and must print the lines that follow; `…` matches anything. A `python`
block must print the `text` block right after it, if there is one. Blocks with a title are the code of other libraries.
`$ make demo` runs as the `askew demo` that it ends in; other `make` lines are what CI itself runs.
"""

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from helpers import adaptable, encoder_pairs, late_model, lessons, object_storage, postgres, sparse_model
from helpers.cli import ASKEW

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

LINKED = [*DOCUMENTS, ROOT / "CHANGELOG.md", ROOT / "SECURITY.md", ROOT / "CODE_OF_CONDUCT.md"]


def models_guide(folder: Path) -> None:
    encoder_pairs.for_the_guide(folder)
    late_model.pylate(folder / "my-colbert")


def training_guide(folder: Path) -> None:
    adaptable.for_the_guide(folder)
    lessons.base(folder).rename(folder / "my-model")
    lessons.pairs(folder / "pairs.jsonl")


MADE: Mapping[str, Callable[[Path], object]] = {
    "docs/models.md": models_guide,
    "docs/training.md": training_guide,
    "docs/lance.md": object_storage.for_the_guide,
    "docs/sparse.md": lambda folder: sparse_model.inference_free(folder / "my-sparse-model"),
}
"""What a document takes for granted, by its path."""
SERVED = ("README.md", "docs/postgres.md")
"""Documents that take a Postgres server for granted."""
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
"""The language, the block, and the `text` block that follows."""


@dataclass(frozen=True)
class Command:
    line: str
    expected: str


def commands(block: str) -> list[Command]:
    parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [Command(*part.split("\n", 1)) for part in parts]


def matches(expected: str, printed: str) -> bool:
    """Compare output with its pattern: trailing white space is ignored, and … matches anything, newlines included."""
    wanted = "\n".join(line.rstrip() for line in expected.strip().splitlines())
    got = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    pattern = ".*".join(re.escape(part) for part in wanted.split("…"))
    return re.fullmatch(pattern, got, re.DOTALL) is not None


def run(command: Command, folder: Path) -> None:
    line = "askew demo" if command.line == "make demo" else command.line
    if line.startswith(("make ", "git ", "cd ", "pip ")):
        return
    path = f"{Path(ASKEW).parent}{os.pathsep}{os.environ['PATH']}"
    outcome = subprocess.run(
        line, shell=True, cwd=folder, env={**os.environ, "PATH": path}, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
    )  # fmt: skip
    assert "Traceback" not in outcome.stdout
    assert matches(command.expected, outcome.stdout), f"$ {line}\n{outcome.stdout}"


def executed(block: str, name: str) -> str:
    """Run a block of Python and return what it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(block, f"{name}, python block", "exec"), {"__name__": "readme"})
    return printed.getvalue()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_block_does_what_it_says(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / ".cards"))  # what a page adds is no other test's
    name = document.relative_to(ROOT).as_posix()
    MADE.get(name, lambda _: None)(tmp_path)
    for variable, value in (postgres.environment() if name in SERVED else {}).items():
        monkeypatch.setenv(variable, value)
    try:
        for kind, block, expected in BLOCK.findall(document.read_text("utf-8")):
            if kind == "console":
                for command in commands(block):
                    run(command, tmp_path)
            else:
                printed = executed(block, name)
                assert not expected or matches(expected, printed), f"{block}{printed}"
    finally:
        for started in tmp_path.glob("*.pid"):  # what a document starts and, if it fails before its end, does not stop
            with contextlib.suppress(OSError):
                os.kill(int(started.read_text()), signal.SIGTERM)


def links(markdown: str) -> list[str]:
    """Return what a document links or shows, without other hosts, and without what code holds."""
    prose = re.sub(r"^```.*?^```$|`[^`\n]*`", "", markdown, flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r"(?:src|href)=\"([^\"]+)\"", prose)
    return [target for target in found if not re.match(r"https?:|mailto:", target)]


def anchors(markdown: str) -> set[str]:
    """Return the names that GitHub gives to headings; those of the site are the same, or its build fails."""
    prose = re.sub(r"^```.*?^```$", "", markdown, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", LINKED, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in links(document.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        file = (document.parent / name).resolve() if name else document
        assert file.exists(), f"{document.name} links {target}"
        if anchor:
            assert anchor in anchors(file.read_text("utf-8")), f"{document.name} links {target}"


def test_every_command_is_listed_in_the_command_reference() -> None:
    out = subprocess.run([ASKEW, "--help"], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"^  (\w+)  ", out, re.MULTILINE)
    assert len(names) >= 10
    reference = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert [name for name in names if f"`askew {name}" not in reference] == []


def test_the_documents_import_from_the_package_root_and_integrations_only() -> None:
    deep = re.compile(r"^\s*(?:from|import) askew\.(?!integrations\.)", re.MULTILINE)
    blocks = [
        (document.name, block) for document in DOCUMENTS for _, block, _ in BLOCK.findall(document.read_text("utf-8"))
    ]
    assert [name for name, block in blocks if deep.search(block)] == []


def test_this_file_can_fail() -> None:
    assert links('[a](b.md#c) `[d](e)` <img src="f.png"> [g](https://h)') == ["b.md#c", "f.png"]
    assert anchors("# 1. Is it, or not?\n```sh\n# no\n```\n") == {"1-is-it-or-not"}
    assert BLOCK.findall("```python\nprint(1)\n```\n\n```text\n1\n```\n") == [("python", "print(1)\n", "1\n")]
    assert matches("a … c\nd", "a b\nb c  \nd\n")
    assert not matches("a\nb", "a\nc")
    with pytest.raises(AssertionError):
        run(Command("echo one", "two"), Path(sys.prefix))

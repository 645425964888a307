"""The documentation as a site: it builds without a warning, has every public name, and loads nothing from elsewhere."""

import inspect
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from helpers.loaded import from_elsewhere

import askew
from askew import Client, Faq, Hits, Index

ROOT = Path(__file__).parents[1]
INTERNAL = {
    "Index.accounts", "Index.check_writable", "Index.discard", "Index.encoder", "Index.facts", "Index.foreign_files",
}  # fmt: skip
"""Methods that other parts of askew call, which nobody else needs."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}  # the theme's remark on a successor of MkDocs
    run = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "WARNING" not in run.stderr + run.stdout
    return folder


@pytest.fixture(scope="module")
def described(site: Path) -> set[str]:
    """The names that the reference describes, from the inventory that Sphinx and others read."""
    content = (site / "objects.inv").read_bytes().split(b"\n", 4)[4]
    return {line.split(" ")[0] for line in zlib.decompress(content).decode().splitlines() if " py:" in line}


def test_the_reference_holds_every_public_name(described: set[str]) -> None:
    homes = {name: f"askew.{home}.{name}" for name, home in askew._HOMES.items()}
    assert set(homes) | {"__version__"} == set(askew.__all__)
    assert {name for name, home in homes.items() if home not in described} == set()


@pytest.mark.parametrize("kind", [Index, Faq, Hits, Client], ids=lambda kind: kind.__name__)
def test_the_reference_holds_every_public_method(kind: type, described: set[str]) -> None:
    home = f"{kind.__module__}.{kind.__name__}"
    methods = [
        name
        for name, method in inspect.getmembers(kind, inspect.isroutine)
        if not name.startswith("_") and (method.__module__ or "").startswith("askew.")
    ]
    needed = [name for name in methods if f"{kind.__name__}.{name}" not in INTERNAL]
    assert [name for name in needed if f"{home}.{name}" not in described] == []


def test_the_index_of_the_reference_names_every_public_name() -> None:
    table = (ROOT / "docs" / "reference" / "index.md").read_text("utf-8")
    errors = {name for name in askew.__all__ if name.endswith("Error")}
    assert [name for name in set(askew.__all__) - errors if f"`{name}`" not in table] == []


def test_the_site_loads_nothing_from_other_hosts(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 100
    for page in pages:
        assert from_elsewhere(page.read_text("utf-8")) == []
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(@import|url\()\s*[\"']?(https?:)?//", sheet.read_text("utf-8"))


def test_the_lists_of_the_docstrings_are_lists(site: Path) -> None:
    page = (site / "reference" / "search.html").read_text("utf-8")
    assert re.search(r"<li>\s*(<p>)?<strong>diversity</strong>: from 0 to 1", page)

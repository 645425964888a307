"""Versions of the site: each stays, the latest has an alias, old ones say so, and no host outside is asked."""

import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Self

import pytest
from helpers.browser import BROWSER, needs_browser
from helpers.http import listening
from helpers.loaded import from_elsewhere
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
PATIENCE = 90_000
"""Milliseconds to wait for what a busy machine takes long to do."""

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="there is no git here")


@dataclass(frozen=True)
class Repository:
    """A repository with the settings of the site, and two pages in place of ours, which take long to build."""

    home: Path

    @classmethod
    def made(cls, home: Path) -> Self:
        new = cls(home)
        shutil.copytree(ROOT / "tools", home / "tools")
        shutil.copytree(ROOT / "docs" / "stylesheets", home / "docs" / "stylesheets")
        settings = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[0]
        new.write("mkdocs.yml", f"{settings}\nnav: [index.md, guide/search.md]\n")
        new.write("docs/index.md", "# Home\n\nRead about [searching](guide/search.md).\n")
        new.write("docs/guide/search.md", "# Search\n\nBegin [at home](../index.md).\n")
        for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"):
            new.write(name, "# Page\n")
        new.git("init", "--quiet", "--initial-branch", "main")
        new.git("config", "user.name", "Nobody")
        new.git("config", "user.email", "nobody@example.org")
        new.git("commit", "--quiet", "--allow-empty", "--message", "Begin")
        new.git("init", "--quiet", "--bare", str(home.with_suffix(".git")))
        new.git("remote", "add", "origin", str(home.with_suffix(".git")))
        return new

    def write(self, name: str, content: str) -> None:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")

    def git(self, *arguments: str) -> str:
        run = subprocess.run(["git", *arguments], cwd=self.home, capture_output=True, text=True, check=True)
        return run.stdout

    def deploy(self, version: str, *arguments: str) -> int:
        """Deploy as `make docs-release` does it from the code of a version, and return the exit code."""
        self.write("src/askew/version.py", f'__version__ = "{version}"\n')
        command = [sys.executable, str(self.home / "tools" / "deploy_site.py"), *arguments]
        run = subprocess.run(command, cwd=self.home, capture_output=True, text=True, check=False)
        assert "Traceback" not in run.stderr, run.stderr
        return run.returncode

    def versions(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(self.git("show", "gh-pages:versions.json"))
        return found


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Where 0.1.0, 0.2.0 and then a patch of the older one were released."""
    made = Repository.made(tmp_path_factory.mktemp("repository"))
    assert [made.deploy(version) for version in ("0.1.0", "0.2.0", "0.1.1")] == [0, 0, 0]
    return made


@pytest.fixture
def copied(repository: Repository, tmp_path: Path) -> Repository:
    """The repository, for a test that changes it."""
    return Repository(Path(shutil.copytree(repository.home, tmp_path / "repository")))


@pytest.fixture(scope="module")
def deployed(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the branch, as a host of pages serves them."""
    folder = tmp_path_factory.mktemp("pages")
    repository.git("archive", "--output", str(folder / "pages.tar"), "gh-pages")
    with tarfile.open(folder / "pages.tar") as archive:
        archive.extractall(folder, filter="data")
    return folder


def test_a_patch_replaces_its_minor_version_and_latest_is_the_highest(repository: Repository) -> None:
    assert repository.versions() == [
        {"version": "0.2", "title": "0.2.0", "aliases": ["latest"]},
        {"version": "0.1", "title": "0.1.1", "aliases": []},
    ]
    assert repository.git("show", "gh-pages:latest") == "0.2"
    names = repository.git("ls-tree", "--name-only", "gh-pages").split()
    assert set(names) == {".nojekyll", "0.1", "0.2", "index.html", "latest", "versions.json"}


def test_only_the_branch_changes(repository: Repository) -> None:
    assert repository.git("ls-tree", "--name-only", "HEAD") == ""
    assert repository.git("branch", "--format", "%(refname:short)").split() == ["gh-pages", "main"]


@pytest.mark.parametrize(("version", "code"), [("0.3.0rc1", 0), ("0.1.0", 1)])
def test_no_pre_release_is_deployed_and_no_patch_goes_back(copied: Repository, version: str, code: int) -> None:
    before = copied.git("rev-parse", "gh-pages")
    assert copied.deploy(version) == code
    assert copied.git("rev-parse", "gh-pages") == before


def test_the_branch_is_sent_only_when_told(copied: Repository) -> None:
    assert copied.git("ls-remote", "origin") == ""
    assert copied.deploy("0.2.1", "--push") == 0
    assert "refs/heads/gh-pages" in copied.git("ls-remote", "origin")


def test_a_page_with_a_broken_link_is_not_deployed(copied: Repository) -> None:
    before = copied.git("rev-parse", "gh-pages")
    copied.write("docs/index.md", "# Home\n\n[Nowhere](absent.md)\n")
    assert copied.deploy("0.9.0") == 1
    assert copied.git("rev-parse", "gh-pages") == before


def test_pages_of_all_versions_load_nothing_from_other_hosts(deployed: Path) -> None:
    pages = [path for version in ("0.1", "0.2") for path in (deployed / version).rglob("*.html")]
    assert {path.parent.name for path in pages} >= {"0.1", "0.2", "guide"}
    assert [path for path in pages if from_elsewhere(path.read_text("utf-8"))] == []


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(deployed: Path) -> Iterator[str]:
    with listening(partial(Handler, directory=str(deployed))) as url:
        yield url


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-dev-shm-usage"])
        made = browser.new_page()
        made.set_default_timeout(PATIENCE)
        yield made
        browser.close()


@needs_browser
@pytest.mark.parametrize("place", ["index.html", "guide/search.html"])
def test_an_old_version_says_so_and_leads_to_the_latest(address: str, page: Page, place: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    banner = page.locator("[data-md-component=outdated]")
    page.goto(f"{address}/0.1/{place}")
    banner.wait_for()
    page.locator(".md-version__link").nth(1).wait_for(state="attached")
    assert page.locator(".md-version__link").all_text_contents() == ["0.2.0", "0.1.1"]
    banner.locator("a").click()
    page.wait_for_url(f"{address}/latest/**")
    page.locator(".md-version__link").first.wait_for(state="attached")
    assert banner.is_hidden()
    assert [url for url in asked if not url.startswith(f"{address}/")] == []

"""MkDocs' hook: the pages of the site that are no file of docs/, and Markdown as GitHub reads it.

Added are the files of the root that the documentation links, an index of the decisions, and the notebooks as pages.
"""

import json
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
OF_THE_ROOT = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md", "SECURITY.md": "security.md"}
"""Files beside docs/, and their names on the site."""
FOLDERS = {"decisions": "decisions/index.md", "notebooks": "notebooks/first-search.md"}
"""Folders that pages link, and what stands for them on the site."""
FENCE = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`]+`")
ITEM = re.compile(r"[-*] |1\. ")
"""What begins a list, also right after a paragraph."""


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    for source, name in OF_THE_ROOT.items():
        files.append(File.generated(config, name, content=from_the_root((ROOT / source).read_text("utf-8"))))
    files.append(File.generated(config, "decisions/index.md", content=decisions(ROOT / "docs" / "decisions")))
    for notebook in sorted((ROOT / "docs" / "notebooks").glob("*.ipynb")):
        name = f"notebooks/{notebook.stem}.md"
        files.append(File.generated(config, name, content=notebook_page(notebook)))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str:
    if page.file.src_uri == "index.md":
        page.meta["hide"] = ["navigation", "toc"]
    if page.file.src_uri.startswith(("decisions/", "log.md")):
        page.meta["search"] = {"boost": 0.3}  # below the guides, which are shorter
    for source, name in OF_THE_ROOT.items():
        markdown = markdown.replace(f"](../{source}", f"]({name}")
    if not page.file.src_uri.startswith("notebooks/"):
        markdown = re.sub(r"\]\((notebooks/[\w-]+)\.ipynb", r"](\1.md", markdown)
    parts = FENCE.split(markdown)
    return "".join(part if part.startswith("```") else as_on_github(part) for part in parts)


def from_the_root(markdown: str) -> str:
    """Return a page of the root with links as seen from docs/."""
    markdown = re.sub(r"\]\(docs/(decisions|notebooks)\)", page_for_folder, markdown)
    return re.sub(r"\]\(docs/", "](", markdown)


def page_for_folder(folder: re.Match[str]) -> str:
    """Return the page that stands for a folder."""
    return f"]({FOLDERS[folder[1]]})"


def as_on_github(markdown: str) -> str:
    r"""Set a list apart from the paragraph before it, which Python-Markdown would take it for a part of, and say `|` in
    the code of a table without the backslash, which it would show.
    """
    lines: list[str] = []
    for line in markdown.split("\n"):
        before = lines[-1] if lines else ""
        if ITEM.match(line) and before and not before.startswith((" ", "|")) and not ITEM.match(before):
            lines.append("")
        lines.append(CODE.sub(lambda code: code[0].replace("\\|", "|"), line) if line.startswith("|") else line)
    return "\n".join(lines)


def decisions(folder: Path) -> str:
    """Return a page that lists the decisions by their titles."""
    titles = {path.name: path.read_text("utf-8").partition("\n")[0].removeprefix("# ") for path in folder.glob("*.md")}
    entries = [f"- [{title.partition('. ')[2]}]({name})" for name, title in sorted(titles.items(), reverse=True)]
    head = "# Decisions\n\nWhat a successor might question, and why it was chosen. Newest first.\n"
    return "\n".join([head, *entries, ""])


def notebook_page(path: Path) -> str:
    """Return a notebook as a page, with what its cells printed."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    parts = [part for cell in cells for part in cell_parts(cell)]
    title, rest = parts[0], parts[1:]
    return "\n\n".join([title, f"This page is a notebook: [{path.name}]({path.name}).", *rest, ""])


def cell_parts(cell: dict[str, Any]) -> list[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        first, _, rest = source.partition("\n\n")
        return [first, rest] if rest else [first]
    printed = "".join(output_text(output) for output in cell["outputs"]).rstrip()
    return [f"```python\n{source}\n```", *([f"```text\n{printed}\n```"] if printed else [])]


def output_text(output: dict[str, Any]) -> str:
    """Return what a cell printed, or the text of its value."""
    return "".join(output.get("text") or output["data"]["text/plain"])

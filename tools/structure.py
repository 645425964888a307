"""Structural metrics of the package: file sizes, imports, names, and the code that one search executes.

    python tools/structure.py --base e53b99d     a table of a revision and the working tree
    python tools/structure.py --list             also the files, folders and classes behind each figure
    python tools/structure.py --goals            exit code 1 if a figure of the working tree misses its goal

Traced figures come from a subprocess that imports askew from the tree in question, so two revisions can be compared in
one run. They depend on the model: the encoder is part of what a search executes.
"""

import argparse
import ast
import io
import json
import os
import re
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "askew"
MODEL = "all-MiniLM-L6-v2"
LATER = frozenset({"documents", "dedup", "pair_labels", "clusters", "faq", "models", "encoders", "stores"})
"""Folders whose restructuring is left to later issues."""
SMALL = 80  # lines; a shorter module with one importer, a sibling, belongs to that importer

GOALS: Mapping[str, int] = {
    "gerund folders, rest": 0,
    "class names used twice, rest": 0,
    "small single-sibling modules, rest": 0,
    "functions in a warm search": 40,
    "files in a warm search": 12,
    "functions in a warm hybrid search": 94,
    "files in a warm hybrid search": 22,
    "modules loaded by askew search": 65,
}
"""The largest value allowed for each figure; "rest" means outside the folders in LATER."""

PROBE = """
import json, sys
from pathlib import Path
import askew
from askew import Document, Index

folder, model, query = sys.argv[1:]
root = str(Path(askew.__file__).parent)
calls, deepest, found = set(), 0, {}

def profile(frame, event, argument):
    global deepest
    if event != "call" or not frame.f_code.co_filename.startswith(root):
        return
    calls.add(frame.f_code)
    depth = 0
    while frame:
        depth += frame.f_code.co_filename.startswith(root)
        frame = frame.f_back
    deepest = max(deepest, depth)

subjects = ["holidays", "parking", "invoices", "passwords", "travel"]
texts = [f"Paragraph {i} of the handbook is about {subjects[i % 5]}. Ask your manager first." for i in range(20)]
with Index.create(folder, "question-answering", model=model, policy="accept") as index:
    index.add([Document(f"d{i}", text) for i, text in enumerate(texts)])
with Index.open(folder) as index:
    for mode in ("dense", "hybrid"):
        calls.clear()
        index.search(query, mode=mode)
        sys.setprofile(profile)
        index.search(query, mode=mode)
        sys.setprofile(None)
        named = {code for code in calls if not code.co_name.startswith("<")}
        found[mode] = sorted(f"{code.co_filename[len(root) + 1:]} {code.co_qualname}" for code in named)
print(json.dumps({"root": root, **found, "deepest": deepest}))
"""
"""Builds an index in a new process, searches it twice by meaning and twice by both meaning and words, and prints what
each second search called in the main thread."""
QUERY = "how many holidays do I have?"
COMMAND = f"""
import sys

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith("{PACKAGE}."):
            print("loaded", name, file=sys.stderr)

sys.meta_path.insert(0, Finder)
sys.argv[0] = "{PACKAGE}"
from {PACKAGE}.cli import main
main()
"""
"""Runs the command line and prints each module as it is imported; -X importtime misses importlib.import_module."""


@dataclass(frozen=True)
class Module:
    """path: relative to the package's folder. name: dotted, including the package."""

    path: Path
    name: str
    source: str

    @property
    def later(self) -> bool:
        return self.path.parts[0] in LATER

    @property
    def initial(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def folder(self) -> str:
        return self.name if self.initial else self.name.rpartition(".")[0]

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @cached_property
    def lines(self) -> int:
        return len(self.source.splitlines())

    @property
    def classes(self) -> list[str]:
        return [node.name for node in self.tree.body if isinstance(node, ast.ClassDef) and node.name[0] != "_"]


def modules(source: Path) -> list[Module]:
    """Return all modules of the package under `source`, sorted by path."""
    found = []
    for path in sorted((source / PACKAGE).rglob("*.py")):
        relative = path.relative_to(source)
        parts = relative.parts[:-1] if path.name == "__init__.py" else relative.with_suffix("").parts
        found.append(Module(path.relative_to(source / PACKAGE), ".".join(parts), path.read_text("utf-8")))
    return found


def imported(module: Module) -> Iterator[str]:
    """Yield every dotted name that a module imports, at any depth of its code; names of functions included."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            home = module.folder.split(".")[: -(node.level - 1) or None] if node.level else []
            origin = ".".join([*home, *([node.module] if node.module else [])])
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def importers(tree: Sequence[Module]) -> dict[str, set[Module]]:
    """Map each module's name to the modules that import it. What a table of commands names as a string is no import."""
    names = frozenset(module.name for module in tree)
    found: dict[str, set[Module]] = defaultdict(set)
    for module in tree:
        for name in names.intersection(imported(module)) - {module.name}:
            found[name].add(module)
    return found


def single_sibling(tree: Sequence[Module]) -> list[Module]:
    """Return the modules with exactly one importer, which is another module of the same folder."""
    users = importers(tree)
    return [
        module
        for module in tree
        if len(users[module.name]) == 1
        and not module.initial
        and all(user.folder == module.folder and not user.initial for user in users[module.name])
    ]


NOUNS = {"training"}
"""Names in -ing that are the field's nouns."""


def gerunds(tree: Sequence[Module]) -> list[str]:
    folders = {parent for module in tree for parent in module.path.parents if parent.name.endswith("ing")}
    return sorted(folder.as_posix() for folder in folders if folder.name not in NOUNS)


def repeated_classes(tree: Sequence[Module]) -> list[str]:
    homes: dict[str, list[str]] = defaultdict(list)
    for module in tree:
        for name in module.classes:
            homes[name].append(module.path.as_posix())
    return [f"{name}: {', '.join(places)}" for name, places in sorted(homes.items()) if len(places) > 1]


@dataclass
class Report:
    """figures: by name, in the order of the table. details: what lies behind some of them, for --list."""

    figures: dict[str, int] = field(default_factory=dict)
    details: dict[str, list[str]] = field(default_factory=dict)

    def count(self, name: str, entries: Sequence[str]) -> None:
        self.figures[name] = len(entries)
        self.details[name] = list(entries)


def sizes(report: Report, tree: Sequence[Module], suffix: str) -> None:
    report.figures["files" + suffix] = len(tree)
    report.figures["lines" + suffix] = sum(module.lines for module in tree)
    median = statistics.median(module.lines for module in tree if module.lines > 1)  # an empty __init__ is no module
    report.figures["median lines" + suffix] = round(median)


def names(report: Report, tree: Sequence[Module], siblings: Sequence[Module], suffix: str) -> None:
    """Report what concerns names and imports; `siblings` have one importer, in the same folder."""
    small = [module for module in siblings if module.lines < SMALL]
    listed = [f"{module.path.as_posix()} ({module.lines})" for module in small]
    report.count("small single-sibling modules" + suffix, listed)
    report.count("gerund folders" + suffix, gerunds(tree))
    report.count("class names used twice" + suffix, repeated_classes(tree))


def static(report: Report, source: Path) -> None:
    tree = modules(source)
    rest = [module for module in tree if not module.later]
    siblings = single_sibling(tree)
    sizes(report, tree, "")
    sizes(report, rest, ", rest")
    longest = max(tree, key=lambda module: module.lines)
    report.figures["longest file"] = longest.lines
    report.details["longest file"] = [longest.path.as_posix()]
    report.count("single-sibling modules", [module.path.as_posix() for module in siblings])
    names(report, tree, siblings, "")
    names(report, rest, [module for module in siblings if not module.later], ", rest")


def python(source: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the package taken from `source`; show what it wrote to stderr if it fails."""
    environment = {**os.environ, "PYTHONPATH": str(source)}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments[:2])} failed in {source}:\n{done.stderr[-2000:]}")
    return done


def traced(report: Report, source: Path, model: str) -> None:
    """Report what a warm search calls and what a new `askew search` process loads."""
    with tempfile.TemporaryDirectory() as folder:
        place = str(Path(folder) / "index")
        found = json.loads(python(source, "-c", PROBE, place, model, QUERY).stdout)
        if Path(found["root"]) != source / PACKAGE:
            raise SystemExit(f"askew was imported from {found['root']} and not from {source}.")
        loading = python(source, "-c", COMMAND, "search", place, QUERY).stderr
    for mode, name in (("dense", "search"), ("hybrid", "hybrid search")):
        report.count(f"functions in a warm {name}", found[mode])
        report.count(f"files in a warm {name}", sorted({entry.split()[0] for entry in found[mode]}))
    report.figures["call depth of a warm search"] = found["deepest"]
    report.count("modules loaded by askew search", sorted(set(re.findall(r"^loaded (\S+)$", loading, re.MULTILINE))))


def measure(source: Path, model: str) -> Report:
    report = Report()
    static(report, source)
    traced(report, source, model)
    return report


def measure_revision(revision: str, model: str) -> Report:
    archive = subprocess.run(["git", "-C", str(ROOT), "archive", revision, "src"], check=True, capture_output=True)
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as packed:
            packed.extractall(folder, filter="data")
        return measure(Path(folder).resolve() / "src", model)


def show(columns: Mapping[str, Report]) -> None:
    rows = [["", *columns, "goal"]]
    for name in next(iter(columns.values())).figures:
        values = [f"{report.figures[name]:,}" for report in columns.values()]
        rows.append([name, *values, f"<= {GOALS[name]}" if name in GOALS else ""])
    for first, *others in rows:
        print(f"{first:<36}" + "".join(f"{cell:>14}" for cell in others).rstrip())


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare the structure of the working tree with a git revision.")
    parser.add_argument("--base", metavar="REV", help="the revision to compare with")
    parser.add_argument("--list", action="store_true", help="print the entries behind each count of the working tree")
    parser.add_argument("--goals", action="store_true", help="exit with 1 if a goal is missed")
    parser.add_argument("--model", default=MODEL, help=f"the model of the traced index ({MODEL})")
    options = parser.parse_args()
    now = measure(ROOT / "src", options.model)
    show({**({options.base: measure_revision(options.base, options.model)} if options.base else {}), "now": now})
    if options.list:
        for name, entries in now.details.items():
            print(f"\n{name}:", *entries, sep="\n  ")
    failures = [name for name, most in GOALS.items() if options.goals and now.figures[name] > most]
    if failures:
        print(f"\nmissed: {', '.join(failures)}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
